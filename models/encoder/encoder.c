/*
 * encoder.c - the whole encoder on one page: read this first.
 *
 *     hidden = LayerNorm(word + type + position)           embeddings.c
 *     for each layer:
 *         Q, K, V  = hidden W + b                          linear.c
 *         Q, K     = turned by their positions             positions.c
 *         attended = softmax(Q K^T / sqrt(D) + mask) V     attention.c
 *         hidden   = LayerNorm(hidden + attended W + b)
 *         hidden   = LayerNorm(hidden + FFN(hidden))       feed_forward.c
 *
 * A step that a family has nothing for is not taken. MobileBERT's layers are in
 * bottleneck.c; what DeBERTa adds to scores in disentangled.c, and to layer 0
 * in convolution.c. Some have the norms before attention and FFN in place of
 * those after: hidden + FFN(LayerNorm(hidden)).
 *
 * All matrices have one row for each token of the batch; only attention knows
 * which rows belong together. Devlin et al. 2018; Vaswani et al. 2017,
 * section 3; Xiong et al. 2020 (arXiv:2002.04745) for the norms before.
 */
#include "models/encoder/encoder.h"
#include "lib/status.h"
#include "models/encoder/attention.h"
#include "models/encoder/convolution.h"
#include "models/encoder/disentangled.h"
#include "models/encoder/positions.h"
#include "models/encoder/steps.h"

static void norm_rows(struct berth_context *ctx, const struct berth_norm *norm,
                      const float *x, const float *residual, float *out)
{
    berth_norm_rows(norm, &ctx->model->kernels, ctx->pool, x, residual, out,
                    norm->n, ctx->n_tokens);
}

/* What a sublayer reads: the states, or these normalised into ctx->attended,
 * which is free until attention is done, and after it. */
static const float *input_of(struct berth_context *ctx,
                             const struct berth_norm *before)
{
    if (before->n == 0)
        return ctx->hidden;
    norm_rows(ctx, before, ctx->hidden, NULL, ctx->attended);
    return ctx->attended;
}

/* hidden = norm(hidden + projected) */
static void add(struct berth_context *ctx, const struct berth_norm *after)
{
    const size_t n = ctx->n_tokens * ctx->model->config.hidden_size;

    if (after->n > 0)
        norm_rows(ctx, after, ctx->projected, ctx->hidden, ctx->hidden);
    else
        ctx->model->kernels.add(ctx->hidden, ctx->projected, n);
}

/* number is the layer's, which is not always that of its weights. */
static void attend(struct berth_context *ctx, const struct berth_layer *layer,
                   size_t number, const struct berth_tap *tap)
{
    const size_t C = ctx->model->config.hidden_size;
    const float *x = input_of(ctx, &layer->attention_before);

    berth_linear_apply(&layer->qkv, &ctx->tools, x, C, ctx->n_tokens,
                       BERTH_FUNCTION_IDENTITY, ctx->wide, ctx->wide_ld);
    berth_positions_rotate(ctx, number);
    berth_attention(ctx, number, tap);
    berth_linear_apply(&layer->attention_output, &ctx->tools, ctx->attended, C,
                       ctx->n_tokens, BERTH_FUNCTION_IDENTITY, ctx->projected,
                       C);
    berth_tap_rows(ctx, tap, BERTH_ATTENTION_OUTPUT, ctx->projected, C, C);
    add(ctx, &layer->attention_after);
    berth_tap_rows(ctx, tap, BERTH_ATTENTION_NORMALIZED, ctx->hidden, C, C);
    berth_tap_norms(ctx, layer, tap);
}

static void feed_forward(struct berth_context *ctx,
                         const struct berth_layer *layer,
                         const struct berth_tap *tap)
{
    const size_t C = ctx->model->config.hidden_size;
    const size_t F = ctx->model->config.intermediate_size;

    berth_feed_forward(ctx, layer, input_of(ctx, &layer->forward_before));
    berth_tap_rows(ctx, tap, BERTH_FEED_FORWARD_INSIDE, ctx->wide, F,
                   ctx->wide_ld);
    berth_tap_rows(ctx, tap, BERTH_FEED_FORWARD_OUTPUT, ctx->projected, C, C);
    add(ctx, &layer->forward_after);
}

static void plain_layer(struct berth_context *ctx,
                        const struct berth_layer *layer, size_t number,
                        const struct berth_tap *tap)
{
    attend(ctx, layer, number, tap);
    feed_forward(ctx, layer, tap);
}

static void run_layers(struct berth_context *ctx, size_t first, size_t end,
                       const struct berth_tap *tap)
{
    static void (*const kinds[])(struct berth_context *,
                                 const struct berth_layer *, size_t,
                                 const struct berth_tap *) = {
        [BERTH_LAYER_PLAIN] = plain_layer,
        [BERTH_LAYER_BOTTLENECKS] = berth_bottleneck_layer,
    };
    const struct berth_config *config = &ctx->model->config;
    const struct berth_weights *weights = &ctx->model->weights;
    const size_t C = config->hidden_size;

    for (size_t i = first; i < end; i++) {
        const struct berth_layer *layer =
            &weights->layers[berth_config_layer(config, i)];

        if (i == 0)
            berth_convolution_read(ctx);
        kinds[config->family->layer](ctx, layer, i, tap);
        if (i == 0)
            berth_convolution_add(ctx);
        if (i + 1 == config->num_hidden_layers && weights->final_norm.n > 0)
            norm_rows(ctx, &weights->final_norm, ctx->hidden, NULL,
                      ctx->hidden);
        berth_tap_rows(ctx, tap, BERTH_LAYER_OUTPUT, ctx->hidden, C, C);
    }
}

/*
 * Sequences do not depend on each other. So a batch is cut into parts, and each
 * part goes through all layers on one thread, which waits for no other and
 * finds its rows in its own cache.
 */
enum {
    /* A part has few enough rows that their states fit into a core's cache, and
     * enough of them to make up for reading the weights again for each part. */
    PART_ROWS = 256,
    PART_ROWS_MIN = 96,
    /* The largest part may be 1/8 larger than the mean. With more, one thread
     * would work alone at the end. */
    UNEVEN = 8
};

struct parts {
    struct berth_context *ctx;
    size_t first_layer, end_layer;
    size_t n;
    size_t rows; /* of the largest */
};

/* The first sequence of part i: sequences whose middle is before the i-th cut
 * belong to the parts before it. */
static size_t part_begin(const struct berth_context *ctx, size_t n_parts,
                         size_t i)
{
    const size_t cut = ctx->n_tokens * i / n_parts;
    size_t s = 0;

    while (s < ctx->n_sequences &&
           ctx->sequences[s].start + ctx->sequences[s].n_tokens / 2 < cut)
        s++;
    return i == n_parts ? ctx->n_sequences : s;
}

static size_t part_rows(const struct berth_context *ctx, size_t n_parts,
                        size_t i)
{
    const size_t begin = part_begin(ctx, n_parts, i);
    const size_t end = part_begin(ctx, n_parts, i + 1);
    const size_t stop =
        end < ctx->n_sequences ? ctx->sequences[end].start : ctx->n_tokens;

    return begin < end ? stop - ctx->sequences[begin].start : 0;
}

/* How many parts serve the threads evenly, and the rows of the largest; 1: none
 * do. */
static size_t count_parts(const struct berth_context *ctx, size_t *largest)
{
    const size_t threads = berth_pool_size(ctx->pool);
    const size_t rounds =
        (ctx->n_tokens + threads * PART_ROWS - 1) / (threads * PART_ROWS);
    const size_t n = threads * rounds;
    const size_t most = ctx->n_tokens / n + ctx->n_tokens / n / UNEVEN;

    *largest = 0;
    if (ctx->n_tokens < n * PART_ROWS_MIN)
        return 1;
    for (size_t i = 0; i < n; i++) {
        const size_t rows = part_rows(ctx, n, i);
        if (rows == 0 || rows > most)
            return 1;
        *largest = rows > *largest ? rows : *largest;
    }
    return n;
}

/* A thread's parts use the same rows, which are still in its cache; where these
 * are not enough, each part its own. */
static void run_part(void *arg, size_t task, size_t thread)
{
    const struct parts *p = arg;
    const size_t threads = berth_pool_size(p->ctx->pool);
    const size_t begin = part_begin(p->ctx, p->n, task);
    const size_t end = part_begin(p->ctx, p->n, task + 1);
    const size_t room = threads * p->rows <= p->ctx->n_tokens
                            ? thread * p->rows
                            : p->ctx->sequences[begin].start;
    struct berth_context part =
        berth_context_part(p->ctx, begin, end - begin, thread, room);

    run_layers(&part, p->first_layer, p->end_layer, NULL);
}

void berth_encoder_layers(struct berth_context *ctx, size_t first, size_t end,
                          const struct berth_tap *tap)
{
    struct parts parts = {ctx, first, end, 1, 0};

    if (tap == NULL)
        parts.n = count_parts(ctx, &parts.rows);
    if (parts.n == 1)
        run_layers(ctx, first, end, tap);
    else
        berth_pool_run(ctx->pool, run_part, &parts, parts.n);
    ctx->layer = end;
}

/* Then no key would be left to look at. */
static bool ignores_all(const struct berth_sequence *sequence)
{
    const size_t n =
        sequence->n_real == 0 ? sequence->n_tokens : sequence->n_real;
    size_t t = 0;

    while (sequence->ignored != NULL && t < n && sequence->ignored[t])
        t++;
    return t == n;
}

static enum berth_status check_sequence(const struct berth_context *ctx,
                                        const struct berth_sequence *s,
                                        size_t i, struct berth_error *err)
{
    const struct berth_config *c = &ctx->model->config;
    const size_t n_types = berth_model_types(ctx->model);

    if (s->n_tokens == 0 || s->n_real > s->n_tokens)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "sequence %zu: expected 1 token or more, found %zu",
                          i, s->n_tokens);
    if (s->n_tokens > c->max_sequence)
        return berth_fail(
            err, BERTH_ERR_TOO_LONG,
            "sequence %zu: expected at most %zu tokens, found %zu", i,
            c->max_sequence, s->n_tokens);
    if (ignores_all(s))
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "sequence %zu: all its tokens are hidden", i);
    for (size_t t = 0; t < s->n_tokens; t++) {
        if (s->ids[t] < 0 || (size_t)s->ids[t] >= c->vocab_size)
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "token %zu: expected an id below vocab_size %zu, "
                              "found %ld",
                              t, c->vocab_size, (long)s->ids[t]);
        if (s->type_ids != NULL &&
            (s->type_ids[t] < 0 || (size_t)s->type_ids[t] >= n_types))
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "token %zu: expected a type below %zu, found %ld "
                              "(this model knows no pairs)",
                              t, n_types, (long)s->type_ids[t]);
    }
    return BERTH_OK;
}

enum berth_status berth_encoder_start(struct berth_context *ctx,
                                      const struct berth_sequence *sequences,
                                      size_t n, struct berth_error *err)
{
    size_t total = 0;
    size_t longest = 0;
    enum berth_status status = berth_context_reserve_sequences(ctx, n, err);

    ctx->n_sequences = 0;
    for (size_t i = 0; status == BERTH_OK && i < n; i++) {
        status = check_sequence(ctx, &sequences[i], i, err);
        total += sequences[i].n_tokens;
        if (sequences[i].n_tokens > longest)
            longest = sequences[i].n_tokens;
    }
    if (status == BERTH_OK)
        status = berth_context_reserve(ctx, total, longest, err);
    if (status != BERTH_OK)
        return status;
    berth_positions_fill(ctx, longest);
    total = 0;
    for (size_t i = 0; i < n; i++) {
        const struct berth_sequence *q = &sequences[i];
        ctx->sequences[i] = (struct berth_sequence_rows){
            .start = total,
            .n_tokens = q->n_tokens,
            .n_real = q->n_real == 0 ? q->n_tokens : q->n_real,
            .n_skip = q->n_skip,
            .ignored = q->ignored,
        };
        total += q->n_tokens;
    }
    ctx->n_sequences = n;
    ctx->n_tokens = total;
    ctx->layer = 0;
    berth_disentangled_fill(ctx, longest);
    berth_embeddings(ctx, sequences);
    return BERTH_OK;
}

/* Hidden state `layer`, which is at least from, as a size. */
static enum berth_status find_layer(const struct berth_context *ctx, int layer,
                                    size_t from, size_t *out,
                                    struct berth_error *err)
{
    const size_t n_layers = ctx->model->config.num_hidden_layers;

    *out = layer == BERTH_LAST_LAYER ? n_layers : (size_t)layer;
    if (layer < BERTH_LAST_LAYER || *out > n_layers || *out < from)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "hidden state: expected %d to %zu, found %d",
                          from > 0 ? (int)from : BERTH_LAST_LAYER, n_layers,
                          layer);
    return BERTH_OK;
}

enum berth_status berth_forward(struct berth_context *ctx,
                                const struct berth_sequence *sequences,
                                size_t n, int layer, struct berth_error *err)
{
    size_t end;
    enum berth_status status = find_layer(ctx, layer, 0, &end, err);

    if (status == BERTH_OK)
        status = berth_encoder_start(ctx, sequences, n, err);
    if (status == BERTH_OK)
        berth_encoder_layers(ctx, 0, end, NULL);
    return status;
}

enum berth_status berth_continue(struct berth_context *ctx, int layer,
                                 struct berth_error *err)
{
    size_t end;
    enum berth_status status = find_layer(ctx, layer, ctx->layer, &end, err);

    if (status == BERTH_OK && ctx->n_sequences == 0)
        status = berth_fail(err, BERTH_ERR_ARGUMENT, "there is no batch");
    if (status == BERTH_OK)
        berth_encoder_layers(ctx, ctx->layer, end, NULL);
    return status;
}
