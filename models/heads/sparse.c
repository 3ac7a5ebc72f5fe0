/*
 * sparse.c - one vector a text, as long as the vocabulary, from what the
 * masked-language-model head says of each token.
 */
#include "lib/status.h"
#include "models/encoder/context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 1 << 22, /* logits at a time, about */
    TOKENS_MIN = 8, /* but of as many tokens: the head's matrix is read for
                       each lot of them */
    TOKENS_MAX = 288,
    COLUMNS = 1 << 12 /* of a task */
};

struct job {
    const struct berth_sparse_pooling *pooling;
    const struct berth_place *places; /* (n) */
    const float *logits;              /* (n, n_out) */
    size_t n, n_out;
    float *out; /* (sequences, n_out) */
};

/* Most logits are below 0. What is not a number stays so. */
static float weight_of(const struct berth_sparse_pooling *pooling, float logit)
{
    if (logit <= 0.0f)
        return 0.0f;
    const float x = log1pf(logit);

    return pooling->twice ? log1pf(x) : x;
}

/* Logarithms keep the order: of the largest they are taken at the end. */
static void fold(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    const size_t first = task * COLUMNS, left = job->n_out - first;
    const size_t end = first + (left < COLUMNS ? left : COLUMNS);

    (void)thread;
    for (size_t i = 0; i < job->n; i++) {
        const float *x = job->logits + i * job->n_out;
        float *out = job->out + job->places[i].sequence * job->n_out;

        for (size_t k = first; k < end; k++) {
            if (job->pooling->sum)
                out[k] += weight_of(job->pooling, x[k]);
            else if (x[k] > out[k] || isnan(x[k]))
                out[k] = x[k];
        }
    }
}

static void finish(void *arg, size_t task, size_t thread)
{
    const struct job *job = arg;
    float *out = job->out + task * job->n_out;

    (void)thread;
    for (size_t k = 0; k < job->n_out; k++)
        out[k] = weight_of(job->pooling, out[k]);
}

/* Tokens of all sequences, a lot of them at a time. */
static enum berth_status run(struct berth_context *ctx, struct job *job,
                             struct berth_place *places, float *logits,
                             size_t lot, struct berth_error *err)
{
    const size_t tasks = (job->n_out + COLUMNS - 1) / COLUMNS;
    enum berth_status status = BERTH_OK;
    size_t sequence = 0, position = 0;

    job->places = places;
    job->logits = logits;
    while (status == BERTH_OK && sequence < ctx->n_sequences) {
        for (job->n = 0; job->n < lot && sequence < ctx->n_sequences;) {
            places[job->n++] = (struct berth_place){sequence, position++};
            if (position == ctx->sequences[sequence].n_real) {
                sequence++;
                position = 0;
            }
        }
        status = berth_predict(ctx, places, job->n, logits, err);
        if (status == BERTH_OK)
            berth_pool_run(ctx->pool, fold, job, tasks);
    }
    return status;
}

enum berth_status berth_sparse(struct berth_context *ctx, float *out,
                               struct berth_error *err)
{
    const struct berth_head_facts *head = ctx->model->heads.opened;
    struct job job = {.pooling = &ctx->model->sentence.sparse_pooling,
                      .out = out};
    size_t lot = TOKENS_MAX;

    if (head == NULL || head->kind != BERTH_HEAD_MASKED_LM)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: opened without a masked-language-model head",
                          ctx->model->path);
    job.n_out = head->n_out;
    while (lot > TOKENS_MIN && lot * job.n_out > ROOM)
        lot -= TOKENS_MIN;
    float *logits = calloc(lot, job.n_out * sizeof(*logits));
    struct berth_place *places = calloc(lot, sizeof(*places));
    enum berth_status status =
        logits != NULL && places != NULL
            ? BERTH_OK
            : berth_fail(err, BERTH_ERR_MEMORY, "out of memory");

    memset(out, 0, ctx->n_sequences * job.n_out * sizeof(*out));
    if (status == BERTH_OK)
        status = run(ctx, &job, places, logits, lot, err);
    if (status == BERTH_OK && !job.pooling->sum)
        berth_pool_run(ctx->pool, finish, &job, ctx->n_sequences);
    free(places);
    free(logits);
    return status;
}
