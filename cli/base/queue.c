/*
 * queue.c - a ring of pointers, protected by one lock.
 */
#include "cli/base/queue.h"

void queue_init(struct queue *q)
{
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, NULL);
    q->first = 0;
    q->n = 0;
}

void queue_push(struct queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    q->items[(q->first + q->n++) % QUEUE_ROOM] = item;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_signal(&q->filled); /* who wakes now finds the lock free */
}

void *queue_pop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == 0)
        pthread_cond_wait(&q->filled, &q->lock);
    void *item = q->items[q->first];

    q->first = (q->first + 1) % QUEUE_ROOM;
    q->n--;
    pthread_mutex_unlock(&q->lock);
    return item;
}

void queue_destroy(struct queue *q)
{
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
}
