/*
 * pool.c - a job is a counter that threads take from.
 *
 * `claims` holds the job's number in its high half and the tasks not yet
 * claimed in its low half. A compare-and-swap takes one: it can only succeed
 * while the job is the present one, and a job cannot end before every task
 * claimed from it is done; so task, arg and n_tasks may be read after a claim.
 */
#include "lib/pool.h"
#include "lib/status.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct berth_pool {
    _Alignas(64) _Atomic uint64_t claims;
    _Alignas(64) _Atomic size_t done; /* tasks of this job that have ended */
    _Alignas(64) _Atomic unsigned sleepers;
    _Atomic bool stop;
    _Atomic bool caller_sleeps;

    berth_task *task;
    void *arg;
    size_t n_tasks;

    pthread_mutex_t lock;
    pthread_cond_t work; /* workers sleep here */
    pthread_cond_t over; /* the caller sleeps here */
    size_t n_threads;
    size_t n_started;
    struct worker {
        struct berth_pool *pool;
        size_t number;
        pthread_t id;
    } * workers;
};

/*
 * How long a thread looks for work before it sleeps. First it keeps its core:
 * longer than the gaps inside a forward pass, far shorter than a scheduler's
 * tick. Then it gives the core to whoever wants it, for as long as the next
 * text may take to come to a program that is asked for one at a time: to wake
 * a thread costs 50 us and more on a virtual machine, and a pass of MiniLM 700.
 */
static const long keep_ns = 30000, spin_ns = 1000000;

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static long now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static bool claim(struct berth_pool *pool, size_t *left)
{
    uint64_t c = atomic_load(&pool->claims);

    while ((uint32_t)c != 0) {
        if (atomic_compare_exchange_weak(&pool->claims, &c, c - 1)) {
            *left = (uint32_t)c;
            return true;
        }
    }
    return false;
}

/* Runs tasks until none is left to claim. */
static void work(struct berth_pool *pool, size_t thread)
{
    size_t left;

    while (claim(pool, &left)) {
        size_t n = pool->n_tasks;

        pool->task(pool->arg, n - left, thread);
        /* After this addition the job may be over and its memory reused. */
        if (atomic_fetch_add(&pool->done, 1) + 1 == n &&
            atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->over);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static bool has_work(struct berth_pool *pool)
{
    return (uint32_t)atomic_load(&pool->claims) != 0 ||
           atomic_load(&pool->stop);
}

static bool is_over(struct berth_pool *pool)
{
    return atomic_load(&pool->done) == pool->n_tasks;
}

/* Looks for a while; false when the time is up. */
static bool spin(struct berth_pool *pool, bool (*ready)(struct berth_pool *))
{
    long begin = 0, spent = 0;

    for (unsigned i = 0; spent <= spin_ns; i++) {
        if (ready(pool))
            return true;
        if (i % 64 == 63) {
            long t = now_ns();
            if (begin == 0)
                begin = t;
            spent = t - begin;
            if (spent > keep_ns)
                sched_yield();
        }
        pause_cpu();
    }
    return false;
}

static void sleep_until_work(struct berth_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (!has_work(pool))
        pthread_cond_wait(&pool->work, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct berth_pool *pool = w->pool;

    while (!atomic_load(&pool->stop)) {
        work(pool, w->number);
        if (!spin(pool, has_work))
            sleep_until_work(pool);
    }
    return NULL;
}

static void wait_until_over(struct berth_pool *pool)
{
    if (spin(pool, is_over))
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->caller_sleeps, true);
    while (!is_over(pool))
        pthread_cond_wait(&pool->over, &pool->lock);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->lock);
}

void berth_pool_run(struct berth_pool *pool, berth_task *task, void *arg,
                    size_t n_tasks)
{
    if (pool == NULL || pool->n_threads == 1 || n_tasks <= 1) {
        for (size_t i = 0; i < n_tasks; i++)
            task(arg, i, 0);
        return;
    }
    pool->task = task;
    pool->arg = arg;
    pool->n_tasks = n_tasks;
    atomic_store(&pool->done, 0);
    uint64_t job = (atomic_load(&pool->claims) >> 32) + 1;
    atomic_store(&pool->claims, job << 32 | (uint32_t)n_tasks);
    if (atomic_load(&pool->sleepers) != 0) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_broadcast(&pool->work);
        pthread_mutex_unlock(&pool->lock);
    }
    work(pool, 0);
    wait_until_over(pool);
}

size_t berth_pool_size(const struct berth_pool *pool)
{
    return pool == NULL ? 1 : pool->n_threads;
}

/* musl gives 128 kB of stack, glibc what "ulimit -s" says. */
static bool create(pthread_t *id, struct worker *w)
{
    enum {
        STACK_SIZE = 2 << 20
    };
    pthread_attr_t attr;

    if (pthread_attr_init(&attr) != 0)
        return false;
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    bool ok = pthread_create(id, &attr, worker_main, w) == 0;

    pthread_attr_destroy(&attr);
    return ok;
}

/* Signals go to the program's own threads. Not blocked are those that a thread
 * causes itself: when a page of a mapped file is gone, the program may say
 * so. */
static bool start_worker(struct berth_pool *pool, size_t number)
{
    struct worker *w = &pool->workers[number - 1];
    static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGABRT};
    sigset_t others, old;

    *w = (struct worker){.pool = pool, .number = number};
    sigfillset(&others);
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        sigdelset(&others, own[i]);
    pthread_sigmask(SIG_SETMASK, &others, &old);
    bool ok = create(&w->id, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pool->n_started += ok;
    return ok;
}

enum berth_status berth_pool_new(size_t n_threads, struct berth_pool **out,
                                 struct berth_error *err)
{
    if (n_threads == 0 || n_threads > BERTH_POOL_MAX_THREADS)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "threads: expected 1 to %d, found %zu",
                          BERTH_POOL_MAX_THREADS, n_threads);
    struct berth_pool *pool = aligned_alloc(64, sizeof(*pool));
    struct worker *workers = calloc(n_threads, sizeof(*workers));
    if (pool == NULL || workers == NULL) {
        free(pool);
        free(workers);
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    }
    *pool = (struct berth_pool){.n_threads = n_threads, .workers = workers};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->over, NULL);
    while (pool->n_started + 1 < n_threads &&
           start_worker(pool, pool->n_started + 1))
        continue;
    pool->n_threads = pool->n_started + 1;
    *out = pool;
    return BERTH_OK;
}

void berth_pool_free(struct berth_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_started; i++)
        pthread_join(pool->workers[i].id, NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->over);
    free(pool->workers);
    free(pool);
}
