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
    ALIGN = alignof(max_align_t)
};

struct block {
    struct block *next;
    size_t size; /* of data */
    size_t used;
    alignas(ALIGN) char data[];
};

static struct block *add_block(struct pieces *a, size_t size)
{
    struct block *b = malloc(sizeof(*b) + size);

    if (b == NULL)
        return NULL;
    b->size = size;
    b->used = 0;
    b->next = a->blocks;
    a->blocks = b;
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

/* One block of ordinary size is kept for the next use. Large ones are given
 * back: one long text must not hold its memory for the rest of the run. */
void pieces_reset(struct pieces *a)
{
    struct block *keep = NULL;

    while (a->blocks != NULL) {
        struct block *b = a->blocks;

        a->blocks = b->next;
        if (keep == NULL && b->size <= BLOCK)
            keep = b;
        else
            free(b);
    }
    if (keep != NULL) {
        keep->next = NULL;
        keep->used = 0;
    }
    a->blocks = keep;
}

void pieces_free(struct pieces *a)
{
    pieces_reset(a);
    free(a->blocks);
    a->blocks = NULL;
}
