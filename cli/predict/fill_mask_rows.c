/*
 * fill_mask_rows.c - what all modes of fill-mask print: the user's text with
 * words in place of masks, and the frame of rows and objects.
 */
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/fill_mask.h"
#include "cli/stream/row.h"

/* ------------------------------------------------------------- sequence */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The white space that a mask token has taken in with it, "  <mask>". */
static size_t blanks_before(const char *text, const struct berth_span *at)
{
    size_t n = 0;

    while (at->begin + n < at->end && is_blank(text[at->begin + n]))
        n++;
    return n;
}

/* A piece that continues a word is joined to it: "foo [MASK]" and "##bar" make
 * "foobar". One with its blank, U+0120 "bar", has one, but not two. */
static void put_word(struct buffer *b, size_t start, struct berth_token token)
{
    if (token.continues)
        while (!b->failed && b->size > start && b->data[b->size - 1] == ' ')
            b->size--;
    if (token.spaced && !b->failed && b->size > start &&
        !is_blank(b->data[b->size - 1]))
        buffer_putc(b, ' ');
    buffer_puts(b, token.word);
}

/* One text of the record. */
static void put_text(struct buffer *b, const struct fill_mask *self,
                     const struct item *item, bool second, const int32_t *words)
{
    const struct masks *masks = item->extra;
    const struct field *text = second ? &masks->pair : &masks->text;
    size_t start = b->size;
    size_t done = 0;

    for (size_t m = 0; m < masks->n; m++) {
        const struct mask *mask = &masks->list[m];
        size_t k = item->windows[mask->window].start + mask->position;
        const struct berth_span *at = &item->offsets[k];

        if (item_is_second(item, k) != second || words[m] < 0 ||
            at->begin < done || at->end > text->size)
            continue;
        buffer_put(b, text->data + done,
                   at->begin + blanks_before(text->data, at) - done);
        put_word(b, start, fill_mask_word(self, words[m]));
        done = at->end;
    }
    buffer_put(b, text->data + done, text->size - done);
}

const struct buffer *fill_mask_sequence(struct fill_mask *self,
                                        const struct item *item,
                                        const int32_t *words, struct buffer *b)
{
    struct buffer *s = &self->print.sequence;

    buffer_clear(s);
    put_text(s, self, item, false, words);
    if (item->record.has_pair) {
        buffer_putc(s, '\t');
        put_text(s, self, item, true, words);
    }
    b->failed = b->failed || s->failed;
    return s;
}

/* ----------------------------------------------------------------- -k 1 */

/* One text as the text format writes it; without words, as it is. */
static void put_filled(struct fill_mask *self, const struct item *item,
                       bool second, const int32_t *words, struct buffer *b)
{
    const struct field *text = second ? &item->record.pair : &item->record.text;
    struct buffer *s = &self->print.sequence;

    buffer_clear(s);
    if (words != NULL)
        put_text(s, self, item, second, words);
    else
        buffer_put(s, text->data, text->size);
    b->failed = b->failed || s->failed;
    buffer_tsv(b, s->data, s->size);
}

/* The text with all its masks filled, on one line. */
static void print_filled(struct fill_mask *self, const struct item *item,
                         struct buffer *b)
{
    const struct masks *masks = item->extra;
    const int32_t *words = masks->words;

    if (self->mode->whole)
        words = masks->n_fillings > 0 ? masks->fillings[0].ids : NULL;
    for (size_t m = 0; !self->mode->whole && m < masks->n; m++)
        masks->words[m] = masks->list[m].n > 0 ? masks->list[m].ids[0] : -1;
    row_begin(b, &self->session.settings, item);
    put_filled(self, item, false, words, b);
    if (item->record.has_pair) {
        buffer_putc(b, '\t');
        put_filled(self, item, true, words, b);
    }
    buffer_putc(b, '\n');
}

/* ------------------------------------------------------------ all words */

static size_t count_rows(const struct fill_mask *self,
                         const struct masks *masks, size_t m)
{
    return self->mode->whole ? masks->n_fillings : masks->list[m].n;
}

static void print_rows(struct fill_mask *self, const struct item *item,
                       struct output *out)
{
    const struct shared *s = &self->session.settings;
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;
    size_t n_lists = self->mode->whole ? 1 : masks->n;

    for (size_t m = 0; m < n_lists; m++)
        for (size_t i = 0; i < count_rows(self, masks, m); i++) {
            row_begin(b, s, item);
            if (s->format == FORMAT_TEXT && n_lists > 1) {
                buffer_size(b, m);
                buffer_putc(b, '\t');
            }
            self->mode->print_row(self, item, m, i, b);
            output_spill(out);
        }
}

static void print_object(struct fill_mask *self, const struct item *item,
                         struct output *out)
{
    const struct fill_mask_mode *mode = self->mode;
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    row_begin(b, &self->session.settings, item);
    row_counts(b, item, row_n_used(item));
    buffer_printf(b, ",\"%s\":[", mode->list);
    for (size_t m = 0; m < (mode->whole ? 1 : masks->n); m++) {
        if (!mode->whole)
            buffer_puts(b, m > 0 ? ",[" : "[");
        for (size_t i = 0; i < count_rows(self, masks, m); i++) {
            buffer_puts(b, i > 0 ? ",{" : "{");
            mode->print_members(self, item, m, i, b);
            buffer_putc(b, '}');
            output_spill(out);
        }
        if (!mode->whole)
            buffer_putc(b, ']');
    }
    buffer_putc(b, ']');
    row_end(b, &self->session.settings);
}

void fill_mask_print(void *arg, const struct item *item, struct output *out)
{
    struct fill_mask *self = arg;

    if (self->session.settings.format == FORMAT_JSONL)
        print_object(self, item, out);
    else if (self->one_line)
        print_filled(self, item, &out->rows);
    else
        print_rows(self, item, out);
}
