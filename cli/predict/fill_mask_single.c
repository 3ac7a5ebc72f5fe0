/*
 * fill_mask_single.c - fill-mask: the words of each mask by itself, the other
 * masks of the text being masks.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/fill_mask.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

/* --------------------------------------------------------------- compute */

static enum berth_status run(struct fill_mask *self,
                             const struct fill_mask_group *g,
                             const struct batch *batch)
{
    struct berth_context *context = self->session.context;
    size_t v = self->session.facts->vocab_size;
    float *logits = self->compute.logits;
    enum berth_status status =
        berth_predict(context, g->places, g->n, logits, batch->err);

    if (status == BERTH_OK)
        berth_softmax(context, logits, g->n, v);
    for (size_t i = 0; i < g->n && status == BERTH_OK; i++, logits += v)
        if (finite_check(g->jobs[i]->item, logits, v) &&
            !fill_mask_choose(self, logits, batch->results, g->masks[i]))
            status = stream_no_memory(batch->err);
    return status;
}

static enum berth_status compute(void *arg, const struct batch *batch)
{
    struct fill_mask *self = arg;
    enum berth_status status = BERTH_OK;

    if (self->n_words > 0)
        status = fill_mask_score_words(self, batch);
    if (status == BERTH_OK)
        status = session_forward(&self->session, BERTH_LAST_LAYER, batch);
    return status != BERTH_OK ? status : fill_mask_each_group(self, batch, run);
}

/* The words that reach --min-prob are no more than fit into a probability of
 * 1. */
static size_t result_size(const struct fill_mask *self, size_t n_masks)
{
    size_t word = sizeof(int32_t) + sizeof(float) + sizeof(size_t);
    size_t n = self->k;

    if (n == 0)
        n = self->min_prob * (double)self->session.facts->vocab_size > 1.0
                ? (size_t)(1.0 / self->min_prob) + 1
                : self->session.facts->vocab_size;
    return n_masks * (n * word + self->n_words * sizeof(float));
}

/* ----------------------------------------------------------------- rows */

static const struct column columns[] = {
    {"mask", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"rank", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"score", COLUMN_FLOAT, 0},
    {"token_id", COLUMN_TEXT, 1 << FORMAT_TEXT},
    {"token", COLUMN_TEXT, 0},
    {"sequence", COLUMN_TEXT, 0},
    {0}};
/* --rank: text has the rank, and no sequence. */
static const struct column rank_columns[] = {
    {"mask", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"rank", COLUMN_SIZE, 0},
    {"score", COLUMN_FLOAT, 0},
    {"token_id", COLUMN_TEXT, 1 << FORMAT_TEXT},
    {"token", COLUMN_TEXT, 0},
    {"sequence", COLUMN_TEXT, 1 << FORMAT_TEXT},
    {0}};

/* A word of several pieces has all their ids, separated by blanks; the sequence
 * is the text with this word at this mask alone. */
static void print_row(struct fill_mask *self, const struct item *item, size_t m,
                      size_t i, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const struct mask *mask = &masks->list[m];
    const char *token = fill_mask_word(self, mask->ids[i]).text;
    struct buffer *ids = &self->print.cell;
    size_t n;
    const int32_t *pieces = fill_mask_pieces(self, &mask->ids[i], &n);

    for (size_t k = 0; k < masks->n; k++)
        masks->words[k] = k == m ? mask->ids[i] : -1;
    const struct buffer *sequence =
        fill_mask_sequence(self, item, masks->words, b);

    buffer_clear(ids);
    buffer_ints(ids, pieces, n, ' ');
    b->failed = b->failed || ids->failed;
    row_cells(
        b, &self->session.settings,
        mask->ranks != NULL ? rank_columns : columns,
        (struct cell[]){{.size = m},
                        {.size = mask->ranks != NULL ? mask->ranks[i] : i + 1},
                        {.x = (double)mask->scores[i]},
                        {ids->data, .size = ids->size},
                        {token, .size = strlen(token)},
                        {sequence->data, .size = sequence->size}});
}

static void put_decoded(struct buffer *b, const struct fill_mask *self,
                        const int32_t *ids, size_t n, bool skip_special)
{
    enum berth_status status;
    char *text = NULL;
    size_t size = 0;

    status = berth_decode(self->session.model, ids, n, skip_special, &text,
                          &size, NULL);
    if (status == BERTH_ERR_MEMORY)
        b->failed = true;
    else
        buffer_json(b, text != NULL ? text : "", size);
    free(text);
}

/* Those that are not the pad; how many there are is returned. */
static size_t leave_out_pads(const struct fill_mask *self, int32_t *ids,
                             size_t n)
{
    const int32_t pad = self->session.facts->pad_id;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (ids[i] != pad)
            ids[kept++] = ids[i];
    return kept;
}

/*
 * Hugging Face's fill-mask pipeline: with one mask the special tokens are left
 * out, with several they stay, and so do the other masks. Pads are always left
 * out, which in some models is the token at the end.
 */
static void put_decoded_sequence(struct buffer *b, const struct fill_mask *self,
                                 const struct item *item,
                                 const struct mask *mask, const int32_t *id)
{
    const struct masks *masks = item->extra;
    const struct berth_window *w = &item->windows[mask->window];
    size_t at = mask->position;
    size_t n;
    const int32_t *word = fill_mask_pieces(self, id, &n);
    int32_t *ids = malloc((w->n_tokens + n) * sizeof(*ids));

    if (ids == NULL) {
        b->failed = true;
        return;
    }
    memcpy(ids, item->ids + w->start, at * sizeof(*ids));
    memcpy(ids + at, word, n * sizeof(*ids));
    memcpy(ids + at + n, item->ids + w->start + at + 1,
           (w->n_tokens - at - 1) * sizeof(*ids));
    n = leave_out_pads(self, ids, w->n_tokens + n - 1);
    put_decoded(b, self, ids, n, masks->n == 1);
    free(ids);
}

void fill_mask_put_id(struct buffer *b, const struct fill_mask *self,
                      const int32_t *ids, size_t n)
{
    buffer_puts(b, n > 1 ? ",\"token\":[" : ",\"token\":");
    buffer_ints(b, ids, n, ',');
    if (n > 1)
        buffer_putc(b, ']');
    buffer_puts(b, ",\"token_str\":");
    put_decoded(b, self, ids, n, false);
}

static void print_members(struct fill_mask *self, const struct item *item,
                          size_t m, size_t i, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const struct mask *mask = &masks->list[m];
    size_t n;
    const int32_t *ids = fill_mask_pieces(self, &mask->ids[i], &n);

    buffer_puts(b, "\"score\":");
    buffer_json_float(b, mask->scores[i], self->session.settings.digits);
    if (mask->ranks != NULL) {
        buffer_puts(b, ",\"rank\":");
        buffer_size(b, mask->ranks[i]);
    }
    fill_mask_put_id(b, self, ids, n);
    buffer_puts(b, ",\"sequence\":");
    put_decoded_sequence(b, self, item, mask, &mask->ids[i]);
}

const struct fill_mask_mode fill_mask_single = {.compute = compute,
                                                .print = fill_mask_print,
                                                .result_size = result_size,
                                                .list = "masks",
                                                .columns = columns,
                                                .print_row = print_row,
                                                .print_members = print_members};
