/*
 * attention.c - softmax(Q K^T / sqrt(D)) V, a block of queries at a time.
 *
 * A task is one head of one sequence. It packs K^T and V, then for each block
 * of queries: scores into scratch memory, softmax over each row, the product
 * with V. A block of scores stays in the cache whatever the length. In a local
 * layer only the panels with keys within reach of the block are multiplied.
 * Products are in float32 here; those of a model in 8 bits in attention_i16.c,
 * of one in bfloat16 in attention_bf16.c.
 */
#include "models/encoder/attention.h"
#include "lib/kernels/pack.h"
#include "lib/status.h"
#include "models/encoder/attention_head.h"
#include "models/encoder/positions.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    SUM_KEYS = 512 /* so many weighted values are one chain of sums: the error
                      of one over all 8,192 would be seen */
};

/* Scratch memory of a thread, in floats, for T keys of size D. */
struct scratch {
    size_t rows;       /* queries at a time */
    size_t scores_ld;  /* floats between rows of scores */
    size_t weights_ld; /* numbers of 16 bits between rows of weights */
    size_t keys, values, scores, sums, room;
    size_t queries, levels, weights, scales; /* of levels */
    size_t total;
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static struct scratch lay_out(const struct berth_kernels *kernels,
                              const struct berth_config *config, size_t T)
{
    enum {
        LINE = 16
    }; /* floats of a cache line */
    const size_t D = config->head_size;
    const bool relative = config->relative_span > 0;
    const size_t rows =
        relative ? berth_disentangled_rows(kernels) : BERTH_QUERY_ROWS;
    const size_t ld = round_up(T, LINE) + LINE;
    /* Of bfloat16, inputs and keys are whole steps, and a step more of keys. */
    const size_t steps = berth_split_steps(D);
    const size_t most_keys = T + 2 * BERTH_SPLIT_STEP;
    const size_t keys = larger(D, steps / 2) * berth_padded_columns(kernels, T);
    const size_t values =
        larger(T, most_keys / 2) * berth_padded_columns(kernels, D);
    const size_t scores = round_up(keys, LINE) + round_up(values, LINE);
    const size_t sums = scores + rows * ld;
    const size_t room = sums + rows * round_up(D, LINE);
    const size_t queries =
        room + (relative ? berth_disentangled_room(kernels, T) : 0);
    /* Two levels are as large as a float, two bfloat16 as well. */
    const size_t pairs = round_up(most_keys / 2 * steps, LINE);
    const size_t levels = queries + pairs, weights = levels + pairs;
    /* An odd number of lines: rows are in different sets of the cache. */
    const size_t weights_ld = (most_keys / (2 * LINE) | 1) * 2 * LINE;
    const size_t scales = weights + rows * weights_ld / 2;

    return (struct scratch){
        .rows = rows,
        .scores_ld = ld,
        .weights_ld = weights_ld,
        .keys = 0,
        .values = round_up(keys, LINE),
        .scores = scores,
        .sums = sums,
        .room = room,
        .queries = queries,
        .levels = levels,
        .weights = weights,
        .scales = scales,
        .total = scales + round_up(rows, LINE),
    };
}

size_t berth_attention_scratch(const struct berth_kernels *kernels,
                               const struct berth_config *config,
                               size_t longest)
{
    return lay_out(kernels, config, longest).total;
}

struct berth_keys berth_keys_of(const struct berth_attention_head *h,
                                size_t first, size_t last)
{
    const size_t n = h->n_keys;
    const size_t end =
        last < n && h->reach < n - last ? last + h->reach + 1 : n;
    const size_t begin = first > h->reach ? first - h->reach : 0;

    return (struct berth_keys){begin < end ? begin : end, end};
}

/* The same in whole panels. */
static struct berth_keys panels_of(const struct berth_attention_head *h,
                                   size_t first, size_t last)
{
    const size_t width = h->kernels->panel_width;
    const struct berth_keys keys = berth_keys_of(h, first, last);
    const size_t end = round_up(keys.end, width);

    return (struct berth_keys){keys.begin / width * width,
                               end < h->n_keys ? end : h->n_keys};
}

/* A packed matrix of n columns and k rows. */
struct packed {
    const float *data;
    size_t n, k;
};

/* c = scale a B: columns of B, which begin with a panel, and those of its rows
 * that belong to the columns of a. */
static void product(const struct berth_attention_head *h, const float *a,
                    size_t lda, size_t m, const struct packed *b,
                    struct berth_keys columns, struct berth_keys rows,
                    float scale, float *c, size_t ldc)
{
    const size_t width = h->kernels->panel_width;

    for (size_t first = columns.begin; first < columns.end; first += width) {
        const size_t own = berth_panel_width(h->kernels, b->n, first / width);
        const size_t left = columns.end - first;

        h->kernels->gemm[BERTH_FORMAT_F32](&(struct berth_gemm){
            .a = a + rows.begin,
            .lda = lda,
            .panel = b->data + first * b->k + rows.begin * own,
            .width = own,
            .c = c + first,
            .ldc = ldc,
            .m = m,
            .n = left < width ? left : width,
            .k = rows.end - rows.begin,
            .scale = scale,
        });
    }
}

/* Ignored keys of m rows get a value, before the softmax and after it: the
 * softmax alone might leave a tiny weight. */
static void set_ignored(const struct berth_attention_head *h,
                        struct berth_keys keys, size_t m, float value)
{
    for (size_t t = keys.begin; h->ignored != NULL && t < keys.end; t++) {
        for (size_t i = 0; h->ignored[t] && i < m; i++)
            h->scores[i * h->scores_ld + t] = value;
    }
}

static void pack_floats(struct berth_attention_head *h)
{
    berth_pack_transposed(h->kernels, h->k, h->ld, h->n_keys, h->D, h->keys);
    berth_pack(h->kernels, h->v, h->ld, h->D, h->n_keys, h->values);
}

static void score_floats(const struct berth_attention_head *h,
                         struct berth_keys keys, size_t first, size_t m)
{
    product(h, h->q + first * h->ld, h->ld, m,
            &(struct packed){h->keys, h->n_keys, h->D}, keys,
            (struct berth_keys){0, h->D}, h->scale, h->scores, h->scores_ld);
}

/* Of all keys of the block only those within reach of the query have weights.
 */
static void weigh_row(const struct berth_attention_head *h,
                      struct berth_keys block, size_t query, float *row)
{
    const struct berth_keys keys = berth_keys_of(h, query, query);

    if (keys.begin < keys.end)
        h->kernels->softmax(row + keys.begin, keys.end - keys.begin);
    memset(row + block.begin, 0, (keys.begin - block.begin) * sizeof(*row));
    memset(row + keys.end, 0, (block.end - keys.end) * sizeof(*row));
}

static void weigh_floats(const struct berth_attention_head *h,
                         struct berth_keys keys, size_t first, size_t m)
{
    for (size_t i = 0; i < m; i++)
        weigh_row(h, keys, first + i, h->scores + i * h->scores_ld);
    set_ignored(h, keys, m, 0.0f);
    for (size_t i = 0; h->cut && i < m; i++)
        memset(h->scores + i * h->scores_ld + keys.begin, 0,
               (keys.end - keys.begin) * sizeof(float));
}

static void add_values_floats(const struct berth_attention_head *h,
                              struct berth_keys keys, size_t m, float *c,
                              size_t ldc)
{
    product(h, h->scores, h->scores_ld, m,
            &(struct packed){h->values, h->D, h->n_keys},
            (struct berth_keys){0, h->D}, keys, 1.0f, c, ldc);
}

static const struct berth_attention_form floats = {
    .rows = BERTH_QUERY_ROWS,
    .sum_keys = SUM_KEYS,
    .pack = pack_floats,
    .score = score_floats,
    .weigh = weigh_floats,
    .add_values = add_values_floats,
};

/* Rows first .. first + m - 1 of the scores or weights, with what the masked
 * keys have: the lowest float, or 0. */
static void keep_rows(const struct berth_attention_head *h, size_t first,
                      size_t m, float masked)
{
    for (size_t i = 0; i < m; i++) {
        const struct berth_keys keys = berth_keys_of(h, first + i, first + i);
        const float *row = h->scores + i * h->scores_ld;
        float *out = h->out + (first + i) * h->T;

        for (size_t t = 0; t < h->T; t++)
            out[t] = t >= keys.begin && t < keys.end ? row[t] : masked;
    }
}

static void add_distances(const struct berth_attention_head *h,
                          struct berth_keys keys, size_t first, size_t m)
{
    for (size_t i = 0; h->distances != NULL && i < m; i++) {
        const float *add = h->distances - (ptrdiff_t)(first + i);
        float *row = h->scores + i * h->scores_ld;

        h->kernels->add(row + keys.begin, add + keys.begin,
                        keys.end - keys.begin);
    }
}

static void add_relative(const struct berth_attention_head *h, size_t first,
                         size_t m)
{
    berth_disentangled_add(&h->relative, &(struct berth_score_block){
                                             .kernels = h->kernels,
                                             .q = h->q,
                                             .k = h->k,
                                             .ld = h->ld,
                                             .T = h->T,
                                             .D = h->D,
                                             .first = first,
                                             .m = m,
                                             .n_keys = h->n_keys,
                                             .scale = h->scale,
                                             .scores = h->scores,
                                             .scores_ld = h->scores_ld,
                                             .room = h->room,
                                         });
}

/* context = weights V, of m queries from first on. */
static void add_values(const struct berth_attention_head *h,
                       struct berth_keys keys, size_t first, size_t m)
{
    const size_t most = h->form->sum_keys;
    float *context = h->context + first * h->context_ld;
    struct berth_keys some = {keys.begin, keys.begin};

    do {
        const bool more = some.end > keys.begin;

        some.begin = some.end;
        some.end = keys.end - some.begin < most ? keys.end : some.begin + most;
        h->form->add_values(h, some, m, more ? h->sums : context,
                            more ? h->D : h->context_ld);
        for (size_t i = 0; more && i < m; i++) {
            for (size_t j = 0; j < h->D; j++)
                context[i * h->context_ld + j] += h->sums[i * h->D + j];
        }
    } while (some.end < keys.end);
}

static void attend_rows(const struct berth_attention_head *h, size_t first,
                        size_t m)
{
    const struct berth_keys keys = panels_of(h, first, first + m - 1);

    h->form->score(h, keys, first, m);
    add_distances(h, keys, first, m);
    add_relative(h, first, m);
    set_ignored(h, keys, m, -FLT_MAX);
    if (h->out != NULL && h->part == BERTH_ATTENTION_SCORES)
        keep_rows(h, first, m, -FLT_MAX);
    h->form->weigh(h, keys, first, m);
    if (h->out != NULL && (h->part == BERTH_ATTENTION_WEIGHTS ||
                           h->part == BERTH_ATTENTION_NORMS))
        keep_rows(h, first, m, 0.0f);
    add_values(h, keys, first, m);
}

static void keep_vectors(const struct berth_attention_head *h,
                         const float *from, size_t ld)
{
    for (size_t t = 0; t < h->T; t++)
        memcpy(h->out + t * h->D, from + t * ld, h->D * sizeof(*from));
}

static void attend(struct berth_attention_head *h)
{
    h->form->pack(h);
    for (size_t first = 0; first < h->T; first += h->rows) {
        const size_t left = h->T - first;
        attend_rows(h, first, left < h->rows ? left : h->rows);
    }
    if (h->out == NULL)
        return;
    if (h->part == BERTH_ATTENTION_Q)
        keep_vectors(h, h->q, h->ld);
    else if (h->part == BERTH_ATTENTION_K)
        keep_vectors(h, h->k, h->ld);
    else if (h->part == BERTH_ATTENTION_V)
        keep_vectors(h, h->v, h->ld);
    else if (h->part == BERTH_ATTENTION_CONTEXT)
        keep_vectors(h, h->context, h->context_ld);
}

struct job {
    struct berth_context *ctx;
    size_t layer;
    const struct berth_tap *tap;
};

/* Where the tap wants this head, or NULL. */
static float *tapped(const struct berth_tap *tap, size_t head, size_t T,
                     size_t D)
{
    if (tap == NULL || tap->part >= BERTH_ATTENTION_OUTPUT)
        return NULL;
    for (size_t i = 0; i < tap->n_heads; i++) {
        if (tap->heads[i] == head)
            return tap->out + i * T * (berth_part_is_square(tap->part) ? T : D);
    }
    return NULL;
}

static const struct berth_attention_form *
form_of(const struct berth_layer *layer, const struct berth_kernels *kernels)
{
    const enum berth_format format = layer->attention_output.format;

    if (format == BERTH_FORMAT_I8)
        return &berth_attention_i16;
    return berth_has_pairs(kernels, format) ? &berth_attention_bf16 : &floats;
}

static void run_task(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const struct berth_context *ctx = job->ctx;
    const struct berth_config *config = &ctx->model->config;
    const struct berth_kernels *kernels = &ctx->model->kernels;
    const size_t C = config->hidden_size;
    const size_t D = config->head_size;
    const size_t H = config->num_attention_heads;
    const size_t head = task % H;
    const struct berth_sequence_rows *sequence = &ctx->sequences[task / H];
    const struct scratch where = lay_out(kernels, config, sequence->n_tokens);
    const size_t row = sequence->start - ctx->first_row;
    float *scratch = ctx->scratch + thread * ctx->scratch_size;
    const size_t K = berth_config_keys(config);
    const size_t key = berth_config_key_of(config, head);
    const float *qkv = ctx->wide + row * ctx->wide_ld;
    const size_t shared = berth_config_layer(config, job->layer);
    const struct berth_layer *layer = &ctx->model->weights.layers[shared];
    const struct berth_attention_form *form = form_of(layer, kernels);

    attend(&(struct berth_attention_head){
        .kernels = kernels,
        .form = form,
        .q = qkv + head * D,
        .k = qkv + H * D + key * D,
        .v = qkv + H * D + K + key * D,
        .ld = ctx->wide_ld,
        .context = ctx->attended + row * C + head * D,
        .context_ld = C,
        .T = sequence->n_tokens,
        .D = D,
        .n_keys = sequence->n_real,
        .reach = berth_config_reach(config, job->layer),
        .ignored = sequence->ignored,
        .scale = 1.0f / sqrtf((float)(D * berth_config_score_terms(config))),
        .distances = berth_positions_distances(ctx, head),
        .relative = berth_disentangled_of(ctx, shared, head),
        .cut = ctx->cut != NULL && ctx->cut[job->layer * H + head],
        .keys = scratch + where.keys,
        .values = scratch + where.values,
        .scores = scratch + where.scores,
        .rows = config->relative_span > 0 ? where.rows : form->rows,
        .room = scratch + where.room,
        .scores_ld = where.scores_ld,
        .sums = scratch + where.sums,
        .levels = {.queries = scratch + where.queries,
                   .room = scratch + where.levels,
                   .weights = scratch + where.weights,
                   .weights_ld = where.weights_ld,
                   .scales = scratch + where.scales},
        .part = job->tap != NULL ? job->tap->part : BERTH_ATTENTION_WEIGHTS,
        .out = tapped(job->tap, head, sequence->n_tokens, D),
    });
}

void berth_attention(struct berth_context *ctx, size_t layer,
                     const struct berth_tap *tap)
{
    struct job job = {.ctx = ctx, .layer = layer, .tap = tap};

    berth_pool_run(ctx->pool, run_task, &job,
                   ctx->n_sequences * ctx->model->config.num_attention_heads);
}
