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

/* Whether a stands before b: larger, or equal and earlier; NaN is last. */
static bool before(const float *x, int32_t a, int32_t b)
{
    const bool nan_a = isnan(x[a]);
    const bool nan_b = isnan(x[b]);

    if (nan_a || nan_b)
        return nan_a == nan_b ? a < b : nan_b;
    return x[a] != x[b] ? x[a] > x[b] : a < b;
}

void berth_top_k(const float *x, size_t n, size_t k, int32_t *out)
{
    size_t found = 0;

    /* Insertion into a short sorted list: nearly every candidate fails the
     * first comparison. */
    for (size_t i = 0; i < n && k > 0; i++) {
        const int32_t candidate = (int32_t)i;
        if (found == k && !before(x, candidate, out[k - 1]))
            continue;
        size_t at = found < k ? found++ : k - 1;
        while (at > 0 && before(x, candidate, out[at - 1])) {
            out[at] = out[at - 1];
            at--;
        }
        out[at] = candidate;
    }
}
