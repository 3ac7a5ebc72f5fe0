/*
 * top.h - the best few of many: a sorted list that elements are put into one by
 * one.
 */
#ifndef CLI_BASE_TOP_H
#define CLI_BASE_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether a stands before b; arg is what top_insert() was given. */
typedef bool top_before(const void *a, const void *b, const void *arg);

/*
 * top_insert - puts an element where it belongs, behind those that are equal;
 * what falls off the end of k is forgotten. Returns how many there are now.
 *
 *   list     (k) elements of size bytes, n of them there, the best first
 *   element  to be copied; not in list
 *
 * It stands here so that the compiler sees the comparison: most elements are
 * turned away by one, and there may be a whole vocabulary of them.
 */
static inline size_t top_insert(void *list, size_t n, size_t k,
                                const void *element, size_t size,
                                top_before *before, const void *arg)
{
    char *p = list;
    size_t low = 0;
    size_t high = n;

    if (k == 0 || (n == k && !before(element, p + (n - 1) * size, arg)))
        return n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (before(element, p + middle * size, arg))
            high = middle;
        else
            low = middle + 1;
    }
    if (n < k)
        n++;
    memmove(p + (low + 1) * size, p + low * size, (n - low - 1) * size);
    memcpy(p + low * size, element, size);
    return n;
}

#endif
