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
    float *rows[2];
    size_t width;

    if (head->n == 0)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: opened without its masked-language-model head",
                          model->path);
    berth_chain_size(head, head->n - 1, C, &width);
    enum berth_status status = check_places(ctx, places, n, err);
    if (status == BERTH_OK)
        status = berth_context_head_rows(ctx, n, width, rows, err);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        memcpy(rows[0] + i * width,
               berth_hidden(ctx, places[i].sequence) + places[i].position * C,
               C * sizeof(float));
    const float *x = berth_chain_run(head->steps, head->n - 1, &ctx->tools,
                                     rows[0], rows[1], width, n);
    berth_step_run(&head->steps[head->n - 1], &ctx->tools, x, width, n, out, V);
    return BERTH_OK;
}
