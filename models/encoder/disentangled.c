/*
 * disentangled.c - which row of the model's table a distance has, what each
 * layer makes of these rows, and how that comes to the scores.
 *
 * Of a layer's table each column is a distance. pk ascends by key - query, pq
 * by query - key, both from -(R - 1) on, R half of the columns, a multiple of a
 * block's rows B. So a block of B queries from `first` on begins in pk with the
 * distance -(first + B - 1), in column R - B - first: always with a panel. Its
 * product with them has key k of query first + i in column k - i + B - 1: each
 * row of scores is a run of the product's row, one place further left than the
 * row before. With pq keys and queries change places, and the result is turned.
 */
#include "models/encoder/disentangled.h"
#include "lib/kernels/pack.h"
#include "models/files/tensor.h"

#include <math.h>
#include <string.h>

enum {
    LINE = 16, /* floats of a cache line */
    LEAST_ROWS = 36,
    BLOCKS = 2 /* that attention takes together: less is computed twice */
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* B */
static size_t block_rows(const struct berth_kernels *kernels)
{
    return round_up(LEAST_ROWS, kernels->panel_width);
}

size_t berth_disentangled_rows(const struct berth_kernels *kernels)
{
    return BLOCKS * block_rows(kernels);
}

size_t berth_disentangled_columns(const struct berth_kernels *kernels,
                                  size_t reach)
{
    return 2 * round_up(reach, block_rows(kernels));
}

/* ------------------------------------------------------------------- tables */

/* Beyond half of the buckets several distances share one, more and more of
 * them. Computed in float32, as make_log_bucket_position() of transformers has
 * it. distance > 0. */
static size_t bucket_of(const struct berth_config *config, size_t distance)
{
    const size_t half = config->position_buckets / 2;

    if (half == 0 || distance <= half)
        return distance;
    const float most =
        (float)(((double)config->max_relative_positions - 1) / (double)half);
    const float part = logf((float)distance / (float)half) / logf(most);
    const float bucket = ceilf(part * (float)(half - 1));
    /* What is no number, or far beyond the last bucket, is the last. */
    return bucket < (float)config->relative_span ? half + (size_t)bucket
                                                 : config->relative_span;
}

/* The row of a distance, query less key: half of the table are those before
 * the query. */
static size_t row_of(const struct berth_config *config, ptrdiff_t distance)
{
    const size_t span = config->relative_span;
    const size_t far =
        bucket_of(config, (size_t)(distance < 0 ? -distance : distance));

    if (distance < 0)
        return far < span ? span - far : 0;
    return far < span ? span + far : 2 * span - 1;
}

/* Rows of the model's table between those of the furthest distances: as they
 * are, then normalised. */
struct rows {
    size_t first, n;
};

static struct rows read_rows(const struct berth_context *ctx, size_t reach,
                             float *out)
{
    const struct berth_model *model = ctx->model;
    const struct berth_weights *w = &model->weights;
    const size_t C = model->config.hidden_size;
    const ptrdiff_t far = (ptrdiff_t)reach - 1;
    const size_t first = row_of(&model->config, -far);
    const size_t n = row_of(&model->config, far) + 1 - first;

    berth_tensor_read(w->distances, &model->kernels, w->precision, first * C,
                      n * C, out);
    if (w->distances_norm.n > 0)
        berth_norm_rows(&w->distances_norm, &model->kernels, ctx->pool, out,
                        NULL, out, C, n);
    return (struct rows){first, n};
}

struct job {
    const struct berth_context *ctx;
    struct rows rows;
    int sign;          /* of query less key, where columns ascend */
    const float *made; /* (rows.n, C) what the layer makes of the rows */
    float *spread;     /* (columns, C) room: these by distance */
    float *heads;      /* (H, columns, D) in panels, out */
};

static void pack_panel(void *arg, size_t panel, size_t thread)
{
    const struct job *j = arg;
    const struct berth_model *model = j->ctx->model;
    const struct berth_kernels *kernels = &model->kernels;
    const size_t C = model->config.hidden_size, D = model->config.head_size;
    const size_t width = kernels->panel_width, first = panel * width;
    const ptrdiff_t reach = (ptrdiff_t)j->ctx->relative.reach;
    const size_t columns = j->ctx->relative.columns;
    float *rows = j->spread + first * C;

    (void)thread;
    for (size_t i = 0; i < width; i++) {
        const ptrdiff_t at =
            (ptrdiff_t)(first + i) - (ptrdiff_t)columns / 2 + 1;
        /* No text has those further away. */
        const ptrdiff_t near = at < reach ? at : reach - 1;
        const ptrdiff_t distance = near > -reach ? near : 1 - reach;
        const size_t row = row_of(&model->config, j->sign * distance);

        memcpy(rows + i * C, j->made + (row - j->rows.first) * C,
               C * sizeof(*rows));
    }
    for (size_t h = 0; h < model->config.num_attention_heads; h++)
        kernels->pack_transposed(rows + h * D, C, width, D,
                                 j->heads + (h * columns + first) * D, width);
}

/* Which of a layer's tables: of keys, of queries. */
enum {
    KEYS,
    QUERIES,
    TABLES
};

static float *table_of(const struct berth_context *ctx, size_t layer,
                       size_t which)
{
    return ctx->relative.tables + (layer * TABLES + which) *
                                      ctx->relative.columns *
                                      ctx->model->config.hidden_size;
}

static void fill_layer(struct berth_context *ctx, size_t layer,
                       const struct rows *rows)
{
    const struct berth_layer *l = &ctx->model->weights.layers[layer];
    const struct berth_linear *const linears[TABLES] = {
        [KEYS] = &l->distance_keys, [QUERIES] = &l->distance_queries};
    const size_t C = ctx->model->config.hidden_size;
    const size_t columns = ctx->relative.columns;
    float *room = ctx->relative.room;
    struct job j = {.ctx = ctx,
                    .rows = *rows,
                    .made = room + columns * C,
                    .spread = room + 2 * columns * C};

    for (size_t i = 0; i < TABLES; i++) {
        if (linears[i]->n_out == 0)
            continue;
        j.sign = i == KEYS ? -1 : 1;
        j.heads = table_of(ctx, layer, i);
        berth_linear_apply(linears[i], &ctx->tools, room, C, rows->n,
                           BERTH_FUNCTION_IDENTITY, room + columns * C, C);
        berth_pool_run(ctx->pool, pack_panel, &j,
                       columns / ctx->model->kernels.panel_width);
        if (l->qkv.packed != NULL)
            berth_linear_release(linears[i]);
    }
}

/* Made anew when a longer text comes, and then for texts of twice the length,
 * so that texts that grow and grow do not cost much more than the longest. */
void berth_disentangled_fill(struct berth_context *ctx, size_t longest)
{
    struct berth_relative *r = &ctx->relative;
    size_t reach = 2 * r->reach;

    if (r->tables == NULL || longest <= r->reach)
        return;
    if (reach > ctx->max_sequence)
        reach = ctx->max_sequence;
    r->reach = longest > reach ? longest : reach;
    r->columns = berth_disentangled_columns(&ctx->model->kernels, r->reach);
    const struct rows rows = read_rows(ctx, r->reach, r->room);
    for (size_t i = 0; i < berth_config_layers(&ctx->model->config); i++)
        fill_layer(ctx, i, &rows);
}

struct berth_disentangled berth_disentangled_of(const struct berth_context *ctx,
                                                size_t layer, size_t head)
{
    const struct berth_layer *l = &ctx->model->weights.layers[layer];
    const size_t columns = ctx->relative.columns;
    const size_t at = head * columns * ctx->model->config.head_size;

    if (ctx->relative.tables == NULL)
        return (struct berth_disentangled){0};
    return (struct berth_disentangled){
        .keys =
            l->distance_keys.n_out > 0 ? table_of(ctx, layer, KEYS) + at : NULL,
        .queries = l->distance_queries.n_out > 0
                       ? table_of(ctx, layer, QUERIES) + at
                       : NULL,
        .columns = columns,
    };
}

/* ------------------------------------------------------------------- scores */

/* B rows of products: queries with the distances of all keys, or keys with
 * those of the block's queries. And a panel of the latter, turned. */
struct layout {
    size_t ld, turned, total;
};

static struct layout lay_out(const struct berth_kernels *kernels, size_t T)
{
    const size_t B = block_rows(kernels);
    const size_t ld = round_up(T + B - 1, kernels->panel_width) + LINE;
    const size_t turned = round_up(B * ld, LINE);

    return (struct layout){ld, turned,
                           turned + BLOCKS * B * kernels->panel_width};
}

size_t berth_disentangled_room(const struct berth_kernels *kernels, size_t T)
{
    return lay_out(kernels, T).total;
}

/* m rows of a with the distances from a panel on, at least n of them, into
 * the room. */
static void product(const struct berth_score_block *b, const float *a, size_t m,
                    const float *panel, size_t n, size_t ld)
{
    const size_t width = b->kernels->panel_width;

    for (size_t at = 0; at < n; at += width) {
        b->kernels->gemm[BERTH_FORMAT_F32](&(struct berth_gemm){
            .a = a,
            .lda = b->ld,
            .panel = panel + at * b->D,
            .width = width,
            .c = b->room + at,
            .ldc = ld,
            .m = m,
            .n = width,
            .k = b->D,
            .scale = b->scale,
        });
    }
}

/* Of m queries, those of `row` of the scores and after it. */
static void add_keys(const struct berth_disentangled *tables,
                     const struct berth_score_block *b, size_t row, size_t m)
{
    const size_t B = block_rows(b->kernels), first = b->first + row;
    const size_t ld = lay_out(b->kernels, b->T).ld;
    const size_t column = tables->columns / 2 - B - first;

    product(b, b->q + first * b->ld, m, tables->keys + column * b->D,
            b->n_keys + B - 1, ld);
    for (size_t i = 0; i < m; i++)
        b->kernels->add(b->scores + (row + i) * b->scores_ld,
                        b->room + B - 1 + i * (ld - 1), b->n_keys);
}

/* Of n keys from `first` on. */
static void add_queries(const struct berth_disentangled *tables,
                        const struct berth_score_block *b, size_t first,
                        size_t n)
{
    const size_t width = b->kernels->panel_width, B = block_rows(b->kernels);
    const struct layout l = lay_out(b->kernels, b->T);
    const size_t column = tables->columns / 2 - B + b->first - first;
    float *turned = b->room + l.turned;

    product(b, b->k + first * b->ld, n, tables->queries + column * b->D,
            b->m + B - 1, l.ld);
    for (size_t at = 0; at < n; at += width) {
        const size_t some = n - at < width ? n - at : width;

        b->kernels->pack_transposed(b->room + B - 1 + at * (l.ld - 1), l.ld - 1,
                                    some, b->m, turned, width);
        for (size_t i = 0; i < b->m; i++)
            b->kernels->add(b->scores + i * b->scores_ld + first + at,
                            turned + i * width, some);
    }
}

void berth_disentangled_add(const struct berth_disentangled *tables,
                            const struct berth_score_block *b)
{
    const size_t B = block_rows(b->kernels);

    for (size_t i = 0; tables->keys != NULL && i < b->m; i += B)
        add_keys(tables, b, i, b->m - i < B ? b->m - i : B);
    for (size_t k = 0; tables->queries != NULL && k < b->n_keys; k += B)
        add_queries(tables, b, k, b->n_keys - k < B ? b->n_keys - k : B);
}
