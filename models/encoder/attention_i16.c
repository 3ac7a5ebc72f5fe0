/*
 * attention_i16.c - products of attention in levels of 16 bits, for models in 8
 * bits: twice as fast as in float32, and far more exact than the layers around
 * it. A head of a sequence has a scale for its queries, one for its keys and
 * one for its values. Weights are levels of the largest of their query.
 */
#include "lib/kernels/pack.h"
#include "models/encoder/attention_head.h"

#include <math.h>

static size_t even(size_t n)
{
    return n + n % 2;
}

/* So that the sum of n products fits into 32 bits. */
static float most_level(size_t n)
{
    const float most = floorf(sqrtf(0x1p31f / (float)n)) - 1.0f;

    return most < 32767.0f ? most : 32767.0f;
}

static void pack(struct berth_attention_head *h)
{
    const struct berth_kernels *kernels = h->kernels;
    const size_t D = h->D, n = h->n_keys, D2 = even(D);
    const float most = most_level(D);
    struct berth_attention_levels *l = &h->levels;

    l->scores[0] = kernels->levels(h->q, h->ld, n, D, most, l->queries);
    l->scores[1] = kernels->levels(h->q + n * h->ld, h->ld, h->T - n, D, most,
                                   (int16_t *)l->queries + n * D2);
    const float by =
        h->scale * kernels->levels(h->k, h->ld, n, D, most, l->room);
    l->scores[0] *= by;
    l->scores[1] *= by;
    berth_pack_transposed(kernels, l->room, D2 / 2, n, D2 / 2, h->keys);
    /* One panel is what level_pairs makes. */
    const bool one = berth_panel_width(kernels, D, 0) == D;
    l->values = kernels->level_pairs(h->v, h->ld, n, D, BERTH_I16_VALUE,
                                     one ? h->values : l->room);
    if (!one)
        berth_pack(kernels, l->room, D, D, even(n) / 2, h->values);
}

/* Columns of a packed matrix of n columns and k rows, which begin with a panel,
 * and those of its rows that belong to the columns of a. */
static void product(const struct berth_attention_head *h, const int16_t *a,
                    size_t lda, size_t m, const float *packed, size_t n,
                    size_t k, struct berth_keys columns, struct berth_keys rows,
                    float *c, size_t ldc)
{
    const size_t width = h->kernels->panel_width;

    for (size_t first = columns.begin; first < columns.end; first += width) {
        const size_t own = berth_panel_width(h->kernels, n, first / width);
        const size_t left = columns.end - first;

        h->kernels->gemm_i16(&(struct berth_gemm_i16){
            .a = a + rows.begin,
            .lda = lda,
            .a_scale = h->levels.scales,
            .panel = (const void *)(packed + first * (even(k) / 2) +
                                    rows.begin / 2 * own),
            .width = own,
            .c = c + first,
            .ldc = ldc,
            .m = m,
            .n = left < width ? left : width,
            .k = rows.end - rows.begin,
        });
    }
}

static void score(const struct berth_attention_head *h, struct berth_keys keys,
                  size_t first, size_t m)
{
    const size_t D2 = even(h->D);

    for (size_t i = 0; i < m; i++)
        h->levels.scales[i] = h->levels.scores[first + i >= h->n_keys];
    product(h, (const int16_t *)h->levels.queries + first * D2, D2, m, h->keys,
            h->n_keys, h->D, keys, (struct berth_keys){0, h->D}, h->scores,
            h->scores_ld);
}

static float softmax(const struct berth_kernels *kernels, const float *x,
                     size_t n, void *weights)
{
    return kernels->softmax_levels(x, n, weights);
}

static void widen(const struct berth_kernels *kernels, const void *weights,
                  float *x, size_t n)
{
    const int16_t *levels = weights;

    (void)kernels;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)levels[i];
}

static void add_values(const struct berth_attention_head *h,
                       struct berth_keys keys, size_t m, float *c, size_t ldc)
{
    product(h, h->levels.weights, h->levels.weights_ld, m, h->values, h->D,
            h->n_keys, (struct berth_keys){0, h->D}, keys, c, ldc);
}

const struct berth_attention_form berth_attention_i16 = {
    .rows = BERTH_QUERY_ROWS,
    .sum_keys = BERTH_I16_KEYS,
    .pack = pack,
    .score = score,
    .weigh = berth_attention_weigh,
    .add_values = add_values,
    .softmax = softmax,
    .widen = widen,
};
