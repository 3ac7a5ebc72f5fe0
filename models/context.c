/*
 * context.c - the workspace: how many bytes a batch needs, and the arena cut to
 * pieces.
 */
#include "lib/status.h"
#include "models/attention.h"
#include "models/encoder.h"
#include "models/model.h"

#include <stdlib.h>

/* Rows whose length is a multiple of 4 KiB fall into the same few cache sets;
 * 16 floats more spread them. */
enum {
    ROW_PAD = 16
};

static size_t wide_row(const struct berth_config *config)
{
    const size_t qkv = 3 * config->hidden_size;
    const size_t F = config->intermediate_size;

    return (qkv > F ? qkv : F) + ROW_PAD;
}

static size_t add(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t floats_piece(size_t rows, size_t columns)
{
    size_t n;

    if (!berth_mul(rows, columns, &n))
        return SIZE_MAX;
    return berth_arena_piece(n, sizeof(float));
}

enum berth_status berth_context_reserve(struct berth_context *ctx,
                                        size_t n_tokens, size_t longest,
                                        struct berth_error *err)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t C = config->hidden_size;
    const size_t threads = berth_pool_size(ctx->pool);

    if (n_tokens <= ctx->max_tokens && longest <= ctx->max_sequence)
        return BERTH_OK;
    if (n_tokens < ctx->max_tokens)
        n_tokens = ctx->max_tokens;
    if (longest < ctx->max_sequence)
        longest = ctx->max_sequence;
    const size_t wide_ld = wide_row(config);
    const size_t scratch_size =
        berth_attention_scratch(&ctx->model->kernels, config, longest);
    size_t bytes = floats_piece(n_tokens, wide_ld);
    for (int i = 0; i < 3; i++)
        bytes = add(bytes, floats_piece(n_tokens, C));
    bytes = add(bytes, floats_piece(threads, scratch_size));
    ctx->max_tokens = ctx->max_sequence = 0;
    enum berth_status s = berth_arena_reserve(&ctx->arena, bytes, err);
    if (s != BERTH_OK)
        return s;
    ctx->hidden = berth_arena_take(&ctx->arena, n_tokens * C, sizeof(float));
    ctx->attended = berth_arena_take(&ctx->arena, n_tokens * C, sizeof(float));
    ctx->projected = berth_arena_take(&ctx->arena, n_tokens * C, sizeof(float));
    ctx->wide =
        berth_arena_take(&ctx->arena, n_tokens * wide_ld, sizeof(float));
    ctx->scratch =
        berth_arena_take(&ctx->arena, threads * scratch_size, sizeof(float));
    ctx->wide_ld = wide_ld;
    ctx->scratch_size = scratch_size;
    ctx->max_tokens = n_tokens;
    ctx->max_sequence = longest;
    return BERTH_OK;
}

enum berth_status berth_context_reserve_sequences(struct berth_context *ctx,
                                                  size_t n,
                                                  struct berth_error *err)
{
    size_t bytes;

    if (n <= ctx->max_sequences)
        return BERTH_OK;
    if (!berth_mul(n, sizeof(*ctx->sequences), &bytes))
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    void *p = realloc(ctx->sequences, bytes);
    if (p == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    ctx->sequences = p;
    ctx->max_sequences = n;
    return BERTH_OK;
}

enum berth_status berth_context_new(const struct berth_model *model,
                                    size_t n_threads, size_t batch_tokens,
                                    struct berth_context **out,
                                    struct berth_error *err)
{
    const size_t positions = model->config.max_position_embeddings;
    const size_t longest = batch_tokens < positions ? batch_tokens : positions;

    if (model->part == BERTH_PART_TOKENIZER)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: opened without its encoder", model->path);
    struct berth_context *ctx = calloc(1, sizeof(*ctx));
    if (ctx == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    ctx->model = model;
    enum berth_status s = berth_pool_new(n_threads, &ctx->pool, err);
    if (s == BERTH_OK)
        s = berth_context_reserve(ctx, batch_tokens, longest, err);
    /* A text has two special tokens, nearly always one more. */
    if (s == BERTH_OK)
        s = berth_context_reserve_sequences(ctx, batch_tokens / 2 + 1, err);
    if (s != BERTH_OK) {
        berth_context_free(ctx);
        return s;
    }
    *out = ctx;
    return BERTH_OK;
}

void berth_context_free(struct berth_context *ctx)
{
    if (ctx == NULL)
        return;
    berth_pool_free(ctx->pool);
    berth_arena_free(&ctx->arena);
    berth_arena_free(&ctx->heads);
    free(ctx->sequences);
    free(ctx);
}

const float *berth_hidden(const struct berth_context *ctx, size_t i)
{
    return ctx->hidden +
           ctx->sequences[i].start * ctx->model->config.hidden_size;
}
