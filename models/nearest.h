/*
 * nearest.h - the rows of an index that are nearest to some vectors: what is
 * kept of each query, and how rows are compared.
 */
#ifndef MODELS_NEAREST_H
#define MODELS_NEAREST_H

#include "lib/arena.h"
#include "lib/berth.h"
#include "lib/kernels/kernels.h"

enum {
    NEAREST_ROWS = 256 /* the most that are compared at once */
};

struct nearest_query {
    const float *vector;      /* (size) */
    struct berth_near *found; /* (n) a heap, the worst first, until sorted */
    size_t n, room;
    /* Of rows in integers, score = start + step * sum, but for reach: */
    double start, step;
    double reach;  /* how far a product, and its score, may be from the truth */
    int16_t *wide; /* (size) for bytes */
    int8_t *narrow; /* (size up to 64) for bits */
};

struct berth_nearest {
    struct berth_nearest_options options;
    const struct berth_kernels *kernels;
    void (*compare)(struct berth_nearest *n, const unsigned char *rows,
                    size_t n_rows, size_t first, const uint64_t *skip);
    size_t n_bytes;          /* of a row */
    size_t at_once;          /* rows of a call of compare(), but for the last */
    struct berth_sums *sums; /* of berth_nearest_add() */
    struct nearest_query *queries;
    bool no_memory, no_number;
    struct berth_arena arena;
    float *scores;   /* (NEAREST_ROWS, a panel) */
    int32_t *dots;   /* (NEAREST_ROWS) */
    float *numbers;  /* (NEAREST_ROWS, size) rows that are in fewer bits */
    float *panels;   /* of the queries */
    float *limits;   /* (n_queries) */
    uint32_t *which; /* (NEAREST_ROWS) */
};

/* berth_nearest_open_ways - chooses compare(), and makes what it needs. False
 * when memory is out. */
bool berth_nearest_open_ways(struct berth_nearest *n);

/* berth_nearest_score - the exact score of a row, which joins the best of the
 * query if it is one. */
void berth_nearest_score(struct berth_nearest *n, struct nearest_query *q,
                         const void *row, size_t number);

/* berth_nearest_offer - a row of that score. */
void berth_nearest_offer(struct berth_nearest *n, struct nearest_query *q,
                         struct berth_near row);

/* berth_nearest_limit - a lower score is none of the best. */
static inline float berth_nearest_limit(const struct berth_nearest *n,
                                        const struct nearest_query *q)
{
    return q->n < n->options.k ? -__builtin_inff() : q->found[0].score;
}

#endif
