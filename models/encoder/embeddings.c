/*
 * embeddings.c - hidden state 0: the sum of three vectors, for the token, its
 * position and the text it belongs to, normalised. BertEmbeddings of
 * transformers, whose order of addition is kept.
 */
#include "models/encoder/steps.h"
#include "models/files/tensor.h"

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
    const size_t C = model->config.hidden_size;

    if (decoder != NULL && decoder->packed != NULL &&
        decoder->format != BERTH_FORMAT_I8 &&
        decoder->source.parts[0] == w->tokens)
        berth_linear_row(decoder, &model->kernels, id, out);
    else
        berth_tensor_read(w->tokens, &model->kernels, w->precision, id * C, C,
                          out);
}

/* row is scratch memory, (C). */
static void embed_token(const struct berth_model *model, int32_t id,
                        int32_t type, size_t position, float *row, float *out)
{
    const struct berth_weights *w = &model->weights;
    const size_t C = model->config.hidden_size;

    read_token(model, (size_t)id, out);
    if (w->types != NULL)
        add_row(out, w->types + (size_t)type * C, C);
    berth_tensor_read(w->positions, &model->kernels, w->precision, position * C,
                      C, row);
    add_row(out, row, C);
    berth_norm_rows(&w->embeddings_norm, &model->kernels, NULL, out, NULL, out,
                    C, 1);
}

static void embed_sequence(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const struct berth_sequence *sequence = &job->sequences[task];
    const struct berth_model *model = job->ctx->model;
    const size_t C = model->config.hidden_size;
    const size_t start = job->ctx->sequences[task].start * C;
    float *out = job->ctx->hidden + start;
    float *row = job->ctx->projected + start; /* free until attention */

    const bool typed = sequence->type_ids != NULL && !model->hides_types;

    (void)thread;
    for (size_t t = 0; t < sequence->n_tokens; t++)
        embed_token(model, sequence->ids[t], typed ? sequence->type_ids[t] : 0,
                    t, row, out + t * C);
}

void berth_embeddings(struct berth_context *ctx,
                      const struct berth_sequence *sequences)
{
    struct job job = {.ctx = ctx, .sequences = sequences};

    berth_pool_run(ctx->pool, embed_sequence, &job, ctx->n_sequences);
}
