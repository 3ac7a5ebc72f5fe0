/*
 * attention_bf16.c - products of attention in bfloat16, for models in bfloat16
 * where the CPU multiplies it. Queries, keys and values are rounded to it, and
 * so are weights: the exponential of a score less the largest of its query. The
 * sum of these is divided by at the end.
 */
#include "lib/kernels/pack.h"
#include "models/encoder/attention_head.h"

#include <string.h>

enum {
    STEP = BERTH_SPLIT_STEP,
    QUERY_ROWS = 32 /* two tiles */
};

/* Floats of a row of n, and so many numbers. */
static size_t pairs(size_t n)
{
    return berth_split_size(BERTH_FORMAT_BF16, n);
}

/* Scores have their scale from the queries. */
static void round_queries(const struct berth_attention_head *h)
{
    const size_t D = h->D;
    float *by = h->sums, *nothing = by + D, *row = nothing + D;
    float *to = h->levels.queries;

    for (size_t j = 0; j < D; j++) {
        by[j] = h->scale;
        nothing[j] = 0.0f;
    }
    for (size_t i = 0; i < h->T; i++, to += pairs(D)) {
        h->kernels->scale(h->q + i * h->ld, NULL, by, nothing, row, D);
        h->kernels->split[BERTH_FORMAT_BF16](row, D, to);
    }
}

/* Sums over some keys may end with zeros after the last. */
static void pack(struct berth_attention_head *h)
{
    const struct berth_kernels *kernels = h->kernels;
    const size_t D = h->D, n = h->n_keys, ld = pairs(D);
    float *room = h->levels.room;

    h->levels.values = 1.0f;
    round_queries(h);
    for (size_t t = 0; t < n; t++)
        kernels->split[BERTH_FORMAT_BF16](h->k + t * h->ld, D, room + t * ld);
    berth_pack_transposed(kernels, room, ld, n, ld, h->keys);
    kernels->round_pairs(h->v, h->ld, n, D, room);
    memset(room + pairs(n) * D, 0, STEP / 2 * D * sizeof(*room));
    berth_pack(kernels, room, D, D, pairs(n + STEP), h->values);
}

/* A packed matrix of n columns, each of k numbers. */
struct packed {
    const float *data;
    size_t n, k;
};

/* Columns of b, which begin with a panel, from the number first on; g says what
 * they are multiplied by. */
static void product(const struct berth_attention_head *h, struct berth_gemm g,
                    const struct packed *b, struct berth_keys columns,
                    size_t first)
{
    const size_t width = h->kernels->panel_width;
    float *c = g.c;

    g.scale = 1.0f;
    for (size_t at = columns.begin; at < columns.end; at += width) {
        const size_t left = columns.end - at;

        g.width = berth_panel_width(h->kernels, b->n, at / width);
        g.panel = b->data + at * pairs(b->k) + first / 2 * g.width;
        g.c = c + at;
        g.n = left < width ? left : width;
        h->kernels->gemm_split[BERTH_FORMAT_BF16](&g);
    }
}

static void score(const struct berth_attention_head *h, struct berth_keys keys,
                  size_t first, size_t m)
{
    const size_t ld = pairs(h->D);
    const float *queries = h->levels.queries;

    product(h,
            (struct berth_gemm){.a = queries + first * ld,
                                .lda = ld,
                                .c = h->scores,
                                .ldc = h->scores_ld,
                                .m = m,
                                .k = h->D},
            &(struct packed){h->keys, h->n_keys, h->D}, keys, 0);
}

static float softmax(const struct berth_kernels *kernels, const float *x,
                     size_t n, void *weights)
{
    return kernels->softmax_bf16(x, n, weights);
}

static void widen(const struct berth_kernels *kernels, const void *weights,
                  float *x, size_t n)
{
    kernels->widen_bf16(weights, x, n);
}

static void add_values(const struct berth_attention_head *h,
                       struct berth_keys keys, size_t m, float *c, size_t ldc)
{
    const float *weights = h->levels.weights;

    product(h,
            (struct berth_gemm){.a = weights + keys.begin / 2,
                                .lda = h->levels.weights_ld / 2,
                                .c = c,
                                .ldc = ldc,
                                .m = m,
                                .k = keys.end - keys.begin,
                                .row_scale = h->levels.scales},
            &(struct packed){h->values, h->D, h->n_keys + STEP},
            (struct berth_keys){0, h->D}, keys.begin);
}

const struct berth_attention_form berth_attention_bf16 = {
    .rows = QUERY_ROWS,
    .sum_keys = SIZE_MAX,
    .pack = pack,
    .score = score,
    .weigh = berth_attention_weigh,
    .add_values = add_values,
    .softmax = softmax,
    .widen = widen,
};
