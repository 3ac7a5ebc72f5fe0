/*
 * feed_forward.c - the two linear layers after attention. Vaswani et al. 2017,
 * section 3.3; BertIntermediate, BertOutput.
 */
#include "models/encoder/steps.h"

void berth_feed_forward(struct berth_context *ctx,
                        const struct berth_layer *layer, const float *x)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t C = config->hidden_size;

    berth_linear_apply(&layer->up, &ctx->tools, x, C, ctx->n_tokens,
                       config->hidden_act, ctx->wide, ctx->wide_ld);
    berth_linear_apply(&layer->down, &ctx->tools, ctx->wide, ctx->wide_ld,
                       ctx->n_tokens, BERTH_FUNCTION_IDENTITY, ctx->projected,
                       C);
}
