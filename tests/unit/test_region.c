/*
 * test_region.c - the memory of chunks, and the queue.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/queue.h"
#include "cli/base/region.h"
#include "tests/tap.h"

static void test_pieces(void)
{
    struct pieces a = {0};
    unsigned char *pieces[100];
    bool aligned = true, whole = true;

    for (size_t i = 0; i < 100; i++) {
        size_t n = i * i * 7;

        pieces[i] = pieces_alloc(&a, n);
        aligned = aligned && (uintptr_t)pieces[i] % 16 == 0;
        memset(pieces[i], (int)i, n);
    }
    for (size_t i = 0; i < 100; i++)
        for (size_t k = 0; k < i * i * 7; k++)
            whole = whole && pieces[i][k] == i;
    CHECK(aligned, "pieces are aligned");
    CHECK(whole, "pieces do not overlap");
    CHECK(pieces_alloc(&a, SIZE_MAX) == NULL,
          "too much is refused: no pieces_alloc");
    CHECK(pieces_alloc(&a, SIZE_MAX - 64) == NULL,
          "too much is refused: no pieces_alloc");
    CHECK(pieces_array(&a, SIZE_MAX / 2, 3) == NULL,
          "too much is refused: no pieces_array");
    CHECK(pieces_copy(&a, "", SIZE_MAX) == NULL,
          "too much is refused: no pieces_copy of ''");
    pieces_reset(&a);
    char *copy = pieces_copy(&a, "ab", 2);

    CHECK(copy != NULL, "a copy is terminated: copy");
    EQUAL_BYTES(copy, 3, "ab", 3, "a copy is terminated: copy");
    CHECK(pieces_alloc(&a, 16 << 20) != NULL, "a large piece");
    pieces_reset(&a);
    CHECK(pieces_alloc(&a, 1) != NULL, "usable after a reset");
    pieces_free(&a);
    CHECK(a.blocks == NULL, "empty after free");
    pieces_reset(&a);
    pieces_free(&a);
}

/* The blocks of a chunk serve the next one, whatever was between. */
static void test_reuse(void)
{
    struct pieces a = {0};
    void *first[3];
    size_t same = 0;

    for (size_t i = 0; i < 3; i++)
        first[i] = pieces_alloc(&a, 200 << 10);
    pieces_reset(&a);
    pieces_alloc(&a, 16 << 20);
    for (size_t i = 0; i < 3; i++) {
        void *again = pieces_alloc(&a, 200 << 10);

        for (size_t k = 0; k < 3; k++)
            same += again == first[k];
    }
    EQUAL_SIZE(same, 3, "three blocks are used again");
    pieces_free(&a);
}

static void *push_all(void *arg)
{
    static int items[1000];
    struct queue **q = arg;

    for (int i = 0; i < 1000; i++) {
        queue_pop(q[1]); /* a place */
        items[i] = i;
        queue_push(q[0], &items[i]);
    }
    return NULL;
}

static void test_queue(void)
{
    struct queue q, places;
    struct queue *both[2] = {&q, &places};
    pthread_t thread;
    bool in_order = true;
    int place;

    queue_init(&q);
    queue_init(&places);
    for (int i = 0; i < QUEUE_ROOM; i++)
        queue_push(&places, &place);
    if (pthread_create(&thread, NULL, push_all, both) != 0)
        return;
    for (int i = 0; i < 1000; i++) {
        const int *item = queue_pop(&q);

        in_order = in_order && *item == i;
        queue_push(&places, &place);
    }
    pthread_join(thread, NULL);
    CHECK(in_order, "1000 items arrive in order");
    queue_destroy(&q);
    queue_destroy(&places);
}

int main(void)
{
    test_pieces();
    test_reuse();
    test_queue();
    return tap_done();
}
