/*
 * progress.c - records, tokens a second, and the time left.
 */
#include "cli/stream/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/stream/stream.h"

double progress_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_begin(struct progress *p, const struct shared *settings)
{
    p->terminal = isatty(STDERR_FILENO) == 1;
    p->on = settings->progress == 1 ||
            (settings->progress < 0 && p->terminal && !settings->quiet &&
             isatty(STDOUT_FILENO) != 1);
    p->start = progress_clock();
    p->next = p->start + 2;
    p->done = -1;
}

void progress_hide(struct progress *p)
{
    if (p->shown && p->terminal)
        fputs("\r\033[K", stderr);
    p->shown = false;
}

void progress_update(struct progress *p, const struct stream_totals *totals,
                     double done)
{
    double t = p->on ? progress_clock() : 0;
    char left[64] = "";

    if (p->on && p->done < 0) {
        p->done = done;
        p->since = t;
    }
    if (!p->on || t < p->next)
        return;
    double spent = t - p->start;

    /* The time left follows from the speed since the first update: with
     * --resume the input before it was passed over much faster. */
    if (done > p->done && done <= 1)
        snprintf(left, sizeof(left), ", %.0f s left",
                 (t - p->since) / (done - p->done) * (1 - done));
    fprintf(stderr, "%sberth: %zu records, %.0f tokens/s%s%s",
            p->terminal ? "\r\033[K" : "", totals->n_records,
            (double)(totals->n_tokens - totals->n_tokens_before) / spent, left,
            p->terminal ? "" : "\n");
    p->shown = true;
    p->next = t + 1;
}
