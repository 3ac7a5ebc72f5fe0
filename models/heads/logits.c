/*
 * logits.c - what rows of logits come to: probabilities, their logarithms, the
 * largest.
 */
#include "models/encoder/context.h"

#include <math.h>

struct rows {
    const struct berth_kernels *kernels;
    float *x;
    size_t n;
};

static void softmax_row(void *arg, size_t row, size_t thread)
{
    const struct rows *rows = arg;

    (void)thread;
    rows->kernels->softmax(rows->x + row * rows->n, rows->n);
}

void berth_softmax(struct berth_context *ctx, float *x, size_t rows, size_t n)
{
    berth_pool_run(ctx->pool, softmax_row,
                   &(struct rows){&ctx->model->kernels, x, n}, rows);
}

struct logits {
    const struct berth_kernels *kernels;
    const float *x;
    size_t n;
    double *out;
};

static void log_sum_row(void *arg, size_t row, size_t thread)
{
    const struct logits *l = arg;

    (void)thread;
    l->out[row] = l->kernels->log_sum(l->x + row * l->n, l->n);
}

void berth_log_sums(struct berth_context *ctx, const float *x, size_t rows,
                    size_t n, double *out)
{
    berth_pool_run(ctx->pool, log_sum_row,
                   &(struct logits){&ctx->model->kernels, x, n, out}, rows);
}

/* Whether a comes before b: larger, or equal and earlier; NaN is last. */
static bool before(const float *x, int32_t a, int32_t b)
{
    const bool nan_a = isnan(x[a]);
    const bool nan_b = isnan(x[b]);

    if (nan_a || nan_b)
        return nan_a == nan_b ? a < b : nan_b;
    return x[a] != x[b] ? x[a] > x[b] : a < b;
}

/*
 * Moves the index at `at` down in a heap of size indices, until none below it
 * is worse. The worst of all is at 0.
 */
static void sink_down(const float *x, int32_t *heap, size_t size, size_t at)
{
    const int32_t sinking = heap[at];

    for (;;) {
        size_t below = 2 * at + 1;
        if (below + 1 < size && before(x, heap[below], heap[below + 1]))
            below++;
        if (below >= size || !before(x, sinking, heap[below]))
            break;
        heap[at] = heap[below];
        at = below;
    }
    heap[at] = sinking;
}

void berth_top_k(const float *x, size_t n, size_t k, int32_t *out)
{
    for (size_t i = 0; i < k; i++)
        out[i] = (int32_t)i;
    for (size_t i = k / 2; i-- > 0;)
        sink_down(x, out, k, i);
    /* Nearly every candidate fails this comparison, for any k. */
    for (size_t i = k; i < n && k > 0; i++)
        if (before(x, (int32_t)i, out[0])) {
            out[0] = (int32_t)i;
            sink_down(x, out, k, 0);
        }
    /* The worst goes to the end of those that are left, and so on. */
    for (size_t left = k; left > 1; left--) {
        const int32_t worst = out[0];
        out[0] = out[left - 1];
        out[left - 1] = worst;
        sink_down(x, out, left - 1, 0);
    }
}
