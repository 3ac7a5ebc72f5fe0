/*
 * top.h - the best few of many: a sorted list that elements are put into one by
 * one.
 */
#ifndef CLI_BASE_TOP_H
#define CLI_BASE_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether a comes before b; arg is what top_insert() was given. */
typedef bool top_before(const void *a, const void *b, const void *arg);

/*
 * top_insert - puts an element where it belongs, after those that are equal.
 * What is beyond the first k is dropped. Returns how many there are now.
 *
 *   list     (k) elements of size bytes, n of them there, the best first
 *   element  to be copied; not in list
 *
 * It is in the header so that the compiler can inline the comparison: one
 * comparison rejects most elements, and there may be a whole vocabulary of
 * them.
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
