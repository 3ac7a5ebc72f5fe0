/*
 * dots.h - products of one vector of floats with the rows of an index, and sums
 * of the rows' bytes, written once over vectors. Included by dots_<isa>.c
 * alone, after the vectors of its CPU. Rows are read faster than memory gives
 * them: many partial sums hide the latency, and those of bytes are made of the
 * same registers.
 */
#ifndef LIB_KERNELS_DOTS_H
#define LIB_KERNELS_DOTS_H

#include "lib/kernels/ahead.h"
#include "lib/sums.h"

enum {
    PARTS = BERTH_LANES / VL,        /* of a product */
    WORDS = VL / 2,                  /* of a vector */
    STEP = BERTH_SUMS_LANES / WORDS, /* vectors of the sums of bytes */
    FAR = 1536                       /* bytes of rows that are on their way */
};

typedef uint64_t words __attribute__((vector_size(sizeof(vec))));

/* Where they are in memory. */
typedef uint64_t words_at
    __attribute__((vector_size(sizeof(vec)), aligned(1), may_alias));

struct sums {
    words first[STEP], second[STEP];
};

INLINE words load_words(const void *p)
{
    return *(const words_at *)p;
}

INLINE struct sums load_sums(const struct berth_sums *from)
{
    struct sums s;

    for (size_t v = 0; v < STEP; v++) {
        s.first[v] = load_words(from->first + v * WORDS);
        s.second[v] = load_words(from->second + v * WORDS);
    }
    return s;
}

INLINE void store_sums(struct berth_sums *to, const struct sums *s)
{
    for (size_t v = 0; v < STEP; v++) {
        *(words_at *)(to->first + v * WORDS) = s->first[v];
        *(words_at *)(to->second + v * WORDS) = s->second[v];
    }
}

INLINE void add_words(struct sums *s, size_t v, words x)
{
    s->first[v] += x;
    s->second[v] += s->first[v];
}

/* As sums of struct berth_kernels says. */
static inline void sums_steps(struct berth_sums *sums, const void *data,
                              size_t n)
{
    const unsigned char *p = data;
    struct sums s = load_sums(sums);

    for (size_t i = 0; i < n; i += BERTH_SUMS_STEP)
        for (size_t v = 0; v < STEP; v++)
            add_words(&s, v, load_words(p + i + v * sizeof(words)));
    store_sums(sums, &s);
}

/* sums: or NULL. */
INLINE float dot(const float *x, const float *row, size_t n, struct sums *sums)
{
    vec s[PARTS];
    size_t j = 0;

#pragma GCC unroll 8
    for (size_t v = 0; v < PARTS; v++)
        s[v] = set1(0);
    for (; j + BERTH_LANES <= n; j += BERTH_LANES) {
        fetch_lines(row + j, FAR, BERTH_LANES * sizeof(*row));
#pragma GCC unroll 8
        for (size_t v = 0; v < PARTS; v++) {
            const vec r = load(row + j + v * VL);

            s[v] += load(x + j + v * VL) * r;
            if (sums != NULL)
                add_words(sums, v % STEP, (words)r);
        }
    }
    for (size_t v = 0; j < n; j += VL, v++) {
        const mask some = lanes(n - j);

        s[v] += load_some(x + j, some) * load_some(row + j, some);
    }
    for (size_t half = PARTS / 2; half > 0; half /= 2)
        for (size_t v = 0; v < half; v++)
            s[v] += s[v + half];
    return sum_of_lanes(s[0]);
}

/* As dots of struct berth_kernels says. */
static inline void dots(const float *x, const float *rows, size_t n_rows,
                        size_t n, float *out, struct berth_sums *sums)
{
    if (sums == NULL) {
        for (size_t i = 0; i < n_rows; i++)
            out[i] = dot(x, rows + i * n, n, NULL);
        return;
    }
    struct sums s = load_sums(sums);

    for (size_t i = 0; i < n_rows; i++)
        out[i] = dot(x, rows + i * n, n, &s);
    store_sums(sums, &s);
}

#endif
