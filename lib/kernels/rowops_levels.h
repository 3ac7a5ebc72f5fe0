/*
 * rowops_levels.h - attention's operands as levels of 16 bits, written once
 * over vectors. Included by rowops_<isa>.c alone, after rowops.h.
 *
 * 2^x: a polynomial of degree 3 in the fraction of x (largest relative error
 * 8.6e-5), fitted as those of rowops.h.
 */
#ifndef LIB_KERNELS_ROWOPS_LEVELS_H
#define LIB_KERNELS_ROWOPS_LEVELS_H

/* most / the largest magnitude, 0 where that is 0; scale as levels says. */
INLINE float levels_by(const float *x, size_t ld, size_t m, size_t n,
                       float most, float *scale)
{
    const size_t whole = n / VL * VL;
    vec top = set1(0.0f), nothing = set1(0.0f); /* NaN: there was no number */

    for (size_t i = 0; i < m; i++, x += ld) {
        for (size_t j = 0; j < whole; j += VL) {
            const vec y = load(x + j);
            top = max_(abs_(y), top);
            nothing = fma_(y, set1(0.0f), nothing);
        }
        if (whole < n) {
            const vec y = load_tail(x + whole, n - whole, 0.0f);
            top = max_(abs_(y), top);
            nothing = fma_(y, set1(0.0f), nothing);
        }
    }
    const float most_of_all = largest(top);
    *scale = most_of_all / most + sum_of_lanes(nothing);
    return most_of_all > 0.0f ? most / most_of_all : 0.0f;
}

static float levels_rows(const float *x, size_t ld, size_t m, size_t n,
                         float most, void *q)
{
    const size_t whole = n / VL * VL, even = n + n % 2;
    int16_t *to = q;
    float scale;
    const vec by = set1(levels_by(x, ld, m, n, most, &scale));

    for (size_t i = 0; i < m; i++, x += ld, to += even) {
        for (size_t j = 0; j < whole; j += VL)
            store_levels(to + j, mul(load(x + j), by));
        if (whole < n)
            store_levels_tail(to + whole, even - whole,
                              mul(load_tail(x + whole, n - whole, 0.0f), by));
    }
    return scale;
}

static float level_pairs_rows(const float *x, size_t ld, size_t m, size_t n,
                              float most, void *q)
{
    const size_t whole = n / VL * VL;
    int16_t *to = q;
    float scale;
    const float factor = levels_by(x, ld, m, n, most, &scale);
    const vec by = set1(factor);

    for (size_t i = 0; i < m; i += 2, x += 2 * ld, to += 2 * n) {
        const float *next = i + 1 < m ? x + ld : x;
        const vec by_next = set1(i + 1 < m ? factor : 0.0f);
        for (size_t j = 0; j < whole; j += VL)
            store_pairs(to + 2 * j, VL, mul(load(x + j), by),
                        mul(load(next + j), by_next));
        if (whole < n)
            store_pairs(to + 2 * whole, n - whole,
                        mul(load_tail(x + whole, n - whole, 0.0f), by),
                        mul(load_tail(next + whole, n - whole, 0.0f), by_next));
    }
    return scale;
}

/* BERTH_I16_WEIGHT * 2^x, x <= 0, to the nearest: so weights sum to 1. */
INLINE vec weight_of(vec x)
{
    static const float c[] = {
        BERTH_I16_WEIGHT,
        BERTH_I16_WEIGHT * 0.695116818f,
        BERTH_I16_WEIGHT * 0.22764498f,
        BERTH_I16_WEIGHT * 0.0770670548f,
    };

    return round_(scale_by_floor(horner(fraction(x), c, 3), x));
}

static float softmax_levels_row(const float *x, size_t n, int16_t *q)
{
    const size_t whole = n / VL * VL;
    const vec log2_e = set1(1.44269504f);
    const vec top = set1(largest_of(x, n));
    vec total = set1(0.0f);

    for (size_t i = 0; i < whole; i += VL) {
        const vec e = weight_of(mul(sub(load(x + i), top), log2_e));
        store_levels(q + i, e);
        total = add(total, e);
    }
    if (whole < n) {
        const vec y = load_tail(x + whole, n - whole, -INFINITY);
        const vec e = weight_of(mul(sub(y, top), log2_e));
        store_levels_tail(q + whole, n - whole, e);
        total = add(total, e);
    }
    return 1.0f / sum_of_lanes(total);
}

static inline void use_rowops_levels(struct berth_kernels *k)
{
    k->levels = levels_rows;
    k->level_pairs = level_pairs_rows;
    k->softmax_levels = softmax_levels_row;
}

#endif
