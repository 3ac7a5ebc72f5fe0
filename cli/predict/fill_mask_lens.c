/*
 * fill_mask_lens.c - fill-mask --lens: what the head would say after each
 * layer, of a mask or of any token. The states come one after another, in one
 * forward pass: only their words are kept.
 */
#include <string.h>

#include "cli/predict/fill_mask.h"
#include "cli/stream/finite.h"

/* Words of a mask after each layer, and of a token. */
static size_t n_words(const struct fill_mask *self, const struct masks *masks)
{
    return masks->of_tokens ? 1 : self->k;
}

/* Room for the words after all layers; those that are known are put there. */
static bool make_words(const struct fill_mask *self, const struct item *item,
                       struct mask *mask, struct pieces *a)
{
    const struct masks *masks = item->extra;
    const size_t n = n_words(self, masks);
    const int32_t *known = self->target_ids;

    if (masks->of_tokens)
        known = item->ids + item->windows[mask->window].start + mask->position;
    mask->n = fill_mask_n_states(self) * n;
    mask->ids = pieces_array(a, mask->n, sizeof(*mask->ids));
    mask->scores = pieces_array(a, mask->n, sizeof(*mask->scores));
    mask->ranks = pieces_array(a, mask->n, sizeof(*mask->ranks));
    if (mask->ids == NULL || mask->scores == NULL || mask->ranks == NULL)
        return false;
    if (masks->of_tokens || self->n_target_ids > 0)
        for (size_t i = 0; i < mask->n; i++)
            mask->ids[i] = known[i % n];
    return true;
}

/* Ranks of words that are known, by the logits x (V): different logits may have
 * the same probability. */
static void find_ranks(const struct fill_mask *self, const struct masks *masks,
                       struct mask *mask, const float *x)
{
    const size_t n = n_words(self, masks), begin = self->compute.layer * n;

    if (masks->of_tokens || self->n_target_ids > 0)
        for (size_t i = begin; i < begin + n; i++)
            mask->ranks[i] = fill_mask_rank(self, x, mask->ids[i]);
}

/* The likeliest words, unless they are known, and the scores, by the
 * probabilities x (V). */
static void find_scores(const struct fill_mask *self, const struct masks *masks,
                        struct mask *mask, float *x)
{
    const size_t n = n_words(self, masks), begin = self->compute.layer * n;

    if (!masks->of_tokens && self->n_target_ids == 0) {
        fill_mask_keep_whole(self, x);
        berth_top_k(x, self->session.facts->vocab_size, n, mask->ids + begin);
        for (size_t i = 0; i < n; i++)
            mask->ranks[begin + i] = i + 1;
    }
    for (size_t i = begin; i < begin + n; i++)
        mask->scores[i] = x[mask->ids[i]];
}

static enum berth_status run(struct fill_mask *self,
                             const struct fill_mask_group *g,
                             const struct batch *batch)
{
    struct berth_context *context = self->session.context;
    const size_t v = self->session.facts->vocab_size;
    float *x = self->compute.logits;
    enum berth_status status =
        berth_predict(context, g->places, g->n, x, batch->err);

    for (size_t i = 0; i < g->n && status == BERTH_OK; i++) {
        const struct item *item = g->jobs[i]->item;

        if (self->compute.layer == 0 &&
            !make_words(self, item, g->masks[i], batch->results))
            status = stream_no_memory(batch->err);
        else
            find_ranks(self, item->extra, g->masks[i], x + i * v);
    }
    if (status == BERTH_OK)
        berth_softmax(context, x, g->n, v);
    for (size_t i = 0; i < g->n && status == BERTH_OK; i++, x += v)
        if (finite_check(g->jobs[i]->item, x, v))
            find_scores(self, g->jobs[i]->item->extra, g->masks[i], x);
    return status;
}

static enum berth_status compute(void *arg, const struct batch *batch)
{
    struct fill_mask *self = arg;
    enum berth_status status = session_forward(&self->session, 0, batch);

    for (size_t i = 0; i < fill_mask_n_states(self) && status == BERTH_OK;
         i++) {
        self->compute.layer = i;
        status = berth_continue(self->session.context, (int)i, batch->err);
        if (status == BERTH_OK)
            status = fill_mask_each_group(self, batch, run);
    }
    return status;
}

static size_t result_size(const struct fill_mask *self, size_t n_masks)
{
    return n_masks * fill_mask_n_states(self) * self->k *
           (sizeof(int32_t) + sizeof(float) + sizeof(size_t));
}

const struct fill_mask_mode fill_mask_lens = {.compute = compute,
                                              .print = fill_mask_lens_print,
                                              .result_size = result_size,
                                              .columns =
                                                  fill_mask_lens_columns};
