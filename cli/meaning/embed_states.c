/*
 * embed_states.c - from one pass through the encoder the hidden states that
 * were asked for, pooled or token by token.
 */
#include "cli/meaning/embed.h"

#include <string.h>

#include "cli/stream/finite.h"

/* Floats of one hidden state of a window. */
static size_t state_size(const struct embed *self, size_t n_tokens)
{
    return self->vectors.size * (self->tokens ? n_tokens : 1);
}

size_t embed_result_size(void *arg, size_t n_tokens)
{
    const struct embed *self = arg;

    return self->states.n * state_size(self, n_tokens) * sizeof(float);
}

/* Where the result of each window goes: one vector stays where berth_embed()
 * puts it. False when memory is out. */
static bool make_room(struct embed *self, const struct batch *batch,
                      float *pooled)
{
    bool in_place = !self->tokens && self->states.n == 1;

    for (size_t i = 0; i < batch->n; i++) {
        const struct job *job = &batch->jobs[i];
        float *to =
            in_place ? pooled + i * self->vectors.size
                     : pieces_alloc(batch->results,
                                    embed_result_size(self, job_tokens(job)));

        if (to == NULL)
            return false;
        job->item->results[job->window] = to;
    }
    return true;
}

/* The s-th state of each window, which the context has now.
 *
 *   pooled  (batch->n, size) unless --tokens */
static void keep_state(const struct embed *self, const struct batch *batch,
                       size_t s, const float *pooled)
{
    const struct vectors *v = &self->vectors;

    for (size_t i = 0; i < batch->n; i++) {
        const struct job *job = &batch->jobs[i];
        size_t size = state_size(self, job_tokens(job));
        const float *x = self->tokens ? berth_hidden(v->session.context, i)
                                      : pooled + i * v->size;
        float *to = (float *)job->item->results[job->window] + s * size;

        if (to != x)
            memcpy(to, x, size * sizeof(*to));
        finite_check(job->item, to, size);
    }
}

enum berth_status embed_compute(void *arg, const struct batch *batch)
{
    struct embed *self = arg;
    struct vectors *v = &self->vectors;
    struct berth_context *context = v->session.context;
    float *pooled = pieces_array(batch->results, self->tokens ? 1 : batch->n,
                                 v->size * sizeof(*pooled));
    enum berth_status status =
        pooled != NULL && make_room(self, batch, pooled)
            ? session_forward(&v->session, (int)self->states.items[0], batch)
            : stream_no_memory(batch->err);

    for (size_t s = 0; s < self->states.n && status == BERTH_OK; s++) {
        if (s > 0)
            status =
                berth_continue(context, (int)self->states.items[s], batch->err);
        if (status == BERTH_OK && !self->tokens)
            status = berth_embed(context, &v->options, pooled, batch->err);
        if (status == BERTH_OK)
            keep_state(self, batch, s, pooled);
    }
    return status;
}

static void move_results(struct item *item, ptrdiff_t by)
{
    for (size_t w = 0; w < item->n_windows; w++)
        item->results[w] = (float *)item->results[w] + by;
}

/* State after state, each as if it were the only one. */
bool embed_finish(void *arg, struct item *item)
{
    const struct embed *self = arg;
    const ptrdiff_t size = (ptrdiff_t)self->vectors.size;
    bool ok = true;

    for (size_t s = 0; s < self->states.n; s++) {
        ok = ok && vectors_merge(&self->vectors, item, 0, item->n_windows);
        move_results(item, size);
    }
    move_results(item, -(ptrdiff_t)self->states.n * size);
    return ok;
}
