/*
 * thread.c - stacks of one size, whatever "ulimit -s" and the libc say.
 */
#include "cli/base/thread.h"

#include <sys/resource.h>

enum {
    /* JSON nested as deep as jansson reads it, 2048, takes 200 kB; musl gives
     * 128 kB, glibc what "ulimit -s" says. */
    STACK_SIZE = 2 << 20
};

bool thread_start(pthread_t *id, void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;

    if (pthread_attr_init(&attr) != 0)
        return false;
    /* Where this size is refused, the usual one may do. */
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    bool ok = pthread_create(id, &attr, run, arg) == 0;

    pthread_attr_destroy(&attr);
    return ok;
}

void *thread_call(void *(*run)(void *), void *arg)
{
    struct rlimit limit;
    pthread_t id;
    void *result = NULL;
    bool small = getrlimit(RLIMIT_STACK, &limit) == 0 &&
                 limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < STACK_SIZE;

    if (!small || !thread_start(&id, run, arg))
        return run(arg);
    pthread_join(id, &result);
    return result;
}
