/*
 * attention_head.h - one head of one sequence, and the forms in which its
 * products are made.
 */
#ifndef MODELS_ENCODER_ATTENTION_HEAD_H
#define MODELS_ENCODER_ATTENTION_HEAD_H

#include "models/encoder/disentangled.h"
#include "models/encoder/tap.h"

/* Keys of a block of queries. */
struct berth_keys {
    size_t begin, end;
};

/* The same head in levels of 16 bits, or in bfloat16: the form says which a
 * number is. */
struct berth_attention_levels {
    void *queries;     /* (T, D2), D2 is D rounded up to an even number, or to
                          whole steps */
    void *room;        /* (T, D2) or (T2, D) */
    void *weights;     /* (rows, T) */
    size_t weights_ld; /* numbers between rows of them, a whole step more */
    float *scales;     /* (rows) of the product that is next */
    float scores[2];   /* the scale of scores: of queries, and of those that are
                          masked as keys, which must not change the others' */
    float values;      /* the scale of values */
};

/* One head of one sequence. */
struct berth_attention_head {
    const struct berth_kernels *kernels;
    const struct berth_attention_form *form;
    const float *q, *k, *v; /* (T, D), ld floats between rows */
    size_t ld;
    float *context; /* (T, D), context_ld floats between rows */
    size_t context_ld;
    size_t T, D;
    size_t n_keys;          /* keys that are not masked */
    size_t reach;           /* how far from a query keys may be */
    const bool *ignored;    /* (n_keys), or NULL */
    float scale;            /* of the scores */
    const float *distances; /* [key - query] is added to the scores, or NULL */
    struct berth_disentangled relative; /* and these */
    bool cut;                           /* the whole head is */
    float *keys, *values;               /* in panels, of what the form says */
    float *scores; /* (rows, n_keys), scores_ld floats between rows */
    float *room;
    float *sums; /* (rows, D) */
    size_t rows, scores_ld;
    struct berth_attention_levels levels;
    enum berth_attention_part part;
    float *out; /* of the tap, or NULL */
};

/* Products of m queries from first on; keys begins with a panel. */
struct berth_attention_form {
    size_t rows;     /* queries at a time, if nothing else says how many */
    size_t sum_keys; /* so many weighted values are one sum */

    /* Keys and values into panels. */
    void (*pack)(struct berth_attention_head *h);
    void (*score)(const struct berth_attention_head *h, struct berth_keys keys,
                  size_t first, size_t m);
    /* Scores of one row become weights; those of ignored keys, and of keys out
     * of reach, are 0. */
    void (*weigh)(const struct berth_attention_head *h, struct berth_keys keys,
                  size_t first, size_t m);
    /* c (m, D) = weights V, with ldc floats between rows. */
    void (*add_values)(const struct berth_attention_head *h,
                       struct berth_keys keys, size_t m, float *c, size_t ldc);

    /* Of numbers of 16 bits: n >= 1 scores become weights but for a scale,
     * which is returned; and weights become floats. */
    float (*softmax)(const struct berth_kernels *kernels, const float *x,
                     size_t n, void *weights);
    void (*widen)(const struct berth_kernels *kernels, const void *weights,
                  float *x, size_t n);
};

/* weigh of numbers of 16 bits: models/encoder/attention_weights.c. */
void berth_attention_weigh(const struct berth_attention_head *h,
                           struct berth_keys keys, size_t first, size_t m);

/* The keys within reach of queries first .. last. */
struct berth_keys berth_keys_of(const struct berth_attention_head *h,
                                size_t first, size_t last);

/* The most queries at a time of any form. */
enum {
    BERTH_QUERY_ROWS = 36 /* a multiple of the tiles' 9 and 6 rows */
};

/* Levels of 16 bits: models/encoder/attention_i16.c. */
extern const struct berth_attention_form berth_attention_i16;

/* bfloat16, where kernels multiply it: models/encoder/attention_bf16.c. */
extern const struct berth_attention_form berth_attention_bf16;

#endif
