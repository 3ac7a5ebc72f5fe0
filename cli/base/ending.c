/*
 * ending.c - a short list of unfinished files, and the handler that removes
 * them.
 *
 * The list changes only under a lock, with the signals of this thread blocked:
 * a handler that finds it taken waits for another thread, which goes on. The
 * handler keeps the lock for good, so that what it removes is what the list
 * says.
 */
#include "cli/base/ending.h"

#include "cli/base/mapped.h"
#include "cli/base/message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    N_FILES = 64, /* --output, --save-ranges, an index or a store of the cache;
                     all files of a model that is written */
    WAIT_MS = 50  /* for the lock: open() of a slow disk may hold it */
};

/* One list for the process, as signals are. */
static char files[N_FILES][PATH_MAX]; /* "": free */
static atomic_flag lock = ATOMIC_FLAG_INIT;
static atomic_bool installed;
static atomic_int status_of_trouble = EXIT_NOT_DONE;

/* --------------------------------------------------------------- handler */

/* Takes the lock, for good. */
static void lock_in_handler(void)
{
    const struct timespec ms = {.tv_nsec = 1000000};

    for (int i = 0; i < WAIT_MS && atomic_flag_test_and_set(&lock); i++)
        nanosleep(&ms, NULL);
}

static void remove_files(void)
{
    lock_in_handler();
    for (size_t i = N_FILES; i-- > 0;)
        if (files[i][0] != '\0' && unlink(files[i]) != 0)
            rmdir(files[i]);
}

static void by_default(int number)
{
    struct sigaction act = {.sa_handler = SIG_DFL};

    sigaction(number, &act, NULL);
}

static size_t put(char *line, size_t size, size_t n, const char *text)
{
    for (; *text != '\0' && n + 1 < size; text++)
        line[n++] = *text;
    return n;
}

/* One line and one write(), as all messages. Async-signal-safe. */
static void say(const char *name, const char *what)
{
    char line[PATH_MAX + 64];
    size_t n = put(line, sizeof(line), 0, "berth: ");

    n = put(line, sizeof(line), n, name);
    n = put(line, sizeof(line), n, what);
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0)
        return; /* the message cannot be delivered */
}

/*
 * A page of a mapped file that is there no more: the file was cut short by
 * another program. (A file that is replaced by a new one of its name stays
 * whole for us.)
 */
static void on_fault(int number, siginfo_t *info, void *context)
{
    char name[PATH_MAX] = "";

    (void)context;
    remove_files();
    if (info->si_code == BUS_ADRERR) {
        bool found = mapped_file(info->si_addr, name, sizeof(name));

        message_tame(name);
        say(found ? name : "a file", ": changed while it was read");
        _exit(atomic_load(&status_of_trouble));
    }
    by_default(number);
    raise(number);
}

/* raise() takes effect when the handler returns; a fault comes again. */
static void on_end(int number)
{
    int saved = errno;

    remove_files();
    by_default(number);
    raise(number);
    errno = saved;
}

void ending_arm(int number)
{
    struct sigaction act = {.sa_handler = on_end};

    sigaction(number, &act, NULL);
}

_Noreturn void ending_by(int number)
{
    sigset_t set;

    ending_arm(number);
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _exit(128 + number);
}

/* Those whose default is to end the program are all but these. */
static bool ends_program(int number)
{
    static const int others[] = {SIGKILL,  SIGSTOP, SIGCHLD, SIGCONT,
                                 SIGTSTP,  SIGTTIN, SIGTTOU, SIGURG,
#ifdef SIGWINCH
                                 SIGWINCH,
#endif
                                 SIGXFSZ};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (others[i] == number)
            return false;
    return true;
}

void ending_install(void)
{
    struct sigaction fault = {.sa_sigaction = on_fault}, old;

    if (atomic_exchange(&installed, true))
        return;
    /* nohup, "trap ''" and the handlers of a sanitizer stay. */
    for (int number = 1; number <= SIGRTMAX; number++)
        if (ends_program(number) && sigaction(number, NULL, &old) == 0 &&
            old.sa_handler == SIG_DFL)
            ending_arm(number);
    fault.sa_flags = SA_SIGINFO;
    if (sigaction(SIGBUS, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(SIGBUS, &fault, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

void ending_set_trouble(int status)
{
    atomic_store(&status_of_trouble, status);
}

_Noreturn void ending_no_memory(void)
{
    remove_files();
    say("", "out of memory");
    _exit(atomic_load(&status_of_trouble));
}

/* ------------------------------------------------------------------ list */

static void hold(sigset_t *old)
{
    sigset_t all;

    ending_install();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, old);
    while (atomic_flag_test_and_set(&lock))
        sched_yield();
}

static void let_go(const sigset_t *old)
{
    int saved = errno;

    atomic_flag_clear(&lock);
    pthread_sigmask(SIG_SETMASK, old, NULL);
    errno = saved;
}

/* With a full list, the only loss is that this file is not removed. */
static void add(const char *path)
{
    size_t size = strlen(path) + 1;

    for (size_t i = 0; i < N_FILES && size <= PATH_MAX; i++)
        if (files[i][0] == '\0') {
            memcpy(files[i], path, size);
            return;
        }
}

static void drop(const char *path)
{
    for (size_t i = 0; i < N_FILES; i++)
        if (strcmp(files[i], path) == 0)
            files[i][0] = '\0';
}

void ending_add(const char *path)
{
    sigset_t old;

    hold(&old);
    add(path);
    let_go(&old);
}

int ending_open(const char *path, mode_t mode)
{
    sigset_t old;

    hold(&old);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (fd >= 0)
        add(path);
    let_go(&old);
    return fd;
}

int ending_mkstemp(char *pattern)
{
    sigset_t old;

    hold(&old);
    int fd = mkostemp(pattern, O_CLOEXEC);

    if (fd >= 0)
        add(pattern);
    let_go(&old);
    return fd;
}

int ending_rename(const char *path, const char *name)
{
    sigset_t old;

    hold(&old);
    int status = rename(path, name);

    if (status == 0)
        drop(path);
    let_go(&old);
    return status;
}

void ending_unlink(const char *path)
{
    sigset_t old;

    hold(&old);
    unlink(path);
    drop(path);
    let_go(&old);
}
