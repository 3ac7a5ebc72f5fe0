/*
 * pool.h - the only threads of the library: workers that claim tasks.
 */
#ifndef LIB_POOL_H
#define LIB_POOL_H

#include "lib/berth.h"

struct berth_pool;

/* One task of a job; thread counts from 0 and picks the scratch memory. */
typedef void berth_task(void *arg, size_t task, size_t thread);

enum {
    BERTH_POOL_MAX_THREADS = 1024
};

/*
 * berth_pool_new - n_threads - 1 workers, or as many as the system starts; the
 * caller of berth_pool_run() is the other thread, number 0. Workers block all
 * signals but those of their own faults.
 *
 *   out  owned: berth_pool_free()
 *
 * Errors: BERTH_ERR_MEMORY, BERTH_ERR_ARGUMENT.
 */
enum berth_status berth_pool_new(size_t n_threads, struct berth_pool **out,
                                 struct berth_error *err);

/*
 * berth_pool_run - task(arg, 0) ... task(arg, n_tasks - 1), each once, in no
 * order; returns when all are done. n_tasks < 2^32. Without a pool (NULL) the
 * caller runs them all, as thread 0.
 *
 * Threads claim tasks one at a time, and the caller claims them too. A worker
 * that sleeps, or that the system has paused, delays only the task it has
 * claimed. So beside a busy process the pool is hardly slower than one thread.
 */
void berth_pool_run(struct berth_pool *pool, berth_task *task, void *arg,
                    size_t n_tasks);

/* berth_pool_size - its threads; without a pool 1. */
size_t berth_pool_size(const struct berth_pool *pool);

void berth_pool_free(struct berth_pool *pool);

#endif
