/*
 * fill_mask_words.c - targets of several pieces: the mask becomes as many masks
 * as the word has pieces, and these are asked for from left to right.
 *
 * The score is p(first | n masks) * p(second | first, n - 1 masks) * ..., the
 * probability that filling n masks from left to right gives the word. Words of
 * different lengths answer different questions; the manual says so.
 */
#include <math.h>
#include <string.h>

#include "cli/predict/fill_mask.h"
#include "cli/stream/finite.h"

/* A piece that is asked for, and the word's score so far. */
struct piece_ask {
    int32_t id;
    double *sum;
};

static enum berth_status take(void *self, void *tag, float *logits,
                              double log_sum, struct berth_error *err)
{
    const struct piece_ask *ask = tag;

    (void)self;
    (void)err;
    *ask->sum += (double)logits[ask->id] - log_sum;
    return BERTH_OK;
}

/* Copies one array, the element at position n times. */
static void *widen(struct pieces *a, const void *from, size_t size,
                   size_t n_tokens, size_t position, size_t n)
{
    char *to = pieces_array(a, n_tokens + n - 1, size);
    const char *p = from;

    if (to == NULL)
        return NULL;
    memcpy(to, p, position * size);
    for (size_t i = 0; i < n; i++)
        memcpy(to + (position + i) * size, p + position * size, size);
    memcpy(to + (position + n) * size, p + (position + 1) * size,
           (n_tokens - position - 1) * size);
    return to;
}

/* Gives a window room for a word of n pieces; false when memory is out. */
static bool make_wide(struct berth_sequence *s, size_t position, size_t n,
                      struct pieces *a)
{
    size_t n_tokens = s->n_tokens;

    s->ids = widen(a, s->ids, sizeof(*s->ids), n_tokens, position, n);
    s->type_ids =
        widen(a, s->type_ids, sizeof(*s->type_ids), n_tokens, position, n);
    s->n_tokens += n - 1;
    if (s->ids == NULL || s->type_ids == NULL)
        return false;
    if (s->ignored == NULL)
        return true;
    s->ignored =
        widen(a, s->ignored, sizeof(*s->ignored), n_tokens, position, n);
    return s->ignored != NULL;
}

static enum berth_status add_word(struct fill_mask *self,
                                  const struct item *item,
                                  const struct mask *mask,
                                  const struct word *word, double *sum,
                                  struct berth_error *err)
{
    struct berth_sequence wide =
        session_sequence(&self->session, item, mask->window);
    struct pieces *a = &self->compute.scratch;
    struct piece_ask *asks = pieces_array(a, word->n, sizeof(*asks));
    enum berth_status status = BERTH_OK;

    if (asks == NULL || !make_wide(&wide, mask->position, word->n, a))
        return stream_no_memory(err);
    for (size_t i = 0; i < word->n && status == BERTH_OK; i++) {
        int32_t *ids;

        status = masked_add(&self->compute.masked, &wide, &ids, err);
        if (status != BERTH_OK)
            break;
        memcpy(ids + mask->position, word->ids, i * sizeof(*ids));
        asks[i] = (struct piece_ask){word->ids[i], sum};
        masked_ask(&self->compute.masked, mask->position + i, &asks[i]);
    }
    return status;
}

static enum berth_status run_mask(struct fill_mask *self, struct item *item,
                                  struct mask *mask, const struct batch *batch)
{
    size_t n = self->n_words;
    struct pieces *scratch = &self->compute.scratch;
    double *sums = pieces_array(scratch, n, sizeof(*sums));
    enum berth_status status = BERTH_OK;

    mask->word_scores =
        pieces_array(batch->results, n, sizeof(*mask->word_scores));
    if (sums == NULL || mask->word_scores == NULL)
        return stream_no_memory(batch->err);
    for (size_t i = 0; i < n && status == BERTH_OK; i++) {
        sums[i] = 0.0;
        status =
            add_word(self, item, mask, &self->words[i], &sums[i], batch->err);
    }
    if (status == BERTH_OK)
        status = masked_flush(&self->compute.masked, batch->err);
    for (size_t i = 0; i < n && status == BERTH_OK; i++) {
        mask->word_scores[i] = (float)exp(sums[i]);
        finite_check_log(item, sums[i]);
    }
    pieces_reset(scratch);
    return status;
}

enum berth_status fill_mask_score_words(struct fill_mask *self,
                                        const struct batch *batch)
{
    enum berth_status status = BERTH_OK;

    self->compute.masked.answer = take;
    for (size_t i = 0; i < batch->n; i++) {
        struct item *item = batch->jobs[i].item;
        struct masks *masks = item->extra;

        for (size_t m = 0; m < masks->n && status == BERTH_OK; m++)
            if (masks->list[m].window == batch->jobs[i].window)
                status = run_mask(self, item, &masks->list[m], batch);
    }
    return status;
}

struct berth_token fill_mask_word(const struct fill_mask *self, int32_t id)
{
    size_t v = self->session.facts->vocab_size;
    struct berth_token token;

    if ((size_t)id < v) {
        berth_token_get(self->session.model, id, &token);
    } else {
        const char *text = self->words[(size_t)id - v].text;
        size_t n = strlen(text);

        token =
            (struct berth_token){.text = text,
                                 .size = n,
                                 .word = text,
                                 .word_size = n,
                                 .spaced = self->session.facts->spaced_words};
    }
    return token;
}

const int32_t *fill_mask_pieces(const struct fill_mask *self, const int32_t *id,
                                size_t *n)
{
    size_t v = self->session.facts->vocab_size;

    if ((size_t)*id < v) {
        *n = 1;
        return id;
    }
    *n = self->words[(size_t)*id - v].n;
    return self->words[(size_t)*id - v].ids;
}
