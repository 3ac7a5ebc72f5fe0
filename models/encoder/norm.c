/*
 * norm.c - what a sub-layer made is added to the states, and these normalised.
 */
#include "models/encoder/steps.h"

/* Rows of a task. */
enum {
    NORM_ROWS = 32
};

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
