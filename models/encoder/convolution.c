/*
 * convolution.c - a convolution is one matrix product with a token and its
 * neighbours side by side.
 */
#include "models/encoder/convolution.h"

/* Rows of ctx->wide: C by K, as the weights have them. What is before the first
 * token and after the last, and what is padding, is 0. */
static void gather_sequence(void *arg, size_t task, size_t thread)
{
    const struct berth_context *ctx = arg;
    const struct berth_sequence_rows *s = &ctx->sequences[task];
    const size_t C = ctx->model->config.hidden_size;
    const size_t K = ctx->model->config.conv_kernel_size;
    const size_t first = s->start - ctx->first_row;

    (void)thread;
    for (size_t t = 0; t < s->n_tokens; t++) {
        float *row = ctx->wide + (first + t) * ctx->wide_ld;

        for (size_t j = 0; j < K; j++) {
            const size_t at = t + j; /* of the neighbour, plus K / 2 */
            const bool there = at >= K / 2 && at - K / 2 < s->n_real;
            const float *x =
                ctx->hidden + (first + (there ? at - K / 2 : 0)) * C;

            for (size_t i = 0; i < C; i++)
                row[i * K + j] = there ? x[i] : 0.0f;
        }
    }
}

void berth_convolution_read(struct berth_context *ctx)
{
    const struct berth_linear *linear = &ctx->model->weights.convolution;
    const struct berth_config *config = &ctx->model->config;

    if (linear->n_out == 0)
        return;
    berth_pool_run(ctx->pool, gather_sequence, ctx, ctx->n_sequences);
    berth_linear_apply(linear, &ctx->tools, ctx->wide, ctx->wide_ld,
                       ctx->n_tokens, config->conv_act, ctx->convolved,
                       config->hidden_size);
}

void berth_convolution_add(struct berth_context *ctx)
{
    const struct berth_norm *norm = &ctx->model->weights.convolution_norm;

    if (norm->n > 0)
        berth_norm_rows(norm, &ctx->model->kernels, ctx->pool, ctx->convolved,
                        ctx->hidden, ctx->hidden, norm->n, ctx->n_tokens);
}
