/*
 * test_pool.c - every task runs once, jobs follow one another, threads sleep
 * and wake.
 */
#include "lib/pool.h"
#include "tests/tap.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TASKS = 300,
    JOBS = 3000
};

struct job {
    _Atomic unsigned runs[TASKS];
    _Atomic size_t most_threads;
    size_t plain; /* written by the caller alone, between jobs */
    _Atomic size_t wrong;
};

static void count(void *arg, size_t task, size_t thread)
{
    struct job *j = arg;

    atomic_fetch_add(&j->runs[task], 1);
    if (thread >= j->most_threads)
        atomic_fetch_add(&j->wrong, 1);
    if (j->plain != 7)
        atomic_fetch_add(&j->wrong, 1);
}

/* Whether each of the first n ran once and no other did; sets the counts back
 * to 0. */
static bool ran_once(struct job *j, size_t n)
{
    bool ok = true;

    for (size_t i = 0; i < TASKS; i++)
        ok = atomic_exchange(&j->runs[i], 0) == (i < n) && ok;
    return ok;
}

static void check_jobs(size_t n_threads)
{
    struct berth_pool *pool;
    struct job *j = calloc(1, sizeof(*j));
    bool ok = true;

    j->most_threads = n_threads;
    if (!CHECK(berth_pool_new(n_threads, &pool, NULL) == BERTH_OK,
               "a pool of %zu", n_threads))
        return;
    for (size_t i = 0; i < JOBS; i++) {
        const size_t n = i % 37 == 0 ? TASKS : i % 5;
        j->plain = 7;
        berth_pool_run(pool, count, j, n);
        j->plain = i;
        ok = ran_once(j, n) && ok;
        if (i % 1000 == 0) { /* long enough for the workers to fall asleep */
            const struct timespec t = {.tv_nsec = 2000000};
            nanosleep(&t, NULL);
        }
    }
    CHECK(ok, "%d jobs on %zu threads: all ran", JOBS, n_threads);
    EQUAL_INT(j->wrong, 0,
              "%d jobs on %zu threads: jobs that saw a wrong thread or task",
              JOBS, n_threads);
    berth_pool_free(pool);
    free(j);
}

/* Where the system starts no more threads: another user's limit in a child. */
static void check_few(void)
{
    struct berth_pool *pool = NULL;
    int status = -1;

    fflush(stdout);
    pid_t pid = fork();

    if (pid == 0) {
        struct rlimit limit = {.rlim_cur = 1, .rlim_max = 1};

        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(77);
        setrlimit(RLIMIT_NPROC, &limit);
        bool ok = berth_pool_new(8, &pool, NULL) == BERTH_OK &&
                  berth_pool_size(pool) < 8;

        _exit(ok ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        SKIP("no other user to be");
    else
        CHECK(status == 0, "a pool has the threads that the system starts");
}

int main(void)
{
    struct berth_error err;
    struct berth_pool *pool;

    for (size_t n = 1; n <= 5; n++)
        check_jobs(n);
    CHECK(berth_pool_new(0, &pool, &err) == BERTH_ERR_ARGUMENT,
          "no thread is refused");
    CHECK(berth_pool_new(100000, &pool, &err) == BERTH_ERR_ARGUMENT,
          "too many are refused: %s", err.message);
    berth_pool_free(NULL);
    check_few();
    return tap_done();
}
