/*
 * feed_forward.c - the two dense layers behind attention, and add & norm.
 * Vaswani et al. 2017, section 3.3; BertIntermediate, BertOutput.
 */
#include "models/encoder/encoder.h"

/* Rows of a task of add & norm. */
enum {
    NORM_ROWS = 32
};

void berth_feed_forward(struct berth_context *ctx,
                        const struct berth_layer *layer)
{
    const struct berth_model *model = ctx->model;
    const size_t C = model->config.hidden_size;

    berth_linear_apply(
        &layer->intermediate, &ctx->tools, ctx->hidden, C, ctx->n_tokens,
        (enum berth_function)model->config.hidden_act, ctx->wide, ctx->wide_ld);
    berth_linear_apply(&layer->output, &ctx->tools, ctx->wide, ctx->wide_ld,
                       ctx->n_tokens, BERTH_FUNCTION_IDENTITY, ctx->projected,
                       C);
}

struct job {
    struct berth_context *ctx;
    const struct berth_norm *norm;
};

static void norm_rows(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    struct berth_context *ctx = job->ctx;
    const struct berth_config *config = &ctx->model->config;
    const size_t C = config->hidden_size;
    const size_t first = task * NORM_ROWS;
    const size_t left = ctx->n_tokens - first;
    const size_t end = first + (left < NORM_ROWS ? left : NORM_ROWS);

    (void)thread;
    for (size_t i = first; i < end; i++)
        ctx->model->kernels.layer_norm(
            ctx->projected + i * C, ctx->hidden + i * C, job->norm->weight,
            job->norm->bias, config->layer_norm_eps, ctx->hidden + i * C, C);
}

void berth_add_norm(struct berth_context *ctx, const struct berth_norm *norm)
{
    struct job job = {.ctx = ctx, .norm = norm};

    berth_pool_run(ctx->pool, norm_rows, &job,
                   (ctx->n_tokens + NORM_ROWS - 1) / NORM_ROWS);
}
