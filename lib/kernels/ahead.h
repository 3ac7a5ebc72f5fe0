/*
 * ahead.h - what a tile fetches for those after it. Included by kernel files
 * after the vectors of their CPU, which bring INLINE. Addresses are numbers:
 * they may lie beyond what they were counted from, and a fetch of what is not
 * there does nothing.
 */
#ifndef LIB_KERNELS_AHEAD_H
#define LIB_KERNELS_AHEAD_H

#include <stddef.h>
#include <stdint.h>

enum {
    CACHE_LINE = 64
};

/* The lines of size bytes, so far ahead of at: into the nearest cache. */
INLINE void fetch_lines(const void *at, size_t ahead, size_t size)
{
#pragma GCC unroll 4
    for (size_t i = 0; i < size; i += CACHE_LINE)
        __builtin_prefetch((const char *)((uintptr_t)at + ahead + i), 0, 3);
}

/* A tile's share of what is read next, in requests of equal size: products of a
 * few rows are done before the next panel has come from memory on its own. */
struct ahead {
    uintptr_t at, goal, end;
    size_t step;
};

/* Rows row .. row + rows - 1 of m. */
INLINE struct ahead ahead_of(const char *next, size_t size, size_t m,
                             size_t row, size_t rows, size_t requests)
{
    const uintptr_t at = (uintptr_t)next + size * row / m;
    const size_t share = size * rows / m;

    return (struct ahead){at, at, at + share, share / requests + 1};
}

/* Some requests at once. */
INLINE void fetch_some(struct ahead *a, size_t requests)
{
    for (a->goal += requests * a->step; a->at < a->goal && a->at < a->end;
         a->at += CACHE_LINE)
        __builtin_prefetch((const char *)a->at, 0, 2);
}

INLINE void fetch_ahead(struct ahead *a)
{
    fetch_some(a, 1);
}

#endif
