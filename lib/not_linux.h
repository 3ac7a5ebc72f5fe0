/*
 * not_linux.h - what macOS and FreeBSD lack or do differently, as Linux has it.
 *
 * The compiler includes it before each file there (Makefile), and nowhere else.
 * berth is compiled and linked for these systems, and was not run on them.
 */
#ifndef BERTH_NOT_LINUX_H
#define BERTH_NOT_LINUX_H

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>

/* Advice: huge pages come by themselves, or not at all. */
#ifndef MADV_HUGEPAGE
#define MADV_HUGEPAGE MADV_NORMAL
#endif

/* open() refuses this, and a file with a name is made. */
#ifndef O_TMPFILE
#define O_TMPFILE (O_DIRECTORY | O_CREAT)
#endif

/* A browser stays in the session of the terminal. */
#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0
#endif

#if defined(__APPLE__)

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define st_mtim         st_mtimespec
#define st_ctim         st_ctimespec
#define SIGRTMAX        (NSIG - 1)
#define fputs_unlocked  fputs
#define fwrite_unlocked fwrite

static inline void *memrchr(const void *s, int c, size_t n)
{
    const unsigned char *at = s;

    while (n-- > 0)
        if (at[n] == (unsigned char)c)
            return (void *)((uintptr_t)at + n);
    return NULL;
}

/* These two have it only since a while. */
static inline char *berth_strchrnul(const char *s, int c)
{
    char *at = strchr(s, c);

    return at != NULL ? at : (char *)(uintptr_t)s + strlen(s);
}
#define strchrnul berth_strchrnul

static inline int berth_pipe2(int ends[2], int flags)
{
    if (pipe(ends) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if ((flags & O_CLOEXEC) != 0)
            fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        if ((flags & O_NONBLOCK) != 0)
            fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}
#define pipe2 berth_pipe2

/* Conditions wait by the clock of the day, or for a time: until one of the
 * steady clock is for what is left. */
static inline int pthread_condattr_setclock(pthread_condattr_t *attr,
                                            clockid_t clock)
{
    (void)attr;
    return clock == CLOCK_MONOTONIC ? 0 : -1;
}

static inline int berth_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    long long ns = (until->tv_sec - now.tv_sec) * 1000000000LL +
                   (until->tv_nsec - now.tv_nsec);
    if (ns < 0)
        ns = 0;
    const struct timespec left = {.tv_sec = (time_t)(ns / 1000000000),
                                  .tv_nsec = (long)(ns % 1000000000)};
    return pthread_cond_timedwait_relative_np(cond, mutex, &left);
}
#define pthread_cond_timedwait berth_timedwait

/* There is one timer, which sends SIGALRM: it sends the signal on. */
typedef int timer_t;
struct itimerspec {
    struct timespec it_interval;
    struct timespec it_value;
};

static volatile sig_atomic_t berth_timer_signal __attribute__((unused));

static inline void berth_timer_rang(int number)
{
    (void)number;
    raise(berth_timer_signal);
}

static inline int timer_create(clockid_t clock, const struct sigevent *event,
                               timer_t *out)
{
    const struct sigaction act = {.sa_handler = berth_timer_rang};

    (void)clock;
    *out = event->sigev_signo;
    return sigaction(SIGALRM, &act, NULL);
}

static inline int timer_settime(timer_t timer, int flags,
                                const struct itimerspec *at, void *before)
{
    const struct itimerval once = {
        .it_value = {.tv_sec = at->it_value.tv_sec,
                     .tv_usec = (int)(at->it_value.tv_nsec / 1000)}};

    (void)flags;
    (void)before;
    berth_timer_signal = timer;
    return setitimer(ITIMER_REAL, &once, NULL);
}

#endif
#endif
