/*
 * embed.c - hidden states become sentence vectors: pooling, then the
 * modules of a sentence-transformers folder (Dense, LayerNorm, Normalize).
 */
#include "lib/status.h"
#include "models/encoder/context.h"
#include "models/heads/pooling.h"

#include <stdlib.h>
#include <string.h>

static const struct berth_embed_options as_the_model;

/* What options and folder come to. */
struct plan {
    enum berth_pooling pooling[BERTH_POOLING_KINDS];
    size_t n_pooling;
    size_t n_modules; /* that run; a Normalize at the end is `normalize` */
    bool normalize;   /* at the end */
    bool keep_length; /* what the model cuts is not normalised again */
    size_t size;      /* of the vector before dim cuts it */
    size_t widest;    /* of all steps */
    size_t dim;
};

static void plan_modules(const struct berth_sentence *sentence, struct plan *p)
{
    size_t n = sentence->n_modules;

    while (n > 0 && sentence->modules[n - 1].kind == BERTH_MODULE_NORMALIZE)
        n--;
    p->n_modules = n;
    for (size_t i = 0; i < n; i++) {
        p->size = sentence->modules[i].out_features;
        if (p->size > p->widest)
            p->widest = p->size;
    }
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
        plan_modules(sentence, &p);
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

/* y = f(W x + b), one row: a small product next to the encoder's. */
static void apply_dense(const struct berth_module *m,
                        const struct berth_kernels *kernels, const float *x,
                        float *y)
{
    for (size_t o = 0; o < m->out_features; o++) {
        const float *w = m->weight + o * m->in_features;
        float lanes[16] = {0};
        float sum = 0.0f;
        size_t i = 0;

        /* Sixteen sums side by side, so that compilers can use vectors. */
        for (; i + 16 <= m->in_features; i += 16) {
            for (size_t j = 0; j < 16; j++)
                lanes[j] += w[i + j] * x[i + j];
        }
        for (; i < m->in_features; i++)
            lanes[i % 16] += w[i] * x[i];
        for (size_t j = 0; j < 16; j++)
            sum += lanes[j];
        y[o] = m->bias != NULL ? sum + m->bias[o] : sum;
    }
    kernels->function(m->activation, y, m->out_features);
}

/* *x is the row; *y another one, and they change places when a module cannot
 * work in place. */
static void apply_module(const struct berth_module *m,
                         const struct berth_kernels *kernels, float **x,
                         float **y)
{
    const float eps = 1e-5f; /* the default of torch.nn.LayerNorm */

    if (m->kind == BERTH_MODULE_DENSE) {
        apply_dense(m, kernels, *x, *y);
        float *swap = *x;
        *x = *y;
        *y = swap;
    } else if (m->kind == BERTH_MODULE_LAYER_NORM) {
        kernels->layer_norm(*x, NULL, m->weight, m->bias, eps, *x,
                            m->in_features);
    } else {
        berth_unit_length(*x, m->in_features);
    }
}

static void finish(const struct plan *p, float *x, float *out)
{
    if (p->normalize && p->keep_length)
        berth_unit_length(x, p->size);
    memcpy(out, x, p->dim * sizeof(*out));
    if (p->normalize && !p->keep_length)
        berth_unit_length(out, p->dim);
}

static void embed_one(const struct berth_context *ctx, const struct plan *p,
                      size_t i, float *row, float *other, float *out)
{
    const struct berth_model *model = ctx->model;
    const struct berth_sequence_rows *s = &ctx->sequences[i];
    const size_t C = model->config.hidden_size;
    const size_t skip = s->n_skip < s->n_real ? s->n_skip : s->n_real;
    const float *states = berth_hidden(ctx, i) + skip * C;

    for (size_t j = 0; j < p->n_pooling; j++)
        berth_pool_states(p->pooling[j], states, s->n_real - skip, skip + 1, C,
                          row + j * C);
    for (size_t j = 0; j < p->n_modules; j++)
        apply_module(&model->sentence.modules[j], &model->kernels, &row,
                     &other);
    finish(p, row, out);
}

struct job {
    struct berth_context *ctx;
    const struct plan *plan;
    float *rows; /* (threads, 2, widest) */
    float *out;
};

static void embed_task(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    float *row = job->rows + thread * 2 * job->plan->widest;

    embed_one(job->ctx, job->plan, task, row, row + job->plan->widest,
              job->out + task * job->plan->dim);
}

enum berth_status berth_embed(struct berth_context *ctx,
                              const struct berth_embed_options *options,
                              float *out, struct berth_error *err)
{
    const struct plan p = make_plan(ctx->model, options);
    size_t bytes;

    if (p.dim > p.size)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "dimensions: expected at most %zu, found %zu", p.size,
                          p.dim);
    if (!berth_mul(p.widest, 2 * sizeof(float) * berth_pool_size(ctx->pool),
                   &bytes))
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    struct job job = {
        .ctx = ctx, .plan = &p, .rows = malloc(bytes), .out = out};
    if (job.rows == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    berth_pool_run(ctx->pool, embed_task, &job, ctx->n_sequences);
    free(job.rows);
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
