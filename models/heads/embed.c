/*
 * embed.c - hidden states become sentence vectors: pooling, then the
 * chain of a sentence-transformers folder (Dense, LayerNorm, Normalize).
 */
#include "lib/status.h"
#include "models/encoder/context.h"
#include "models/heads/pooling.h"

#include <string.h>

static const struct berth_embed_options as_the_model;

/* What options and folder come to. */
struct plan {
    enum berth_pooling pooling[BERTH_POOLING_KINDS];
    size_t n_pooling;
    size_t n_steps;   /* that run; a Normalize at the end is `normalize` */
    bool normalize;   /* at the end */
    bool keep_length; /* what the model cuts is not normalised again */
    size_t size;      /* of the vector before dim cuts it */
    size_t widest;    /* of all steps */
    size_t dim;
};

static void plan_steps(const struct berth_chain *chain, struct plan *p)
{
    size_t n = chain->n;

    while (n > 0 && chain->steps[n - 1].unit > 0)
        n--;
    p->n_steps = n;
    p->size = berth_chain_size(chain, n, p->size, &p->widest);
}

static struct plan make_plan(const struct berth_model *model,
                             const struct berth_embed_options *options)
{
    const struct berth_sentence *sentence = &model->sentence;
    const struct berth_embed_options *o =
        options != NULL ? options : &as_the_model;
    struct plan p = {.n_pooling = 1, .pooling = {BERTH_POOLING_MEAN}};

    if (o->pooling != BERTH_POOLING_MODEL) {
        p.pooling[0] = o->pooling;
    } else if (sentence->n_pooling > 0) {
        memcpy(p.pooling, sentence->pooling, sizeof(p.pooling));
        p.n_pooling = sentence->n_pooling;
    }
    p.normalize = o->normalize > 0 ||
                  (o->normalize == 0 && berth_sentence_normalizes(sentence));
    p.size = p.widest = p.n_pooling * model->config.hidden_size;
    if (o->pooling == BERTH_POOLING_MODEL && !o->no_dense)
        plan_steps(&sentence->chain, &p);
    p.dim = o->dim != 0 ? o->dim : p.size;
    if (o->dim == 0 && sentence->truncate_dim > 0 &&
        sentence->truncate_dim < p.size) {
        p.dim = sentence->truncate_dim;
        p.keep_length = o->normalize == 0;
    }
    return p;
}

size_t berth_embed_size(const struct berth_model *model,
                        const struct berth_embed_options *options)
{
    const struct plan p = make_plan(model, options);

    return p.dim < p.size ? p.dim : p.size;
}

struct job {
    const struct berth_context *ctx;
    const struct plan *plan;
    float *rows; /* (n, widest) */
    float *out;  /* (n, dim) */
};

/* The states of a sequence, pooled in each way. */
static void pool_sequence(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const struct berth_sequence_rows *sequence = &job->ctx->sequences[task];
    const size_t C = job->ctx->model->config.hidden_size;
    const size_t skip = sequence->n_skip < sequence->n_real ? sequence->n_skip
                                                            : sequence->n_real;
    const float *states = berth_hidden(job->ctx, task) + skip * C;
    float *row = job->rows + task * job->plan->widest;

    (void)thread;
    for (size_t j = 0; j < job->plan->n_pooling; j++)
        berth_pool_states(job->plan->pooling[j], states,
                          sequence->n_real - skip, skip + 1, C, row + j * C);
}

/* Normalised before or after it is cut. */
static void finish_row(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const struct plan *p = job->plan;
    float *row = job->rows + task * p->widest;
    float *out = job->out + task * p->dim;

    (void)thread;
    if (p->normalize && p->keep_length)
        berth_unit_length(row, p->size);
    memcpy(out, row, p->dim * sizeof(*out));
    if (p->normalize && !p->keep_length)
        berth_unit_length(out, p->dim);
}

enum berth_status berth_embed(struct berth_context *ctx,
                              const struct berth_embed_options *options,
                              float *out, struct berth_error *err)
{
    const struct berth_chain *chain = &ctx->model->sentence.chain;
    const struct plan p = make_plan(ctx->model, options);
    const size_t n = ctx->n_sequences;
    float *rows[2];

    if (p.dim > p.size)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "dimensions: expected at most %zu, found %zu", p.size,
                          p.dim);
    enum berth_status status =
        berth_context_head_rows(ctx, n, p.widest, rows, err);
    if (status != BERTH_OK)
        return status;
    struct job job = {ctx, &p, rows[0], out};
    berth_pool_run(ctx->pool, pool_sequence, &job, n);
    job.rows = berth_chain_run(chain->steps, p.n_steps, &ctx->tools, rows[0],
                               rows[1], p.widest, n);
    berth_pool_run(ctx->pool, finish_row, &job, n);
    return BERTH_OK;
}

void berth_embed_merge(const struct berth_model *model,
                       const struct berth_embed_options *options,
                       const float *vectors, const size_t *weights, size_t n,
                       float *out)
{
    const struct plan p = make_plan(model, options);
    double total = 0.0;

    if (n == 1) {
        memcpy(out, vectors, p.dim * sizeof(*out));
        return;
    }
    for (size_t i = 0; i < n; i++)
        total += (double)weights[i];
    for (size_t j = 0; j < p.dim; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++)
            sum += (double)vectors[i * p.dim + j] * (double)weights[i];
        out[j] = (float)(sum / total);
    }
    if (p.normalize && !p.keep_length)
        berth_unit_length(out, p.dim);
}
