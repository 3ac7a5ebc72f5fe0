/*
 * predict.c - the masked-language-model head: what the encoder says about a
 * place.
 *
 *     logits = decoder(LayerNorm(f(dense(hidden))))
 *
 * BertLMPredictionHead and DistilBertForMaskedLM of transformers.
 */
#include "lib/status.h"
#include "models/encoder/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of (C) for the places: gathered, and transformed. */
static enum berth_status reserve(struct berth_context *ctx, size_t n,
                                 struct berth_error *err)
{
    const size_t C = ctx->model->config.hidden_size;
    size_t floats;

    if (!berth_mul(n, C, &floats))
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    const size_t piece = berth_arena_piece(floats, sizeof(float));
    if (piece > SIZE_MAX / 2)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    if (ctx->heads.size < 2 * piece)
        return berth_arena_reserve(&ctx->heads, 2 * piece, err);
    berth_arena_rewind(&ctx->heads);
    return BERTH_OK;
}

static enum berth_status check_places(const struct berth_context *ctx,
                                      const struct berth_place *places,
                                      size_t n, struct berth_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (places[i].sequence >= ctx->n_sequences ||
            places[i].position >= ctx->sequences[places[i].sequence].n_tokens)
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "place %zu: position %zu of sequence %zu is not "
                              "in the batch",
                              i, places[i].position, places[i].sequence);
    }
    return BERTH_OK;
}

enum berth_status berth_predict(struct berth_context *ctx,
                                const struct berth_place *places, size_t n,
                                float *out, struct berth_error *err)
{
    const struct berth_model *model = ctx->model;
    const struct berth_masked_lm *head = &model->weights.masked_lm;
    const struct berth_kernels *kernels = &model->kernels;
    const size_t C = model->config.hidden_size;
    const size_t V = model->config.vocab_size;

    if (!model->weights.has_masked_lm)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: opened without its masked-language-model head",
                          model->path);
    enum berth_status s = check_places(ctx, places, n, err);
    if (s == BERTH_OK)
        s = reserve(ctx, n, err);
    if (s != BERTH_OK)
        return s;
    float *rows = berth_arena_take(&ctx->heads, n * C, sizeof(float));
    float *transformed = berth_arena_take(&ctx->heads, n * C, sizeof(float));
    for (size_t i = 0; i < n; i++)
        memcpy(rows + i * C,
               berth_hidden(ctx, places[i].sequence) + places[i].position * C,
               C * sizeof(float));
    berth_linear_apply(&head->transform, &ctx->tools, rows, C, n,
                       (enum berth_function)model->config.hidden_act,
                       transformed, C);
    for (size_t i = 0; i < n; i++)
        kernels->layer_norm(transformed + i * C, NULL, head->norm.weight,
                            head->norm.bias, model->config.layer_norm_eps,
                            transformed + i * C, C);
    berth_linear_apply(&head->decoder, &ctx->tools, transformed, C, n,
                       BERTH_FUNCTION_IDENTITY, out, V);
    return BERTH_OK;
}

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
