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

/* Of weights, in floats: a row of lines, whose number is odd. */
static size_t weights_ld(const struct berth_attention_head *h)
{
    return (pairs(h->n_keys + STEP) / 16 | 1) * 16;
}

/* Scores have their scale from the queries. */
static void round_queries(const struct berth_attention_head *h)
{
    const size_t D = h->D;
    float *by = h->sums, *nothing = by + D, *row = nothing + D;
    float *to = (void *)h->levels.queries;

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

    round_queries(h);
    for (size_t t = 0; t < n; t++)
        kernels->split[BERTH_FORMAT_BF16](h->k + t * h->ld, D, room + t * ld);
    berth_pack_transposed(kernels, room, ld, n, ld, h->keys);
    kernels->round_pairs(h->v, h->ld, n, D, room);
    memset(room + pairs(n) * D, 0, STEP / 2 * D * sizeof(*room));
    berth_pack(kernels, room, D, D, pairs(n + STEP), h->values);
}

static void score(const struct berth_attention_head *h, struct berth_keys keys,
                  size_t first, size_t m)
{
    const size_t width = h->kernels->panel_width, ld = pairs(h->D);
    const float *queries = (const void *)h->levels.queries;

    for (size_t at = keys.begin; at < keys.end; at += width) {
        const size_t own = berth_panel_width(h->kernels, h->n_keys, at / width);

        h->kernels->gemm_split[BERTH_FORMAT_BF16](&(struct berth_gemm){
            .a = queries + first * ld,
            .lda = ld,
            .panel = h->keys + at * ld,
            .width = own,
            .c = h->scores + at,
            .ldc = h->scores_ld,
            .m = m,
            .n = own,
            .k = h->D,
            .scale = 1.0f,
        });
    }
}

/* Of all keys of the block only those within reach of the query have weights.
 * Returns their scale. */
static float weigh_row(const struct berth_attention_head *h,
                       struct berth_keys block, size_t query, const float *row,
                       uint16_t *weights)
{
    const struct berth_keys keys = berth_keys_of(h, query, query);
    const size_t end = block.begin + berth_split_steps(block.end - block.begin);
    float scale = 0.0f;

    if (keys.begin < keys.end)
        scale = h->kernels->softmax_bf16(
            row + keys.begin, keys.end - keys.begin, weights + keys.begin);
    memset(weights + block.begin, 0,
           (keys.begin - block.begin) * sizeof(*weights));
    memset(weights + keys.end, 0, (end - keys.end) * sizeof(*weights));
    for (size_t t = block.begin; h->ignored != NULL && t < block.end; t++)
        weights[t] = h->ignored[t] ? 0 : weights[t];
    return h->cut ? 0.0f : scale;
}

static void weigh(const struct berth_attention_head *h, struct berth_keys keys,
                  size_t first, size_t m)
{
    for (size_t i = 0; i < m; i++) {
        float *row = h->scores + i * h->scores_ld;
        uint16_t *weights =
            (uint16_t *)h->levels.weights + i * 2 * weights_ld(h);
        const float scale = weigh_row(h, keys, first + i, row, weights);

        h->levels.scales[i] = scale;
        if (h->out == NULL)
            continue;
        h->kernels->widen_bf16(weights + keys.begin, row + keys.begin,
                               keys.end - keys.begin);
        for (size_t t = keys.begin; t < keys.end; t++)
            row[t] *= scale;
    }
}

static void add_values(const struct berth_attention_head *h,
                       struct berth_keys keys, size_t m, float *c, size_t ldc)
{
    const size_t width = h->kernels->panel_width;
    const float *weights = (const void *)h->levels.weights;

    for (size_t at = 0; at < h->D; at += width) {
        const size_t own = berth_panel_width(h->kernels, h->D, at / width);
        const size_t left = h->D - at;

        h->kernels->gemm_split[BERTH_FORMAT_BF16](&(struct berth_gemm){
            .a = weights + keys.begin / 2,
            .lda = weights_ld(h),
            .panel =
                h->values + at * pairs(h->n_keys + STEP) + keys.begin / 2 * own,
            .width = own,
            .c = c + at,
            .ldc = ldc,
            .m = m,
            .n = left < width ? left : width,
            .k = keys.end - keys.begin,
            .scale = 1.0f,
            .row_scale = h->levels.scales,
        });
    }
}

const struct berth_attention_form berth_attention_bf16 = {
    QUERY_ROWS, SIZE_MAX, pack, score, weigh, add_values,
};
