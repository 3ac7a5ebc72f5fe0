/*
 * bottleneck.c - a layer that is narrower inside than between layers. Queries
 * and keys are of one narrow form of its input, values of the input itself, and
 * the sums are with another narrow form. MobileBertLayer of transformers.
 *
 *     inside   = norm(hidden W)
 *     Q, K     = norm(hidden W) W + b;  V = hidden W + b
 *     inside   = norm(inside + softmax(Q K^T / sqrt(D)) V W + b)
 *     inside   = norm(inside + FFN(inside))              several times
 *     hidden   = norm(hidden + inside W + b)
 */
#include "models/encoder/attention.h"
#include "models/encoder/steps.h"

/* Rows of ctx->wide: Q, K, V or the inside of a feed-forward; then the state
 * inside; then what is added to it. */
struct columns {
    float *inside, *added;
};

static struct columns columns_of(const struct berth_context *ctx)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t A = berth_config_queries(config);
    const size_t F = config->intermediate_size;
    float *inside = ctx->wide + (3 * A > F ? 3 * A : F);

    return (struct columns){inside, inside + A};
}

static void apply(struct berth_context *ctx, const struct berth_linear *linear,
                  const float *x, size_t ldx, enum berth_function f, float *y,
                  size_t ldy)
{
    berth_linear_apply(linear, &ctx->tools, x, ldx, ctx->n_tokens, f, y, ldy);
}

static void norm(struct berth_context *ctx, const struct berth_norm *how,
                 const float *x, const float *residual, float *out, size_t ld)
{
    berth_norm_rows(how, &ctx->model->kernels, ctx->pool, x, residual, out, ld,
                    ctx->n_tokens);
}

/* out = norm(hidden W) */
static void narrow(struct berth_context *ctx, const struct berth_linear *linear,
                   const struct berth_norm *after, float *out, size_t ld)
{
    apply(ctx, linear, ctx->hidden, ctx->model->config.hidden_size,
          BERTH_FUNCTION_IDENTITY, out, ld);
    norm(ctx, after, out, NULL, out, ld);
}

static void attend(struct berth_context *ctx, const struct berth_layer *layer,
                   size_t number, const struct berth_tap *tap)
{
    const struct berth_bottleneck *b = &layer->bottleneck;
    const size_t C = ctx->model->config.hidden_size;
    const size_t A = berth_config_queries(&ctx->model->config);
    const size_t ld = ctx->wide_ld;
    const struct columns at = columns_of(ctx);

    narrow(ctx, &b->attention, &b->attention_norm, ctx->attended, C);
    apply(ctx, &layer->qkv, ctx->attended, C, BERTH_FUNCTION_IDENTITY,
          ctx->wide, ld);
    apply(ctx, &b->values, ctx->hidden, C, BERTH_FUNCTION_IDENTITY,
          ctx->wide + 2 * A, ld);
    narrow(ctx, &b->input, &b->input_norm, at.inside, ld);
    berth_attention(ctx, number, tap);
    apply(ctx, &layer->attention_output, ctx->attended, C,
          BERTH_FUNCTION_IDENTITY, at.added, ld);
    berth_tap_rows(ctx, tap, BERTH_ATTENTION_OUTPUT, at.added, A, ld);
    norm(ctx, &layer->attention_after, at.added, at.inside, at.inside, ld);
    berth_tap_rows(ctx, tap, BERTH_ATTENTION_NORMALIZED, at.inside, A, ld);
    berth_tap_norms(ctx, layer, tap);
}

/* inside = norm(inside + FFN(inside)) */
static void feed_forward(struct berth_context *ctx,
                         const struct berth_linear *up,
                         const struct berth_linear *down,
                         const struct berth_norm *after)
{
    const struct columns at = columns_of(ctx);
    const size_t ld = ctx->wide_ld;

    apply(ctx, up, at.inside, ld, ctx->model->config.hidden_act, ctx->wide, ld);
    apply(ctx, down, ctx->wide, ld, BERTH_FUNCTION_IDENTITY, at.added, ld);
    norm(ctx, after, at.added, at.inside, at.inside, ld);
}

void berth_bottleneck_layer(struct berth_context *ctx,
                            const struct berth_layer *layer, size_t number,
                            const struct berth_tap *tap)
{
    const struct berth_config *config = &ctx->model->config;
    const struct berth_bottleneck *b = &layer->bottleneck;
    const size_t C = config->hidden_size, ld = ctx->wide_ld;
    const struct columns at = columns_of(ctx);

    attend(ctx, layer, number, tap);
    for (size_t i = 0; i + 1 < config->num_feedforward_networks; i++)
        feed_forward(ctx, &b->more[i].up, &b->more[i].down, &b->more[i].after);
    feed_forward(ctx, &layer->up, &layer->down, &layer->forward_after);
    berth_tap_rows(ctx, tap, BERTH_FEED_FORWARD_INSIDE, ctx->wide,
                   config->intermediate_size, ld);
    berth_tap_rows(ctx, tap, BERTH_FEED_FORWARD_OUTPUT, at.added,
                   berth_config_queries(config), ld);
    apply(ctx, &b->output, at.inside, ld, BERTH_FUNCTION_IDENTITY,
          ctx->projected, C);
    norm(ctx, &b->output_norm, ctx->projected, ctx->hidden, ctx->hidden, C);
}
