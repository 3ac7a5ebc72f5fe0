/*
 * region.c - a list of blocks that pieces are cut from. Thousands of small
 * pieces of a chunk live and end together, so none needs a free() of its own.
 */
#include "cli/base/region.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 256 << 10,
    SPARE = 8, /* blocks */
    ALIGN = alignof(max_align_t)
};

struct block {
    struct block *next;
    size_t size; /* of data */
    size_t used;
    alignas(ALIGN) char data[];
};

static struct block *take(struct block **list)
{
    struct block *b = *list;

    if (b != NULL)
        *list = b->next;
    return b;
}

static void put(struct block **list, struct block *b)
{
    b->next = *list;
    *list = b;
}

static struct block *add_block(struct pieces *a, size_t size)
{
    struct block *b = size == BLOCK ? take(&a->spare) : NULL;

    if (b == NULL)
        b = malloc(sizeof(*b) + size);
    if (b == NULL)
        return NULL;
    b->size = size;
    b->used = 0;
    put(&a->blocks, b);
    return b;
}

void *pieces_alloc(struct pieces *a, size_t size)
{
    struct block *b = a->blocks;

    if (size > PTRDIFF_MAX - BLOCK)
        return NULL;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (b == NULL || b->size - b->used < size)
        b = add_block(a, size > BLOCK ? size : BLOCK);
    if (b == NULL)
        return NULL;
    b->used += size;
    return b->data + b->used - size;
}

void *pieces_array(struct pieces *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    return pieces_alloc(a, n * size);
}

char *pieces_copy(struct pieces *a, const void *data, size_t size)
{
    char *copy = size < SIZE_MAX ? pieces_alloc(a, size + 1) : NULL;

    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

/* Blocks of ordinary size are kept for the next use: given back, the system
 * would have to fill them with zeros again. Large ones are not: one long text
 * must not hold its memory for the rest of the run. */
void pieces_reset(struct pieces *a)
{
    struct block *b;
    size_t n = 0;

    for (b = a->spare; b != NULL; b = b->next)
        n++;
    while ((b = take(&a->blocks)) != NULL) {
        if (b->size == BLOCK && n++ < SPARE)
            put(&a->spare, b);
        else
            free(b);
    }
}

void pieces_free(struct pieces *a)
{
    struct block *b;

    pieces_reset(a);
    while ((b = take(&a->spare)) != NULL)
        free(b);
}
