/*
 * feed_forward.c - the two linear layers after attention. Vaswani et al. 2017,
 * section 3.3; BertIntermediate, BertOutput. With a gate: Shazeer 2020,
 * arXiv:2002.05202.
 */
#include "models/encoder/steps.h"

enum {
    GATE_ROWS = 32
}; /* of a task */

/* Multiplies the halves of rows of ctx->wide into the first of them. */
static void gate_rows(void *arg, size_t task, size_t thread)
{
    const struct berth_context *ctx = arg;
    const struct berth_config *config = &ctx->model->config;
    const size_t F = config->intermediate_size;
    const size_t first = task * GATE_ROWS;
    const size_t left = ctx->n_tokens - first;
    const size_t end = first + (left < GATE_ROWS ? left : GATE_ROWS);
    const bool last = config->family->gate == BERTH_GATE_LAST;

    (void)thread;
    for (size_t i = first; i < end; i++) {
        float *row = ctx->wide + i * ctx->wide_ld;
        const float *other = row + F;

        ctx->model->kernels.function(config->hidden_act, last ? row + F : row,
                                     F);
        for (size_t j = 0; j < F; j++)
            row[j] *= other[j];
    }
}

void berth_feed_forward(struct berth_context *ctx,
                        const struct berth_layer *layer, const float *x)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t C = config->hidden_size;
    const bool gate = config->family->gate != BERTH_GATE_NONE;

    berth_linear_apply(&layer->up, &ctx->tools, x, C, ctx->n_tokens,
                       gate ? BERTH_FUNCTION_IDENTITY : config->hidden_act,
                       ctx->wide, ctx->wide_ld);
    if (gate)
        berth_pool_run(ctx->pool, gate_rows, ctx,
                       (ctx->n_tokens + GATE_ROWS - 1) / GATE_ROWS);
    berth_linear_apply(&layer->down, &ctx->tools, ctx->wide, ctx->wide_ld,
                       ctx->n_tokens, BERTH_FUNCTION_IDENTITY, ctx->projected,
                       C);
}
