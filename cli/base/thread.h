/*
 * thread.h - threads whose stacks are large enough for whatever they read.
 */
#ifndef CLI_BASE_THREAD_H
#define CLI_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* thread_start - run(arg) in a thread of its own, to be joined; false when the
 * system starts none. */
bool thread_start(pthread_t *id, void *(*run)(void *), void *arg);

/* thread_call - run(arg), here, or where the stack here is small (ulimit -s) in
 * a thread that is waited for. */
void *thread_call(void *(*run)(void *), void *arg);

#endif
