/*
 * predict.c - the masked-language-model head: what the encoder says about a
 * place.
 *
 *     logits = decoder(LayerNorm(f(dense(hidden))))
 *
 * BertLMPredictionHead and DistilBertForMaskedLM of transformers.
 */
#include "lib/status.h"
#include "models/encoder/context.h"

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
    const struct berth_chain *head = &model->weights.masked_lm;
    const size_t C = model->config.hidden_size;
    const size_t V = model->config.vocab_size;

    if (head->n == 0)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: opened without its masked-language-model head",
                          model->path);
    enum berth_status status = check_places(ctx, places, n, err);
    if (status == BERTH_OK)
        status = reserve(ctx, n, err);
    if (status != BERTH_OK)
        return status;
    float *rows = berth_arena_take(&ctx->heads, n * C, sizeof(float));
    float *other = berth_arena_take(&ctx->heads, n * C, sizeof(float));
    for (size_t i = 0; i < n; i++)
        memcpy(rows + i * C,
               berth_hidden(ctx, places[i].sequence) + places[i].position * C,
               C * sizeof(float));
    for (size_t i = 0; i + 1 < head->n; i++) {
        float *swap = rows;
        berth_step_run(&head->steps[i], &ctx->tools, rows, C, n, other, C);
        rows = other;
        other = swap;
    }
    berth_step_run(&head->steps[head->n - 1], &ctx->tools, rows, C, n, out, V);
    return BERTH_OK;
}
