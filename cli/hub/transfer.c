/*
 * transfer.c - one line on standard error.
 */
#include "cli/hub/transfer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/progress.h"
#include "cli/frame/shared_options.h"

void transfer_init(struct transfer *t, const struct shared *settings)
{
    memset(t, 0, sizeof(*t));
    t->terminal = isatty(STDERR_FILENO) == 1;
    t->on = settings->progress == 1 ||
            (settings->progress < 0 && t->terminal && !settings->quiet);
}

void transfer_hide(struct transfer *t)
{
    if (t->shown && t->terminal)
        fputs("\r\033[K", stderr);
    t->shown = false;
}

void transfer_begin(struct transfer *t, uint64_t total, uint64_t done)
{
    t->total = total;
    t->done = t->done_then = done;
    t->rate = 0;
    t->then = progress_clock();
    t->next = t->then + 1;
}

static void say_size(char text[32], double n)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t i = 0;

    for (; n >= 1000 && i + 1 < sizeof(units) / sizeof(*units); i++)
        n /= 1000;
    snprintf(text, 32, "%.*f %s", i > 0 ? 1 : 0, n, units[i]);
}

void transfer_update(struct transfer *t)
{
    double now = t->on ? progress_clock() : 0;
    char done[32], total[32], rate[32], left[32] = "";

    if (!t->on || now < t->next)
        return;
    double measured = t->done > t->done_then
                          ? (double)(t->done - t->done_then) / (now - t->then)
                          : 0;

    /* The mean of the last seconds, which count less the older they are. */
    t->rate = t->rate > 0 ? 0.7 * t->rate + 0.3 * measured : measured;
    t->done_then = t->done;
    t->then = now;
    say_size(done, (double)t->done);
    say_size(total, (double)t->total);
    say_size(rate, t->rate);
    if (t->total > t->done && t->rate > 0)
        snprintf(left, sizeof(left), ", %.0f s left",
                 (double)(t->total - t->done) / t->rate);
    fprintf(stderr, "%sberth: %s of %s, %s/s%s%s",
            t->terminal ? "\r\033[K" : "", done, total, rate, left,
            t->terminal ? "" : "\n");
    t->shown = true;
    t->next = now + 1;
}
