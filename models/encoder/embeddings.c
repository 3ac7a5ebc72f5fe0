/*
 * embeddings.c - hidden state 0: the sum of three vectors, for the token, its
 * position and the text it belongs to, normalised. BertEmbeddings of
 * transformers, whose order of addition is kept.
 */
#include "models/encoder/steps.h"
#include "models/files/tensor.h"

#include <string.h>

struct job {
    struct berth_context *ctx;
    const struct berth_sequence *sequences;
};

static void add_row(float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

/* The decoder of a masked-LM head that is tied holds the tokens once more; once
 * packed it is the one copy in memory. */
static void read_token(const struct berth_model *model, size_t id, float *out)
{
    const struct berth_weights *w = &model->weights;
    const size_t n = w->masked_lm.n;
    const struct berth_linear *decoder =
        n > 0 ? &w->masked_lm.steps[n - 1].linear : NULL;
    const size_t E = model->config.embedding_size;

    if (decoder != NULL && decoder->packed != NULL &&
        decoder->format != BERTH_FORMAT_I8 &&
        decoder->source.parts[0] == w->tokens)
        berth_linear_row(decoder, &model->kernels, id, out);
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

/* out  (E), and as many floats of scratch memory behind it */
static void embed_token(const struct berth_model *model, int32_t id,
                        int32_t type, size_t position, float *out)
{
    const struct berth_weights *w = &model->weights;
    const size_t E = model->config.embedding_size;

    read_token(model, (size_t)id, out);
    if (w->types != NULL)
        add_row(out, w->types + (size_t)type * E, E);
    if (w->positions != NULL) {
        berth_tensor_read(w->positions, &model->kernels, w->precision,
                          position * E, E, out + E);
        add_row(out, out + E, E);
    }
    norm_row(model, &w->embeddings_norm, out);
}

static void embed_sequence(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const struct berth_sequence *sequence = &job->sequences[task];
    const struct berth_context *ctx = job->ctx;
    const struct berth_model *model = ctx->model;
    const size_t pads = model->config.first_position;
    const bool typed = sequence->type_ids != NULL && !model->hides_types;
    float *out = ctx->wide + ctx->sequences[task].start * ctx->wide_ld;
    size_t next = pads;

    (void)thread;
    for (size_t t = 0; t < sequence->n_tokens; t++, out += ctx->wide_ld) {
        const int32_t id = sequence->ids[t];
        const bool pad = pads > 0 && (size_t)id == pads - 1;

        embed_token(model, id, typed ? sequence->type_ids[t] : 0,
                    pad ? pads - 1 : next, out);
        next += pad ? 0 : 1;
    }
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
    else
        for (size_t i = 0; i < ctx->n_tokens; i++)
            memcpy(ctx->hidden + i * C, ctx->wide + i * ctx->wide_ld,
                   C * sizeof(float));
    if (w->projected_norm.n > 0)
        berth_norm_rows(&w->projected_norm, &ctx->model->kernels, ctx->pool,
                        ctx->hidden, NULL, ctx->hidden, C, ctx->n_tokens);
}

void berth_embeddings(struct berth_context *ctx,
                      const struct berth_sequence *sequences)
{
    struct job job = {.ctx = ctx, .sequences = sequences};

    berth_pool_run(ctx->pool, embed_sequence, &job, ctx->n_sequences);
    project(ctx);
}
