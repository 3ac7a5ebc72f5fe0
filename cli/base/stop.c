/*
 * stop.c - signals become a flag and a byte in a pipe, which wakes poll().
 *
 * A thread may be where no flag is looked at: in a write() to a full pipe, in
 * an open(), in a long product. So the handler also starts a timer, which sends
 * the same signal once more, and that one ends the program.
 */
#include "cli/base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/ending.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

enum {
    N_SIGNALS = sizeof(signals) / sizeof(*signals),
    GRACE_NS = 100000000
};

/* One set for the process, as signals are. A timer for each signal: which one
 * it sends is settled when it is made, and that is no work for a handler. */
static timer_t timers[N_SIGNALS];
static bool has_timer[N_SIGNALS];
static bool is_ours[N_SIGNALS]; /* not ignored */
static atomic_int caught;
static atomic_bool asked;
static int wake[2] = {-1, -1};

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler may set atomic_int");

static void wake_up(void)
{
    if (wake[1] >= 0 && write(wake[1], "", 1) < 0)
        return; /* the pipe is full: it is readable already */
}

/* The end, unless the run comes to its own before. */
static void start_timer(size_t i)
{
    const struct itimerspec grace = {.it_value = {.tv_nsec = GRACE_NS}};

    if (!has_timer[i] || timer_settime(timers[i], 0, &grace, NULL) != 0)
        raise(signals[i]);
}

static void on_signal(int number)
{
    int saved = errno;

    atomic_store(&caught, number);
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (is_ours[i])
            ending_arm(signals[i]);
    wake_up();
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (signals[i] == number)
            start_timer(i);
    errno = saved;
}

static void make_timer(size_t i)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = signals[i]};

    if (!has_timer[i])
        has_timer[i] = timer_create(CLOCK_MONOTONIC, &event, &timers[i]) == 0;
}

void stop_install(void)
{
    struct sigaction act = {.sa_handler = on_signal}, old;

    ending_install();
    if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (sigaction(signals[i], NULL, &old) == 0 &&
            old.sa_handler != SIG_IGN) {
            is_ours[i] = true;
            make_timer(i);
        }
    /* While one is handled the others wait: it changes what they do. */
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaddset(&act.sa_mask, signals[i]);
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (is_ours[i])
            sigaction(signals[i], &act, NULL);
}

int stop_fd(void)
{
    return wake[0];
}

void stop_now(void)
{
    atomic_store(&asked, true);
    wake_up();
}

bool stop_asked(void)
{
    return atomic_load(&caught) != 0 || atomic_load(&asked);
}

void stop_finish(void)
{
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (is_ours[i])
            ending_arm(signals[i]);
    if (atomic_load(&caught) != 0)
        ending_by(atomic_load(&caught));
}
