/*
 * fill_mask_rows.c - the rows of fill-mask: the user's text with a word in the
 * place of the mask, or Hugging Face's decoding.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/fill_mask.h"
#include "cli/stream/row.h"

enum {
    ALL_MASKS = -1
};

/* ------------------------------------------------------------- sequence */

static size_t token_index(const struct item *item, const struct mask *mask)
{
    return item->windows[mask->window].start + mask->position;
}

/* A piece that continues a word stands against it: "foo [MASK]" and "##bar"
 * make "foobar". */
static void put_word(struct buffer *b, size_t start, struct berth_token token)
{
    if (token.continues)
        while (!b->failed && b->size > start && b->data[b->size - 1] == ' ')
            b->size--;
    buffer_puts(b, token.word);
}

void fill_mask_put_text(struct buffer *b, const struct fill_mask *self,
                        const struct item *item, bool second,
                        const int32_t *words)
{
    const struct masks *masks = item->extra;
    const struct field *text = second ? &masks->pair : &masks->text;
    size_t start = b->size;
    size_t done = 0;

    for (size_t m = 0; m < masks->n; m++) {
        const struct mask *mask = &masks->list[m];
        size_t k = token_index(item, mask);
        const struct berth_span *at = &item->offsets[k];

        if ((item->record.has_pair && item->type_ids[k] == 1) != second ||
            words[m] < 0 || at->begin < done || at->end > text->size)
            continue;
        buffer_put(b, text->data + done, at->begin - done);
        put_word(b, start, fill_mask_word(self, words[m]));
        done = at->end;
    }
    buffer_put(b, text->data + done, text->size - done);
}

/*
 * One side of the record with a word at mask number chosen, the other masks as
 * they are; ALL_MASKS: each with its best word, if it has one.
 */
static void put_side(struct buffer *b, const struct fill_mask *self,
                     const struct item *item, bool second, int chosen,
                     size_t rank)
{
    const struct masks *masks = item->extra;
    int32_t *words = malloc(masks->n * sizeof(*words));

    if (words == NULL) {
        b->failed = true;
        return;
    }
    for (size_t m = 0; m < masks->n; m++) {
        const struct mask *mask = &masks->list[m];
        bool here = chosen == ALL_MASKS || (size_t)chosen == m;

        words[m] = here && rank < mask->n ? mask->ids[rank] : -1;
    }
    fill_mask_put_text(b, self, item, second, words);
    free(words);
}

/* The cell "sequence" of text, csv and tsv: a TAB parts the two texts. */
static void put_sequence(struct buffer *b, struct fill_mask *self,
                         const struct item *item, size_t m, size_t rank)
{
    struct buffer *s = &self->print.scratch;

    buffer_clear(s);
    put_side(s, self, item, false, (int)m, rank);
    if (item->record.has_pair) {
        buffer_putc(s, '\t');
        put_side(s, self, item, true, (int)m, rank);
    }
    if (s->failed)
        b->failed = true;
    else
        row_cell_text(b, &self->session.settings, s->data, s->size);
}

/* ----------------------------------------------------------------- text */

/* -k 1: the text with all its masks filled, on one line. */
static void print_filled(struct fill_mask *self, const struct item *item,
                         struct buffer *b)
{
    struct buffer *s = &self->print.scratch;

    row_begin(b, &self->session.settings, item);
    buffer_clear(s);
    put_side(s, self, item, false, ALL_MASKS, 0);
    buffer_tsv(b, s->data, s->size);
    if (item->record.has_pair) {
        buffer_clear(s);
        put_side(s, self, item, true, ALL_MASKS, 0);
        buffer_putc(b, '\t');
        buffer_tsv(b, s->data, s->size);
    }
    if (s->failed)
        b->failed = true;
    buffer_putc(b, '\n');
}

static void print_lines(struct fill_mask *self, const struct item *item,
                        struct output *out)
{
    const struct common *s = &self->session.settings;
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    for (size_t m = 0; m < masks->n; m++)
        for (size_t i = 0; i < masks->list[m].n; i++) {
            const struct mask *mask = &masks->list[m];
            const char *token = fill_mask_word(self, mask->ids[i]).text;

            row_begin(b, s, item);
            if (masks->n > 1) {
                buffer_size(b, m);
                buffer_putc(b, '\t');
            }
            if (self->ranks.n > 0) {
                buffer_size(b, mask->ranks[i]);
                buffer_putc(b, '\t');
            }
            buffer_float(b, mask->scores[i], s->digits);
            row_cell_text(b, s, token, strlen(token));
            if (self->ranks.n == 0)
                put_sequence(b, self, item, m, i);
            buffer_putc(b, '\n');
            output_spill(out);
        }
}

/* --------------------------------------------------------------- tables */

const struct column fill_mask_columns[] = {{"mask", COLUMN_SIZE, 0},
                                           {"rank", COLUMN_SIZE, 0},
                                           {"score", COLUMN_FLOAT, 0},
                                           {"token_id", COLUMN_TEXT, 0},
                                           {"token", COLUMN_TEXT, 0},
                                           {"sequence", COLUMN_TEXT, 0},
                                           {0}};

/* Of a word of several pieces all ids, parted by blanks. */
static void put_id_cell(struct buffer *b, const struct fill_mask *self,
                        const int32_t *id)
{
    size_t n;
    const int32_t *ids = fill_mask_pieces(self, id, &n);

    row_cell(b, &self->session.settings);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buffer_putc(b, ' ');
        buffer_int(b, ids[i]);
    }
}

static void print_rows(struct fill_mask *self, const struct item *item,
                       struct output *out)
{
    const struct common *s = &self->session.settings;
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    for (size_t m = 0; m < masks->n; m++)
        for (size_t i = 0; i < masks->list[m].n; i++) {
            const struct mask *mask = &masks->list[m];
            const char *token = fill_mask_word(self, mask->ids[i]).text;

            row_begin(b, s, item);
            row_cell_size(b, s, m);
            row_cell_size(b, s, mask->ranks != NULL ? mask->ranks[i] : i + 1);
            row_cell_float(b, s, mask->scores[i]);
            put_id_cell(b, self, &mask->ids[i]);
            row_cell_text(b, s, token, strlen(token));
            put_sequence(b, self, item, m, i);
            buffer_putc(b, '\n');
            output_spill(out);
        }
}

/* ---------------------------------------------------------------- jsonl */

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

/*
 * Hugging Face's fill-mask pipeline: with one mask the special tokens are left
 * out, with several they stay, and so do the other masks.
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
    put_decoded(b, self, ids, w->n_tokens + n - 1, masks->n == 1);
    free(ids);
}

/* "token": the id; of a word of several pieces a list. */
static void put_id_value(struct buffer *b, const struct fill_mask *self,
                         const int32_t *ids, size_t n)
{
    buffer_puts(b, n > 1 ? ",\"token\":[" : ",\"token\":");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buffer_putc(b, ',');
        buffer_int(b, ids[i]);
    }
    if (n > 1)
        buffer_putc(b, ']');
    buffer_puts(b, ",\"token_str\":");
    put_decoded(b, self, ids, n, false);
}

/* One word of a mask. */
static void put_choice(struct buffer *b, const struct fill_mask *self,
                       const struct item *item, const struct mask *mask,
                       size_t i)
{
    size_t n;
    const int32_t *ids = fill_mask_pieces(self, &mask->ids[i], &n);

    buffer_puts(b, i > 0 ? ",{\"score\":" : "{\"score\":");
    buffer_json_float(b, mask->scores[i], self->session.settings.digits);
    if (mask->ranks != NULL) {
        buffer_puts(b, ",\"rank\":");
        buffer_size(b, mask->ranks[i]);
    }
    put_id_value(b, self, ids, n);
    buffer_puts(b, ",\"sequence\":");
    put_decoded_sequence(b, self, item, mask, &mask->ids[i]);
    buffer_putc(b, '}');
}

static void print_object(struct fill_mask *self, const struct item *item,
                         struct output *out)
{
    const struct common *s = &self->session.settings;
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    row_begin(b, s, item);
    row_counts(b, item, row_n_used(item));
    buffer_puts(b, ",\"masks\":[");
    for (size_t m = 0; m < masks->n; m++) {
        const struct mask *mask = &masks->list[m];

        buffer_puts(b, m > 0 ? ",[" : "[");
        for (size_t i = 0; i < mask->n; i++) {
            put_choice(b, self, item, mask, i);
            output_spill(out);
        }
        buffer_putc(b, ']');
    }
    buffer_puts(b, "]}\n");
}

/* ------------------------------------------------------------------ ops */

void fill_mask_print(void *arg, const struct item *item, size_t window,
                     struct output *out)
{
    struct fill_mask *self = arg;

    (void)window;
    if (self->session.settings.format == FORMAT_JSONL)
        print_object(self, item, out);
    else if (self->session.settings.format != FORMAT_TEXT)
        print_rows(self, item, out);
    else if (self->one_line)
        print_filled(self, item, &out->rows);
    else
        print_lines(self, item, out);
}
