/*
 * attend.c - one sequence, and the attention of the layers and heads that were
 * asked for, or another step of these layers.
 */
#include "lib/status.h"
#include "models/encoder/encoder.h"

size_t berth_attention_width(const struct berth_model *model,
                             enum berth_attention_part part, size_t n_tokens)
{
    if (berth_part_is_square(part))
        return n_tokens;
    if (part == BERTH_FEED_FORWARD_INSIDE)
        return model->config.intermediate_size;
    if (part < BERTH_ATTENTION_OUTPUT)
        return model->config.head_size;
    return part == BERTH_LAYER_OUTPUT ? model->config.hidden_size
                                      : berth_config_queries(&model->config);
}

static enum berth_status check_list(const char *what, const size_t *list,
                                    size_t n, size_t limit,
                                    struct berth_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] >= limit || (i > 0 && list[i] <= list[i - 1]))
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "%s: expected 0 to %zu, ascending, found %zu",
                              what, limit - 1, list[i]);
    }
    return BERTH_OK;
}

enum berth_status berth_attend(struct berth_context *ctx,
                               const struct berth_sequence *sequence,
                               const struct berth_attention_request *request,
                               float *out, struct berth_error *err)
{
    const struct berth_config *config = &ctx->model->config;
    enum berth_status status =
        check_list("layer", request->layers, request->n_layers,
                   config->num_hidden_layers, err);

    if (status == BERTH_OK)
        status = check_list("head", request->heads, request->n_heads,
                            config->num_attention_heads, err);
    if (status == BERTH_OK)
        status = berth_encoder_start(ctx, sequence, 1, err);
    if (status != BERTH_OK)
        return status;
    const size_t T = sequence->n_tokens;
    const size_t layer_size =
        (request->part < BERTH_ATTENTION_OUTPUT ? request->n_heads : 1) * T *
        berth_attention_width(ctx->model, request->part, T);
    size_t done = 0;
    for (size_t i = 0; i < request->n_layers; i++) {
        const struct berth_tap tap = {
            .part = request->part,
            .heads = request->heads,
            .n_heads = request->n_heads,
            .out = out + i * layer_size,
        };
        berth_encoder_layers(ctx, done, request->layers[i], NULL);
        berth_encoder_layers(ctx, request->layers[i], request->layers[i] + 1,
                             &tap);
        done = request->layers[i] + 1;
    }
    return BERTH_OK;
}
