/*
 * bpe_merge.c - the pair of the lowest rank, leftmost first, becomes one until
 * there is none.
 *
 * A word is short: its pairs are looked through each time, and what is on the
 * right of a merge moves up. Were a word long, that would be quadratic: then
 * the pairs are in a heap, and symbols know their neighbours.
 */
#include "tokenizer/subwords/bpe_merge.h"

#include <string.h>

enum {
    SHORT_WORD = 48 /* symbols */
};

#define NONE UINT32_MAX

static uint32_t rank_of(const struct berth_pairs *pairs,
                        const struct berth_symbol *symbols)
{
    return berth_pairs_rank(pairs, symbols[0].id, symbols[1].id);
}

/* ranks[i] is that of symbols i and i + 1. */
static size_t merge_short(const struct berth_pairs *pairs,
                          struct berth_symbol *symbols, size_t n)
{
    uint32_t ranks[SHORT_WORD];

    for (size_t i = 0; i + 1 < n; i++)
        ranks[i] = rank_of(pairs, symbols + i);
    for (;;) {
        uint32_t best = BERTH_NO_RANK;
        size_t at = 0;

        for (size_t i = 0; i + 1 < n; i++) {
            if (ranks[i] < best) {
                best = ranks[i];
                at = i;
            }
        }
        if (best == BERTH_NO_RANK)
            return n;
        symbols[at] =
            (struct berth_symbol){pairs->made[best], symbols[at + 1].end};
        n--;
        for (size_t i = at + 1; i < n; i++) {
            symbols[i] = symbols[i + 1];
            ranks[i - 1] = ranks[i];
        }
        if (at > 0)
            ranks[at - 1] = rank_of(pairs, symbols + at - 1);
        if (at + 1 < n)
            ranks[at] = rank_of(pairs, symbols + at);
    }
}

/* A long word. Of each symbol the places of its neighbours, NONE at the ends; a
 * symbol that has become a part of another has itself as the next one. */
struct link {
    uint32_t before;
    uint32_t next;
};

/* A pair that may be merged: its rank, and below it the place of its left
 * symbol. The smallest is on top; it is stale where the pair's rank now is
 * another. */
typedef uint64_t candidate;

struct heap {
    candidate *items; /* (n) item i is not larger than 2i + 1 and 2i + 2 */
    size_t n;
};

static void sink(struct heap *heap, size_t i)
{
    candidate item = heap->items[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= heap->n)
            break;
        child +=
            child + 1 < heap->n && heap->items[child + 1] < heap->items[child];
        if (heap->items[child] >= item)
            break;
        heap->items[i] = heap->items[child];
        i = child;
    }
    heap->items[i] = item;
}

static void push(struct heap *heap, uint32_t rank, size_t at)
{
    candidate item = (uint64_t)rank << 32 | (uint32_t)at;
    size_t i = heap->n++;

    while (i > 0 && heap->items[(i - 1) / 2] > item) {
        heap->items[i] = heap->items[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap->items[i] = item;
}

static candidate pop(struct heap *heap)
{
    candidate top = heap->items[0];

    heap->items[0] = heap->items[--heap->n];
    if (heap->n > 0)
        sink(heap, 0);
    return top;
}

/* One long word. */
struct chain {
    const struct berth_pairs *pairs;
    struct berth_symbol *symbols; /* (n) */
    struct link *links;           /* (n) */
    size_t n;
    struct heap heap;
};

/* The rank of the symbol at a place and the next one. */
static uint32_t chain_rank(const struct chain *c, uint32_t at)
{
    uint32_t next = c->links[at].next;

    if (next == NONE || next == at)
        return BERTH_NO_RANK;
    return berth_pairs_rank(c->pairs, c->symbols[at].id, c->symbols[next].id);
}

static void consider(struct chain *c, uint32_t at)
{
    uint32_t rank = at != NONE ? chain_rank(c, at) : BERTH_NO_RANK;

    if (rank != BERTH_NO_RANK)
        push(&c->heap, rank, at);
}

static void join(struct chain *c, uint32_t at, uint32_t rank)
{
    uint32_t right = c->links[at].next;
    uint32_t next = c->links[right].next;

    c->symbols[at].id = c->pairs->made[rank];
    c->symbols[at].end = c->symbols[right].end;
    c->links[at].next = next;
    c->links[right].next = right;
    if (next != NONE)
        c->links[next].before = at;
    consider(c, c->links[at].before);
    consider(c, at);
}

/* Every pair, then a heap of them. */
static void start(struct chain *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        c->links[i] =
            (struct link){i > 0 ? i - 1 : NONE, i + 1 < c->n ? i + 1 : NONE};
    }
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t rank = chain_rank(c, i);

        if (rank != BERTH_NO_RANK)
            c->heap.items[c->heap.n++] = (uint64_t)rank << 32 | i;
    }
    for (size_t i = c->heap.n / 2; i > 0; i--)
        sink(&c->heap, i - 1);
}

static size_t merge_long(struct chain *c)
{
    size_t n = 0;

    start(c);
    while (c->heap.n > 0) {
        candidate top = pop(&c->heap);
        uint32_t at = (uint32_t)top, rank = (uint32_t)(top >> 32);

        if (chain_rank(c, at) == rank)
            join(c, at, rank);
    }
    for (uint32_t at = 0; at != NONE; at = c->links[at].next)
        c->symbols[n++] = c->symbols[at];
    return n;
}

size_t berth_bpe_merge(const struct berth_pairs *pairs,
                       struct berth_symbol *symbols, size_t n,
                       struct berth_room *room)
{
    /* Each of fewer than n merges takes one candidate and brings two. */
    const size_t n_candidates = 2 * n;
    struct chain c = {.pairs = pairs, .symbols = symbols, .n = n};

    if (n <= SHORT_WORD)
        return merge_short(pairs, symbols, n);
    c.heap.items =
        berth_room_grown(room, n_candidates + n, sizeof(*c.heap.items));
    if (c.heap.items == NULL)
        return SIZE_MAX;
    c.links = (struct link *)(c.heap.items + n_candidates);
    return merge_long(&c);
}
