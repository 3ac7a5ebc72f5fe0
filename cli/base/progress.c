/*
 * progress.c - the line, and the thread that draws it.
 */
#include "cli/base/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/thread.h"

static const double quiet_seconds = 2; /* before anything is said */
static const double draw_seconds = 1;  /* between two lines */

/* One for the process, as its terminal is. All but open is under the lock. */
static struct {
    bool open; /* changes only while there is no other thread */
    bool asked;
    bool terminal;
    pthread_mutex_t lock;
    pthread_cond_t news; /* there may be something to draw */
    pthread_t drawer;
    bool stop;

    bool shown;
    double drawn; /* when that was */
    bool midline; /* rows were written, and their last line has no end */
    double wrote; /* when that was */

    const char *phase;
    double phase_begin, part;

    bool records, mixed, changed;
    size_t n_records, n_tokens, n_computed;
    double begin, done;
    double first_done, since; /* at the first news, which --resume has late */
} p = {.lock = PTHREAD_MUTEX_INITIALIZER};

double progress_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --------------------------------------------------------------- drawing */

static void clear(void)
{
    if (p.shown && p.terminal)
        fputs("\r\033[K", stderr);
    p.shown = false;
}

static void say_left(char *to, size_t size, double spent, double done,
                     double all)
{
    *to = '\0';
    if (done > 0 && all > done)
        snprintf(to, size, ", %.0f s left", spent / done * (all - done));
}

static void say_phase(char *to, size_t size, double now)
{
    const double spent = now - p.phase_begin;
    char left[64];

    say_left(left, sizeof(left), spent, p.part, 1);
    if (p.part > 0)
        snprintf(to, size, "%s: %.0f %%%s", p.phase, 100 * p.part, left);
    else
        snprintf(to, size, "%s, %.0f s", p.phase, spent);
}

/* The time left follows from the speed since the first news: with --resume the
 * input before it was passed over much faster. */
static void say_records(char *to, size_t size, double now)
{
    char left[64];

    say_left(left, sizeof(left), now - p.since, p.done - p.first_done,
             1 - p.first_done);
    snprintf(to, size, "%zu records, %.0f tokens/s%s", p.n_records,
             (double)(p.n_tokens > p.n_computed ? p.n_tokens : p.n_computed) /
                 (now - p.begin),
             left);
}

/* When the line may be drawn; -1: there is nothing to say. */
static double draw_at(void)
{
    double from = p.phase != NULL ? p.phase_begin : p.begin;

    if (p.midline)
        return -1;
    if (p.phase == NULL &&
        (!p.records || !p.changed || (p.mixed && !p.asked && p.done < 0)))
        return -1;
    if (p.wrote > from)
        from = p.wrote;
    from += quiet_seconds;
    return from > p.drawn + draw_seconds ? from : p.drawn + draw_seconds;
}

static void draw(double now)
{
    char line[160];

    if (p.phase != NULL)
        say_phase(line, sizeof(line), now);
    else
        say_records(line, sizeof(line), now);
    fprintf(stderr, "%sberth: %s%s", p.terminal ? "\r\033[K" : "", line,
            p.terminal ? "" : "\n");
    p.shown = true;
    p.changed = false;
    p.drawn = now;
}

static void wait_until(double t)
{
    struct timespec at = {.tv_sec = (time_t)t};

    at.tv_nsec = (long)((t - (double)at.tv_sec) * 1e9);
    pthread_cond_timedwait(&p.news, &p.lock, &at);
}

static void *drawer(void *unused)
{
    pthread_mutex_lock(&p.lock);
    while (!p.stop) {
        const double at = draw_at(), now = progress_clock();

        if (at < 0)
            pthread_cond_wait(&p.news, &p.lock);
        else if (now < at)
            wait_until(at);
        else
            draw(now);
    }
    pthread_mutex_unlock(&p.lock);
    return unused;
}

/* ---------------------------------------------------------------- opening */

/* A message may be written while rows are: they do not wait for each other in
 * one thread. */
static bool init(void)
{
    pthread_mutexattr_t nested;
    pthread_condattr_t steady;

    if (pthread_mutexattr_init(&nested) != 0 ||
        pthread_condattr_init(&steady) != 0)
        return false;
    pthread_mutexattr_settype(&nested, PTHREAD_MUTEX_RECURSIVE);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    bool ok = pthread_mutex_init(&p.lock, &nested) == 0 &&
              pthread_cond_init(&p.news, &steady) == 0;

    pthread_mutexattr_destroy(&nested);
    pthread_condattr_destroy(&steady);
    return ok;
}

void progress_open(enum progress_choice choice)
{
    p.terminal = isatty(STDERR_FILENO) == 1;
    p.asked = choice == PROGRESS_ALWAYS;
    if (choice == PROGRESS_NEVER || (!p.asked && !p.terminal) || !init())
        return;
    p.stop = false;
    p.open = true;
    p.open = thread_start(&p.drawer, drawer, NULL);
}

void progress_close(void)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    clear();
    p.stop = true;
    pthread_cond_signal(&p.news);
    pthread_mutex_unlock(&p.lock);
    pthread_join(p.drawer, NULL);
    p.open = false;
    pthread_mutex_destroy(&p.lock);
    pthread_cond_destroy(&p.news);
}

/* ------------------------------------------------------------------- news */

void progress_phase(const char *what)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    if (p.phase != NULL)
        clear();
    p.phase = what;
    p.phase_begin = progress_clock();
    p.part = 0;
    pthread_cond_signal(&p.news);
    pthread_mutex_unlock(&p.lock);
}

void progress_part(double done)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    p.part = done;
    pthread_mutex_unlock(&p.lock);
}

void progress_begin(bool mixed)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    p.records = true;
    p.mixed = mixed;
    p.changed = false;
    p.begin = progress_clock();
    p.n_records = p.n_tokens = p.n_computed = 0;
    p.done = p.first_done = -1;
    pthread_mutex_unlock(&p.lock);
}

void progress_read(double done)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    if (p.first_done < 0) {
        p.first_done = done;
        p.since = progress_clock();
    }
    p.done = done;
    pthread_mutex_unlock(&p.lock);
}

void progress_records(size_t n_records, size_t n_tokens)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    p.n_records = n_records;
    p.n_tokens = n_tokens;
    p.changed = true;
    pthread_cond_signal(&p.news);
    pthread_mutex_unlock(&p.lock);
}

void progress_computed(size_t n_tokens)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    p.n_computed += n_tokens;
    p.changed = true;
    pthread_cond_signal(&p.news);
    pthread_mutex_unlock(&p.lock);
}

void progress_end(void)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    clear();
    p.records = false;
    pthread_mutex_unlock(&p.lock);
}

void progress_pause(void)
{
    if (!p.open)
        return;
    pthread_mutex_lock(&p.lock);
    clear();
}

void progress_resume(void)
{
    if (p.open)
        pthread_mutex_unlock(&p.lock);
}

void progress_wrote(bool ended)
{
    if (!p.open)
        return;
    p.wrote = progress_clock();
    p.midline = !ended;
}
