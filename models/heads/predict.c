/*
 * predict.c - what the head of a model says: of each text, of each token, or at
 * some places. Chains of steps over hidden states, as BertForMaskedLM,
 * BertForSequenceClassification and the others of transformers have them.
 */
#include "lib/status.h"
#include "models/encoder/context.h"
#include "models/heads/pooling.h"

#include <stdlib.h>
#include <string.h>

/* The head that was opened; NULL after an error. */
static const struct berth_head_facts *
opened_head(const struct berth_context *ctx, struct berth_error *err)
{
    const struct berth_head_facts *head = ctx->model->heads.opened;

    if (head == NULL)
        berth_fail(err, BERTH_ERR_ARGUMENT, "%s: opened without a head",
                   ctx->model->path);
    return head;
}

/* Rows for the head: as wide as it is on its way, but for the last step. */
static enum berth_status head_rows(struct berth_context *ctx, size_t m,
                                   size_t *width, float *rows[2],
                                   struct berth_error *err)
{
    const struct berth_chain *chain = &ctx->model->weights.head;

    berth_chain_size(chain, chain->n - 1, ctx->model->config.hidden_size,
                     width);
    return berth_context_head_rows(ctx, m, *width, rows, err);
}

/* All steps of m rows. x may be rows[0]; it is overwritten in no other case. */
static void run(struct berth_context *ctx, const float *x, size_t ldx, size_t m,
                float *rows[2], size_t width, float *out)
{
    const struct berth_chain *chain = &ctx->model->weights.head;
    const struct berth_step *last = &chain->steps[chain->n - 1];

    if (chain->n > 1) {
        berth_step_run(&chain->steps[0], &ctx->tools, x, ldx, m, rows[1],
                       width);
        x = berth_chain_run(chain->steps + 1, chain->n - 2, &ctx->tools,
                            rows[1], rows[0], width, m);
        ldx = width;
    }
    berth_step_run(last, &ctx->tools, x, ldx, m, out,
                   ctx->model->heads.opened->n_out);
}

struct job {
    const struct berth_context *ctx;
    enum berth_pooling pooling;
    const float *x; /* (N, n) */
    size_t n;
    float *out; /* (sequences, ld) */
    size_t ld;
};

static void pool_sequence(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const struct berth_sequence_rows *s = &job->ctx->sequences[task];

    (void)thread;
    berth_pool_states(job->pooling, job->x + s->start * job->n, s->n_real, 1,
                      job->n, job->out + task * job->ld);
}

/* Of each text: what is pooled is states, or what each token says. */
static enum berth_status logits_of_texts(struct berth_context *ctx, float *out,
                                         struct berth_error *err)
{
    const struct berth_config *c = &ctx->model->config;
    const struct berth_head_facts *head = ctx->model->heads.opened;
    const enum berth_classifier_pooling pooling =
        ctx->model->heads.rows[head->kind]->pooled ? c->classifier_pooling
                                                   : BERTH_CLASSIFIER_FIRST;
    const bool late = pooling == BERTH_CLASSIFIER_LATE;
    const size_t n = ctx->n_sequences, m = late ? ctx->n_tokens : n;
    struct job job = {
        .ctx = ctx,
        .pooling = pooling == BERTH_CLASSIFIER_FIRST ? BERTH_POOLING_CLS
                                                     : BERTH_POOLING_MEAN,
        .x = ctx->hidden,
        .n = c->hidden_size,
    };
    float *rows[2];
    size_t width;
    enum berth_status status = head_rows(ctx, m, &width, rows, err);

    if (status != BERTH_OK)
        return status;
    if (late) {
        /* ctx->wide is free, but may be narrower than there are labels. */
        float *logits = calloc(m, head->n_out * sizeof(*logits));
        if (logits == NULL)
            return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
        run(ctx, ctx->hidden, c->hidden_size, m, rows, width, logits);
        job.x = logits;
        job.n = job.ld = head->n_out;
        job.out = out;
        berth_pool_run(ctx->pool, pool_sequence, &job, n);
        free(logits);
        return BERTH_OK;
    }
    job.out = rows[0];
    job.ld = width;
    berth_pool_run(ctx->pool, pool_sequence, &job, n);
    run(ctx, rows[0], width, n, rows, width, out);
    return BERTH_OK;
}

enum berth_status berth_logits(struct berth_context *ctx, float *out,
                               struct berth_error *err)
{
    const struct berth_head_facts *head = opened_head(ctx, err);
    float *rows[2];
    size_t width;

    if (head == NULL)
        return BERTH_ERR_ARGUMENT;
    if (!head->of_tokens)
        return logits_of_texts(ctx, out, err);
    enum berth_status status = head_rows(ctx, ctx->n_tokens, &width, rows, err);
    if (status == BERTH_OK)
        run(ctx, ctx->hidden, ctx->model->config.hidden_size, ctx->n_tokens,
            rows, width, out);
    return status;
}

static enum berth_status check_places(const struct berth_context *ctx,
                                      const struct berth_place *places,
                                      size_t n, struct berth_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (places[i].sequence >= ctx->n_sequences ||
            places[i].position >= ctx->sequences[places[i].sequence].n_tokens)
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "place %zu: position %zu of sequence %zu is not "
                              "in the batch",
                              i, places[i].position, places[i].sequence);
    }
    return BERTH_OK;
}

enum berth_status berth_predict(struct berth_context *ctx,
                                const struct berth_place *places, size_t n,
                                float *out, struct berth_error *err)
{
    const struct berth_head_facts *head = opened_head(ctx, err);
    const struct berth_norm *final_norm = &ctx->model->weights.final_norm;
    const size_t C = ctx->model->config.hidden_size;
    float *rows[2];
    size_t width;

    if (head == NULL)
        return BERTH_ERR_ARGUMENT;
    if (!head->of_tokens)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: a %s head says nothing of places",
                          ctx->model->path, head->name);
    enum berth_status status = check_places(ctx, places, n, err);
    if (status == BERTH_OK)
        status = head_rows(ctx, n, &width, rows, err);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        memcpy(rows[0] + i * width,
               berth_hidden(ctx, places[i].sequence) + places[i].position * C,
               C * sizeof(float));
    /* The last state has been normalised by the encoder. */
    if (final_norm->n > 0 && ctx->layer < ctx->model->config.num_hidden_layers)
        berth_norm_rows(final_norm, &ctx->model->kernels, ctx->pool, rows[0],
                        NULL, rows[0], width, n);
    run(ctx, rows[0], width, n, rows, width, out);
    return BERTH_OK;
}
