/*
 * embeddings.c - hidden state 0: the sum of three vectors, for the token, its
 * position and the text it belongs to, normalised. BertEmbeddings of
 * transformers, whose order of addition is kept. MobileBertEmbeddings projects
 * each token together with its neighbours first.
 */
#include "models/encoder/steps.h"
#include "models/files/tensor.h"

#include <string.h>

struct job;

/* Token t of sequence s, at a position. */
typedef void embed_token(const struct job *job, size_t s, size_t t,
                         size_t position);

struct job {
    struct berth_context *ctx;
    const struct berth_sequence *sequences;
    embed_token *embed;
};

/* What is made of a token before it is projected. */
static float *wide_row(const struct job *job, size_t s, size_t t)
{
    const struct berth_context *ctx = job->ctx;

    return ctx->wide + (ctx->sequences[s].start + t) * ctx->wide_ld;
}

/* The decoder of a masked-LM head that is tied holds the tokens once more; once
 * packed it is the one copy in memory. */
static void read_token(const struct berth_model *model, size_t id, float *out)
{
    const struct berth_weights *w = &model->weights;
    const size_t n = w->head.n;
    const struct berth_linear *decoder =
        n > 0 ? &w->head.steps[n - 1].linear : NULL;
    const size_t E = model->config.embedding_size;

    if (decoder != NULL && decoder->packed != NULL &&
        decoder->format != BERTH_FORMAT_I8 &&
        decoder->source.parts[0] == w->tokens)
        berth_linear_row(decoder, &model->kernels, id, E, out);
    else
        berth_tensor_read(w->tokens, &model->kernels, w->precision, id * E, E,
                          out);
}

static void norm_row(const struct berth_model *model,
                     const struct berth_norm *norm, float *x)
{
    if (norm->n > 0)
        berth_norm_rows(norm, &model->kernels, NULL, x, NULL, x, norm->n, 1);
}

/* Adds vectors of n for the type and the position; room is for n more. */
static void add_place(const struct job *job, size_t s, size_t t,
                      size_t position, size_t n, float *x, float *room)
{
    const struct berth_sequence *sequence = &job->sequences[s];
    const struct berth_model *model = job->ctx->model;
    const struct berth_weights *w = &model->weights;
    const size_t type = sequence->type_ids != NULL && !model->hides_types
                            ? (size_t)sequence->type_ids[t]
                            : 0;

    if (w->types != NULL)
        model->kernels.add(x, w->types + type * n, n);
    if (w->positions != NULL) {
        berth_tensor_read(w->positions, &model->kernels, w->precision,
                          position * n, n, room);
        model->kernels.add(x, room, n);
    }
}

static float *hidden_row(const struct job *job, size_t s, size_t t)
{
    const struct berth_context *ctx = job->ctx;

    return ctx->hidden +
           (ctx->sequences[s].start + t) * ctx->model->config.hidden_size;
}

/* Where nothing is projected, this is the hidden state. */
static void embed_sum(const struct job *job, size_t s, size_t t,
                      size_t position)
{
    const struct berth_model *model = job->ctx->model;
    const size_t E = model->config.embedding_size;
    float *wide = wide_row(job, s, t);
    float *out =
        model->weights.projection.n_out > 0 ? wide : hidden_row(job, s, t);

    read_token(model, (size_t)job->sequences[s].ids[t], out);
    add_place(job, s, t, position, E, out, wide + E);
    norm_row(model, &model->weights.embeddings_norm, out);
}

/* The token after this one, this one, and the one before: 0 where there is
 * none. */
static void embed_trigram(const struct job *job, size_t s, size_t t,
                          size_t position)
{
    const struct berth_model *model = job->ctx->model;
    const size_t E = model->config.embedding_size;
    const size_t n = job->ctx->sequences[s].n_real;
    float *out = wide_row(job, s, t);

    (void)position;
    for (size_t j = 0; j < 3; j++, out += E) {
        const size_t at = t + 2 - j; /* of the neighbour, plus 1 */

        if (at >= 1 && at <= n)
            read_token(model, (size_t)job->sequences[s].ids[at - 1], out);
        else
            memset(out, 0, E * sizeof(*out));
    }
}

static void embed_place(const struct job *job, size_t s, size_t t,
                        size_t position)
{
    add_place(job, s, t, position, job->ctx->model->config.hidden_size,
              hidden_row(job, s, t), wide_row(job, s, t));
}

/* A pad in the text has the first row of the positions, and is not counted. */
static void embed_sequence(void *arg, size_t s, size_t thread)
{
    const struct job *job = arg;
    const struct berth_sequence *sequence = &job->sequences[s];
    const size_t pads = job->ctx->model->config.first_position;
    size_t next = pads;

    (void)thread;
    for (size_t t = 0; t < sequence->n_tokens; t++) {
        const bool pad = pads > 0 && (size_t)sequence->ids[t] == pads - 1;

        job->embed(job, s, t, pad ? pads - 1 : next);
        next += pad ? 0 : 1;
    }
}

static void embed(struct berth_context *ctx,
                  const struct berth_sequence *sequences, embed_token *how)
{
    struct job job = {ctx, sequences, how};

    berth_pool_run(ctx->pool, embed_sequence, &job, ctx->n_sequences);
}

/* From ctx->wide to ctx->hidden. */
static void project(struct berth_context *ctx)
{
    const struct berth_weights *w = &ctx->model->weights;
    const size_t C = ctx->model->config.hidden_size;

    if (w->projection.n_out > 0)
        berth_linear_apply(&w->projection, &ctx->tools, ctx->wide, ctx->wide_ld,
                           ctx->n_tokens, BERTH_FUNCTION_IDENTITY, ctx->hidden,
                           C);
}

void berth_embeddings(struct berth_context *ctx,
                      const struct berth_sequence *sequences)
{
    const struct berth_norm *norm = &ctx->model->weights.projected_norm;
    const bool trigrams =
        ctx->model->config.family->input == BERTH_INPUT_TRIGRAMS;

    embed(ctx, sequences, trigrams ? embed_trigram : embed_sum);
    project(ctx);
    if (trigrams)
        embed(ctx, sequences, embed_place);
    if (norm->n > 0)
        berth_norm_rows(norm, &ctx->model->kernels, ctx->pool, ctx->hidden,
                        NULL, ctx->hidden, norm->n, ctx->n_tokens);
}
