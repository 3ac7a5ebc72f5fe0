/*
 * test_top_k.c - the k largest of some numbers, against a plain selection, and
 * in a number of comparisons that does not grow as n * k.
 */
#include "lib/berth.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>

enum {
    MANY = 1000000
};

/* Whether a has a place before b: larger, then earlier; NaN after numbers. */
static bool ahead(const float *x, size_t a, size_t b)
{
    if (isnan(x[a]) != isnan(x[b]))
        return isnan(x[b]);
    if (isnan(x[a]) || x[a] == x[b])
        return a < b;
    return x[a] > x[b];
}

/* The index at place i must have exactly i others before it. */
static bool is_right(const float *x, size_t n, size_t k, const int32_t *top)
{
    for (size_t place = 0; place < k; place++) {
        size_t ahead_of_it = 0;

        for (size_t i = 0; i < n; i++)
            ahead_of_it += ahead(x, i, (size_t)top[place]);
        if (ahead_of_it != place)
            return false;
    }
    return true;
}

static void test_all_sizes(void)
{
    static const float x[] = {3,   -1,  3, INFINITY,  0,   -0.0F, NAN, 7, 3,
                              NAN, 2.5, 7, -INFINITY, 1e9, -1,    4,   3};
    const size_t n = sizeof(x) / sizeof(x[0]);
    int32_t top[sizeof(x) / sizeof(x[0])];

    for (size_t size = 0; size <= n; size++)
        for (size_t k = 0; k <= size; k++) {
            berth_top_k(x, size, k, top);
            CHECK(is_right(x, size, k, top), "the first %zu of %zu", k, size);
        }
}

/* Ascending numbers: each is better than all before it, the worst case of a
 * sorted list, which would take 5 * 10^11 steps here. */
static void test_many(void)
{
    float *x = malloc(MANY * sizeof(*x));
    int32_t *top = malloc(MANY * sizeof(*top));
    bool right = x != NULL && top != NULL;

    for (size_t i = 0; right && i < MANY; i++)
        x[i] = (float)i;
    if (right)
        berth_top_k(x, MANY, MANY, top);
    for (size_t i = 0; right && i < MANY; i++)
        right = top[i] == (int32_t)(MANY - 1 - i);
    CHECK(right, "a million of a million, the largest last");
    free(x);
    free(top);
}

int main(void)
{
    test_all_sizes();
    test_many();
    return tap_done();
}
