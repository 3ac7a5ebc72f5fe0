/*
 * products.h - what the checks of matrix products of floats have in common:
 * operands, what is beside results, and the definition.
 */
#ifndef TESTS_KERNELS_PRODUCTS_H
#define TESTS_KERNELS_PRODUCTS_H

#include <math.h>
#include <stddef.h>

enum {
    PAD = 3 /* floats between rows */
};

static const float canary = 12345.5f;

static inline void fill(float *x, size_t n, float (*next)(void))
{
    for (size_t i = 0; i < n; i++)
        x[i] = next();
}

/* A sum of products, and of their sizes, by which its error is bounded. */
struct definition {
    double sum, size;
};

static inline double as_it_is(float x)
{
    return (double)x;
}

/* The numbers of b are ld floats apart; each counts as number() says. */
static inline struct definition define(const float *a, const float *b,
                                       size_t ld, size_t n,
                                       double (*number)(float))
{
    struct definition d = {0.0, 0.0};

    for (size_t i = 0; i < n; i++) {
        const double p = number(a[i]) * number(b[i * ld]);

        d.sum += p;
        d.size += fabs(p);
    }
    return d;
}

#endif
