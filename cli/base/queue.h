/*
 * queue.h - hands pointers from one thread to another, in order.
 */
#ifndef CLI_BASE_QUEUE_H
#define CLI_BASE_QUEUE_H

#include <pthread.h>
#include <stddef.h>

enum {
    QUEUE_ROOM = 8 /* more than there are chunks: a push never waits */
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    void *items[QUEUE_ROOM];
    size_t first;
    size_t n;
};

void queue_init(struct queue *q);
/* queue_push - the caller never puts in more than QUEUE_ROOM. */
void queue_push(struct queue *q, void *item);
/* queue_pop - waits for an item. */
void *queue_pop(struct queue *q);
void queue_destroy(struct queue *q);

#endif
