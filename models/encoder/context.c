/*
 * context.c - the workspace. carve() runs twice: first it adds up how many
 * bytes a batch needs, then it cuts the arena into pieces. So both agree by
 * construction.
 */
#include "models/encoder/context.h"
#include "lib/status.h"
#include "models/encoder/attention.h"
#include "models/encoder/disentangled.h"

#include <stdlib.h>

/* Rows whose length is a multiple of 4 KiB fall into the same few cache sets;
 * 16 floats more spread them. */
enum {
    ROW_PAD = 16,
    LINE = 64 /* bytes */
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t largest(const size_t *list, size_t n)
{
    return n == 1 ? *list : larger(*list, largest(list + 1, n - 1));
}

/* One block serves the embeddings before they are projected and a row of the
 * table of positions beside each, then query, key and value, and later the wide
 * states of the feed-forward: they are never needed together. Only the state
 * within bottlenecks is there all the time, and what is added to it. */
static size_t wide_row(const struct berth_config *config)
{
    const size_t A = berth_config_queries(config);
    const size_t uses[] = {
        2 * config->embedding_size,
        berth_config_inputs(config),
        config->hidden_size,
        A + 2 * berth_config_keys(config),
        config->intermediate_size,
        config->conv_kernel_size * config->hidden_size,
    };

    return largest(uses, sizeof(uses) / sizeof(*uses)) +
           (config->intra_bottleneck_size > 0 ? 2 * A : 0) + ROW_PAD;
}

/* The arena being measured (base NULL) or cut. */
struct carver {
    struct berth_arena *arena;
    size_t bytes;
};

static void *piece(struct carver *c, size_t rows, size_t columns,
                   size_t element)
{
    size_t n;

    if (c->arena != NULL)
        return berth_arena_take(c->arena, rows * columns, element);
    const size_t size =
        berth_mul(rows, columns, &n) ? berth_arena_piece(n, element) : SIZE_MAX;
    c->bytes = size > SIZE_MAX - c->bytes ? SIZE_MAX : c->bytes + size;
    return NULL;
}

/* Only 8-bit weights need their inputs quantised. */
static void carve_quantized(struct berth_context *ctx, struct carver *c,
                            size_t n_tokens)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t inputs[] = {
        berth_config_inputs(config),
        config->intermediate_size,
        config->hidden_size * larger(1, config->conv_kernel_size),
    };
    const size_t row =
        largest(inputs, sizeof(inputs) / sizeof(*inputs)) + BERTH_I8_STEP;
    struct berth_quantized *q = &ctx->tools.quantized;

    if (ctx->model->weights.precision != BERTH_PRECISION_I8)
        return;
    /* Rows of whole cache lines, whose number is odd: the same column of many
     * rows does not fall on a few places of the cache. */
    q->ld = ((row + LINE - 1) / LINE | 1) * LINE;
    q->q = piece(c, n_tokens, q->ld, 1);
    q->scale = piece(c, n_tokens, 1, sizeof(float));
    q->min = piece(c, n_tokens, 1, sizeof(float));
    q->n_outliers = piece(c, n_tokens, 1, sizeof(*q->n_outliers));
    q->max_outliers = berth_outliers_max(row);
    q->outliers = piece(c, n_tokens, q->max_outliers, sizeof(*q->outliers));
}

/* Memory of what is never filled is never touched. */
static void carve_relative(struct berth_context *ctx, struct carver *c,
                           size_t longest)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t columns =
        berth_disentangled_columns(&ctx->model->kernels, longest);
    const size_t tables = 2 * berth_config_layers(config);

    ctx->relative = (struct berth_relative){0};
    if (config->relative_span == 0)
        return;
    ctx->relative.tables =
        piece(c, columns, tables * config->hidden_size, sizeof(float));
    ctx->relative.room =
        piece(c, columns, 3 * config->hidden_size, sizeof(float));
}

static void carve(struct berth_context *ctx, struct carver *c, size_t n_tokens,
                  size_t longest)
{
    const struct berth_config *config = &ctx->model->config;
    const size_t C = config->hidden_size;

    ctx->wide_ld = wide_row(config);
    ctx->scratch_size =
        berth_attention_scratch(&ctx->model->kernels, config, longest);
    ctx->hidden = piece(c, n_tokens, C, sizeof(float));
    ctx->attended = piece(c, n_tokens, C, sizeof(float));
    ctx->projected = piece(c, n_tokens, C, sizeof(float));
    ctx->wide = piece(c, n_tokens, ctx->wide_ld, sizeof(float));
    if (config->rope.theta > 0)
        ctx->rotations[0] = piece(c, longest, config->head_size, sizeof(float));
    if (config->local_rope.theta > 0)
        ctx->rotations[1] = piece(c, longest, config->head_size, sizeof(float));
    if (config->family->distance != BERTH_DISTANCE_NONE)
        ctx->distances =
            piece(c, config->num_attention_heads, 2 * longest, sizeof(float));
    carve_relative(ctx, c, longest);
    if (config->conv_kernel_size > 0)
        ctx->convolved = piece(c, n_tokens, C, sizeof(float));
    ctx->scratch =
        piece(c, berth_pool_size(ctx->pool), ctx->scratch_size, sizeof(float));
    ctx->tools.kernels = &ctx->model->kernels;
    ctx->tools.pool = ctx->pool;
    ctx->tools.room_size = ctx->model->room_size;
    ctx->tools.room = piece(c, berth_pool_size(ctx->pool), ctx->tools.room_size,
                            sizeof(float));
    carve_quantized(ctx, c, n_tokens);
}

/* Only grows. On failure the sizes are 0, so that no later call uses pieces
 * that are gone. */
enum berth_status berth_context_reserve(struct berth_context *ctx,
                                        size_t n_tokens, size_t longest,
                                        struct berth_error *err)
{
    struct carver measure = {0};
    struct carver cut = {.arena = &ctx->arena};

    if (n_tokens <= ctx->max_tokens && longest <= ctx->max_sequence)
        return BERTH_OK;
    if (n_tokens < ctx->max_tokens)
        n_tokens = ctx->max_tokens;
    if (longest < ctx->max_sequence)
        longest = ctx->max_sequence;
    carve(ctx, &measure, n_tokens, longest);
    ctx->max_tokens = ctx->max_sequence = ctx->n_positions = 0;
    enum berth_status status =
        berth_arena_reserve(&ctx->arena, measure.bytes, err);
    if (status != BERTH_OK)
        return status;
    carve(ctx, &cut, n_tokens, longest);
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

enum berth_status berth_context_head_rows(struct berth_context *ctx, size_t m,
                                          size_t width, float *rows[2],
                                          struct berth_error *err)
{
    size_t n;
    const size_t size = berth_mul(m, width, &n)
                            ? berth_arena_piece(n, sizeof(float))
                            : SIZE_MAX;

    if (size > SIZE_MAX / 2)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    berth_arena_rewind(&ctx->heads);
    if (ctx->heads.size < 2 * size) {
        enum berth_status status =
            berth_arena_reserve(&ctx->heads, 2 * size, err);
        if (status != BERTH_OK)
            return status;
    }
    for (size_t i = 0; i < 2; i++)
        rows[i] = berth_arena_take(&ctx->heads, n, sizeof(float));
    return BERTH_OK;
}

struct berth_context berth_context_part(const struct berth_context *ctx,
                                        size_t first, size_t n, size_t thread,
                                        size_t room)
{
    const struct berth_sequence_rows *sequence = ctx->sequences + first;
    const size_t C = ctx->model->config.hidden_size;
    const size_t row = sequence[0].start;
    struct berth_context part = *ctx;
    struct berth_quantized *q = &part.tools.quantized;

    part.pool = part.tools.pool = NULL;
    part.sequences += first;
    part.n_sequences = n;
    part.n_tokens = sequence[n - 1].start + sequence[n - 1].n_tokens - row;
    part.first_row = row;
    part.hidden += row * C;
    part.attended += room * C;
    part.projected += room * C;
    if (part.convolved != NULL)
        part.convolved += room * C;
    part.wide += room * ctx->wide_ld;
    part.scratch += thread * ctx->scratch_size;
    part.tools.room += thread * ctx->tools.room_size;
    if (q->q != NULL) {
        q->q += room * q->ld;
        q->scale += room;
        q->min += room;
        q->n_outliers += room;
        q->outliers += room * q->max_outliers;
    }
    return part;
}

enum berth_status berth_context_new(const struct berth_model *model,
                                    size_t n_threads, size_t batch_tokens,
                                    struct berth_context **out,
                                    struct berth_error *err)
{
    const size_t positions = model->config.max_sequence;
    const size_t longest = batch_tokens < positions ? batch_tokens : positions;

    if (model->part == BERTH_PART_TOKENIZER)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: opened without its encoder", model->path);
    struct berth_context *ctx = calloc(1, sizeof(*ctx));
    if (ctx == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    ctx->model = model;
    enum berth_status status = berth_pool_new(n_threads, &ctx->pool, err);
    if (status == BERTH_OK)
        status = berth_context_reserve(ctx, batch_tokens, longest, err);
    /* A text has two special tokens, nearly always one more. */
    if (status == BERTH_OK)
        status =
            berth_context_reserve_sequences(ctx, batch_tokens / 2 + 1, err);
    if (status != BERTH_OK) {
        berth_context_free(ctx);
        return status;
    }
    *out = ctx;
    return BERTH_OK;
}

size_t berth_context_count_threads(const struct berth_context *ctx)
{
    return berth_pool_size(ctx->pool);
}

void berth_context_free(struct berth_context *ctx)
{
    if (ctx == NULL)
        return;
    berth_pool_free(ctx->pool);
    berth_arena_free(&ctx->arena);
    berth_arena_free(&ctx->heads);
    free(ctx->sequences);
    free(ctx->cut);
    free(ctx);
}

enum berth_status berth_context_cut_heads(struct berth_context *ctx,
                                          const struct berth_head *heads,
                                          size_t n, struct berth_error *err)
{
    const size_t L = ctx->model->config.num_hidden_layers;
    const size_t H = ctx->model->config.num_attention_heads;
    bool *cut = NULL;

    for (size_t i = 0; i < n; i++) {
        if (heads[i].layer >= L || heads[i].head >= H)
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "hidden head: expected one of %zu layers of %zu "
                              "heads, found %zu.%zu",
                              L, H, heads[i].layer, heads[i].head);
    }
    if (n > 0 && (cut = calloc(L, H)) == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < n; i++)
        cut[heads[i].layer * H + heads[i].head] = true;
    free(ctx->cut);
    ctx->cut = cut;
    return BERTH_OK;
}

const float *berth_hidden(const struct berth_context *ctx, size_t i)
{
    return ctx->hidden +
           ctx->sequences[i].start * ctx->model->config.hidden_size;
}
