/*
 * stop.c - signals become a flag and a byte in a pipe, which wakes poll().
 */
#include "cli/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

enum {
    N_SIGNALS = sizeof(signals) / sizeof(*signals)
};

/* One set for the process, as signals are. */
static struct sigaction before[N_SIGNALS];
static volatile sig_atomic_t caught;
static atomic_bool asked;
static int wake[2] = {-1, -1};

static void wake_up(void)
{
    int saved = errno;

    if (wake[1] >= 0 && write(wake[1], "", 1) < 0)
        errno = saved; /* the pipe is full: it is readable already */
    errno = saved;
}

static void on_signal(int number)
{
    caught = number;
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (signals[i] == number)
            sigaction(number, &before[i], NULL);
    wake_up();
}

void stop_install(void)
{
    struct sigaction act = {.sa_handler = on_signal};

    if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    for (size_t i = 0; i < N_SIGNALS; i++)
        if (sigaction(signals[i], NULL, &before[i]) == 0 &&
            before[i].sa_handler != SIG_IGN)
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
    return caught != 0 || atomic_load(&asked);
}

void stop_finish(void)
{
    if (caught != 0) {
        signal(caught, SIG_DFL);
        raise(caught);
    }
}
