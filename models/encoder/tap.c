/*
 * tap.c - rows of a layer copied on the way, and the norms that only a tap
 * needs.
 */
#include "models/encoder/tap.h"

#include <math.h>
#include <string.h>

void berth_tap_rows(const struct berth_context *ctx,
                    const struct berth_tap *tap, enum berth_attention_part part,
                    const float *x, size_t width, size_t ldx)
{
    if (tap == NULL || tap->part != part)
        return;
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

/* Puts the values of one head through the output's matrix, with those of the
 * other heads 0. Without the bias, which belongs to no head. */
static void transform_values(struct berth_context *ctx,
                             const struct berth_layer *layer, size_t head)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t C = config->hidden_size, D = config->head_size;
    const float *values = ctx->wide + berth_config_queries(config) +
                          berth_config_keys(config) +
                          berth_config_key_of(config, head) * D;
    struct berth_linear output = layer->attention_output;

    output.bias = NULL;
    memset(ctx->attended, 0, ctx->n_tokens * C * sizeof(float));
    for (size_t t = 0; t < ctx->n_tokens; t++)
        memcpy(ctx->attended + t * C + head * D, values + t * ctx->wide_ld,
               D * sizeof(float));
    berth_linear_apply(&output, &ctx->tools, ctx->attended, C, ctx->n_tokens,
                       BERTH_FUNCTION_IDENTITY, ctx->projected, C);
}

/* weight * |transformed value|: how much a key really adds. A key such as [SEP]
 * often has a large weight and a small value. ctx->attended and ctx->projected
 * are overwritten; they are free at this point of a layer. */
void berth_tap_norms(struct berth_context *ctx, const struct berth_layer *layer,
                     const struct berth_tap *tap)
{
    const size_t C = ctx->model->config.hidden_size;
    const size_t T = ctx->n_tokens;

    if (tap == NULL || tap->part != BERTH_ATTENTION_NORMS)
        return;
    for (size_t h = 0; h < tap->n_heads; h++) {
        float *out = tap->out + h * T * T;

        transform_values(ctx, layer, tap->heads[h]);
        for (size_t k = 0; k < T; k++) {
            const float norm = length_of(ctx->projected + k * C,
                                         layer->attention_output.n_out);

            for (size_t q = 0; q < T; q++)
                out[q * T + k] *= norm;
        }
    }
}
