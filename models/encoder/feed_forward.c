/*
 * feed_forward.c - the two linear layers after attention. Vaswani et al. 2017,
 * section 3.3; BertIntermediate, BertOutput.
 */
#include "lib/kernels/pack.h"
#include "models/encoder/steps.h"

/* What is rounded to 8 bits next, or to bfloat16, needs no more than this. */
static enum berth_function coarse(enum berth_function f)
{
    static const enum berth_function known[] = {
        [BERTH_FUNCTION_GELU] = BERTH_FUNCTION_GELU_COARSE,
        [BERTH_FUNCTION_GELU_TANH] = BERTH_FUNCTION_GELU_TANH_COARSE,
    };
    const size_t n = sizeof(known) / sizeof(known[0]);

    return (size_t)f < n && known[f] != BERTH_FUNCTION_IDENTITY ? known[f] : f;
}

void berth_feed_forward(struct berth_context *ctx,
                        const struct berth_layer *layer, const float *x)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t C = config->hidden_size;
    const enum berth_format format = layer->down.format;
    const bool rounds = format == BERTH_FORMAT_I8 ||
                        berth_has_pairs(&ctx->model->kernels, format);
    const enum berth_function f =
        rounds ? coarse(config->hidden_act) : config->hidden_act;

    berth_linear_apply(&layer->up, &ctx->tools, x, C, ctx->n_tokens, f,
                       ctx->wide, ctx->wide_ld);
    berth_linear_apply(&layer->down, &ctx->tools, ctx->wide, ctx->wide_ld,
                       ctx->n_tokens, BERTH_FUNCTION_IDENTITY, ctx->projected,
                       C);
}
