/*
 * tap.c - one sequence, and the attention of the layers and heads
 * that were asked for, or another step of these layers.
 */
#include "lib/status.h"
#include "models/encoder/encoder.h"

#include <math.h>
#include <string.h>

size_t berth_attention_width(const struct berth_model *model,
                             enum berth_attention_part part, size_t n_tokens)
{
    if (berth_part_is_square(part))
        return n_tokens;
    if (part == BERTH_FEED_FORWARD_INSIDE)
        return model->config.intermediate_size;
    return part < BERTH_ATTENTION_OUTPUT ? model->config.head_size
                                         : model->config.hidden_size;
}

void berth_tap_rows(const struct berth_context *ctx,
                    const struct berth_attention_tap *tap,
                    enum berth_attention_part part, const float *x, size_t ldx)
{
    if (tap == NULL || tap->part != part)
        return;
    const size_t width = berth_attention_width(ctx->model, part, 0);

    for (size_t t = 0; t < ctx->n_tokens; t++)
        memcpy(tap->out + t * width, x + t * ldx, width * sizeof(*x));
}

static float length_of(const float *x, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return (float)sqrt(sum);
}

/* One head's values alone, the other heads' 0, through the output's matrix. */
static void transform_values(struct berth_context *ctx,
                             const struct berth_layer *layer, size_t head)
{
    const size_t C = ctx->model->config.hidden_size;
    const size_t D = ctx->model->config.head_size;
    struct berth_linear output = layer->attention_output;

    output.bias = NULL;
    memset(ctx->attended, 0, ctx->n_tokens * C * sizeof(float));
    for (size_t t = 0; t < ctx->n_tokens; t++)
        memcpy(ctx->attended + t * C + head * D,
               ctx->wide + t * ctx->wide_ld + 2 * C + head * D,
               D * sizeof(float));
    berth_linear_apply(&output, &ctx->tools, ctx->attended, C, ctx->n_tokens,
                       BERTH_FUNCTION_IDENTITY, ctx->projected, C);
}

void berth_tap_norms(struct berth_context *ctx, const struct berth_layer *layer,
                     const struct berth_attention_tap *tap)
{
    const size_t C = ctx->model->config.hidden_size;
    const size_t T = ctx->n_tokens;

    if (tap == NULL || tap->part != BERTH_ATTENTION_NORMS)
        return;
    for (size_t h = 0; h < tap->n_heads; h++) {
        float *out = tap->out + h * T * T;

        transform_values(ctx, layer, tap->heads[h]);
        for (size_t k = 0; k < T; k++) {
            const float norm = length_of(ctx->projected + k * C, C);

            for (size_t q = 0; q < T; q++)
                out[q * T + k] *= norm;
        }
    }
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
    enum berth_status s =
        check_list("layer", request->layers, request->n_layers,
                   config->num_hidden_layers, err);

    if (s == BERTH_OK)
        s = check_list("head", request->heads, request->n_heads,
                       config->num_attention_heads, err);
    if (s == BERTH_OK)
        s = berth_encoder_start(ctx, sequence, 1, err);
    if (s != BERTH_OK)
        return s;
    const size_t T = sequence->n_tokens;
    const size_t layer_size =
        (request->part < BERTH_ATTENTION_OUTPUT ? request->n_heads : 1) * T *
        berth_attention_width(ctx->model, request->part, T);
    size_t done = 0;
    for (size_t i = 0; i < request->n_layers; i++) {
        const struct berth_attention_tap tap = {
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
