/*
 * fill_mask_lens_rows.c - what fill-mask --lens prints: tables of layers by
 * masks, or of tokens by layers; rows of one word after one layer each.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/output/cells.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/fill_mask_lens.h"
#include "cli/stream/row.h"

enum {
    TEXT_DIGITS = 3
};

const char *lens_word(const struct fill_mask *self, const struct mask *mask,
                      size_t i)
{
    return fill_mask_word(self, mask->ids[i]).text;
}

static size_t n_words(const struct fill_mask *self, const struct mask *mask)
{
    return mask->n / fill_mask_n_states(self);
}

/* --------------------------------------------------------------- csv, tsv */

/* Of a mask its number, of a token its place. */
const struct column fill_mask_lens_columns[] = {
    {"mask", COLUMN_SIZE, 0},   {"position", COLUMN_SIZE, 0},
    {"begin", COLUMN_SIZE, 0},  {"end", COLUMN_SIZE, 0},
    {"layer", COLUMN_SIZE, 0},  {"rank", COLUMN_SIZE, 0},
    {"score", COLUMN_FLOAT, 0}, {"token_id", COLUMN_SIZE, 0},
    {"token", COLUMN_TEXT, 0},  {0}};

static void put_place(const struct fill_mask *self, const struct item *item,
                      size_t m, struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct masks *masks = item->extra;
    const struct berth_span *at = lens_span(item, &masks->list[m]);

    if (!masks->of_tokens) {
        row_cell_size(b, s, m);
        for (size_t i = 0; i < 3; i++)
            row_cell(b, s);
        return;
    }
    row_cell(b, s);
    row_cell_size(b, s, masks->list[m].token);
    row_cell_size(b, s, at->begin);
    row_cell_size(b, s, at->end);
}

static void print_rows(const struct fill_mask *self, const struct item *item,
                       struct output *out)
{
    const struct shared *s = &self->session.settings;
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    for (size_t m = 0; m < masks->n; m++) {
        const struct mask *mask = &masks->list[m];

        for (size_t i = 0; i < mask->n; i++) {
            const char *word = lens_word(self, mask, i);

            row_begin(b, s, item);
            put_place(self, item, m, b);
            row_cell_size(b, s, i / n_words(self, mask));
            row_cell_size(b, s, mask->ranks[i]);
            row_cell_float(b, s, mask->scores[i]);
            row_cell_size(b, s, (size_t)mask->ids[i]);
            row_cell_text(b, s, word, strlen(word));
            buffer_putc(b, '\n');
            output_spill(out);
        }
    }
}

/* ------------------------------------------------------------------ jsonl */

static void put_word(const struct fill_mask *self, const struct mask *mask,
                     size_t i, struct buffer *b)
{
    buffer_puts(b, "{\"rank\":");
    buffer_size(b, mask->ranks[i]);
    buffer_puts(b, ",\"score\":");
    buffer_json_float(b, mask->scores[i], self->session.settings.digits);
    fill_mask_put_id(b, self, &mask->ids[i], 1);
    buffer_putc(b, '}');
}

/* For each mask, for each layer, the words. */
static void put_masks(const struct fill_mask *self, const struct masks *masks,
                      struct output *out)
{
    struct buffer *b = &out->rows;

    buffer_puts(b, ",\"masks\":[");
    for (size_t m = 0; m < masks->n; m++) {
        const struct mask *mask = &masks->list[m];
        const size_t n = n_words(self, mask);

        buffer_between(b, m, ',');
        for (size_t i = 0; i < mask->n; i++) {
            buffer_puts(b, i == 0 ? "[[" : i % n == 0 ? "],[" : ",");
            put_word(self, mask, i, b);
        }
        buffer_puts(b, "]]");
        output_spill(out);
    }
    buffer_putc(b, ']');
}

/* For each layer, a number of each token. */
static void put_layers(const struct fill_mask *self, const struct masks *masks,
                       bool ranks, struct output *out)
{
    struct buffer *b = &out->rows;

    buffer_puts(b, ranks ? ",\"ranks\":[" : ",\"scores\":[");
    for (size_t i = 0; i < fill_mask_n_states(self); i++) {
        buffer_puts(b, i > 0 ? ",[" : "[");
        for (size_t m = 0; m < masks->n; m++) {
            buffer_between(b, m, ',');
            if (ranks)
                buffer_size(b, masks->list[m].ranks[i]);
            else
                buffer_json_float(b, masks->list[m].scores[i],
                                  self->session.settings.digits);
            output_spill(out);
        }
        buffer_putc(b, ']');
    }
    buffer_putc(b, ']');
}

static void put_tokens(const struct fill_mask *self, const struct item *item,
                       struct output *out)
{
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    buffer_puts(b, ",\"tokens\":[");
    for (size_t m = 0; m < masks->n; m++) {
        const char *token = lens_word(self, &masks->list[m], 0);

        buffer_between(b, m, ',');
        buffer_json(b, token, strlen(token));
    }
    buffer_puts(b, "],\"offsets\":[");
    for (size_t m = 0; m < masks->n; m++) {
        buffer_between(b, m, ',');
        row_offset(b, item,
                   (size_t)(lens_span(item, &masks->list[m]) - item->offsets));
    }
    buffer_putc(b, ']');
    put_layers(self, masks, true, out);
    put_layers(self, masks, false, out);
}

static void print_object(const struct fill_mask *self, const struct item *item,
                         struct output *out)
{
    const struct masks *masks = item->extra;

    row_begin(&out->rows, &self->session.settings, item);
    row_counts(&out->rows, item, row_n_used(item));
    if (masks->of_tokens)
        put_tokens(self, item, out);
    else
        put_masks(self, masks, out);
    buffer_puts(&out->rows, "}\n");
}

/* ------------------------------------------------------------------- text */

static void put_score(const struct fill_mask *self, float score,
                      struct buffer *b)
{
    const int digits = self->session.settings.digits;

    buffer_float(b, score, digits > 0 ? digits : TEXT_DIGITS);
}

void lens_title(const struct fill_mask *self, const struct masks *masks,
                size_t m, size_t i, struct buffer *b)
{
    const bool targets = self->n_target_ids > 0;

    if (targets ? masks->n > 1 : i == 0)
        buffer_printf(b, "mask %zu%s", m, targets ? ": " : "");
    if (targets)
        buffer_puts(b, lens_word(self, &masks->list[m], i));
}

void lens_cell(const struct fill_mask *self, const struct mask *mask, size_t i,
               struct buffer *b)
{
    if (self->n_target_ids > 0)
        buffer_size(b, mask->ranks[i]);
    else
        buffer_tsv(b, lens_word(self, mask, i),
                   strlen(lens_word(self, mask, i)));
}

/* A cell of a table, whose row 0 is its header. */
typedef void put_cell(const struct fill_mask *self, const struct item *item,
                      size_t row, size_t column, struct buffer *b);

struct table {
    size_t rows, columns;
    put_cell *put;
    bool (*right)(const struct fill_mask *self, size_t column);
};

/* Layers by masks: the layer, then a word or a rank, and the score, of each. */
static void put_mask_cell(const struct fill_mask *self, const struct item *item,
                          size_t row, size_t column, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const size_t n = n_words(self, &masks->list[0]);
    const size_t m = (column - 1) / 2 / n, i = (column - 1) / 2 % n;

    if (column == 0 && row == 0)
        buffer_puts(b, "layer");
    else if (column == 0)
        buffer_size(b, row - 1);
    else if (row == 0 && column % 2 == 1)
        lens_title(self, masks, m, i, b);
    else if (row > 0 && column % 2 == 1)
        lens_cell(self, &masks->list[m], (row - 1) * n + i, b);
    else if (row > 0)
        put_score(self, masks->list[m].scores[(row - 1) * n + i], b);
}

static bool mask_right(const struct fill_mask *self, size_t column)
{
    return column == 0 || (column % 2 == 1 && self->n_target_ids > 0);
}

/* Tokens by layers: the token, a rank of each layer, and the last score. */
static void put_token_cell(const struct fill_mask *self,
                           const struct item *item, size_t row, size_t column,
                           struct buffer *b)
{
    const struct masks *masks = item->extra;
    const size_t n = fill_mask_n_states(self);
    const struct mask *mask = &masks->list[row - 1];

    if (row == 0 && (column == 0 || column > n))
        buffer_puts(b, column == 0 ? "token" : "score");
    else if (row == 0)
        buffer_size(b, column - 1);
    else if (column == 0)
        buffer_tsv(b, lens_word(self, mask, 0),
                   strlen(lens_word(self, mask, 0)));
    else if (column <= n)
        buffer_size(b, mask->ranks[column - 1]);
    else
        put_score(self, mask->scores[n - 1], b);
}

static bool token_right(const struct fill_mask *self, size_t column)
{
    return column > 0 && column <= fill_mask_n_states(self);
}

/* The width of each column; NULL: no memory. */
static size_t *measure(struct fill_mask *self, const struct item *item,
                       const struct table *t)
{
    size_t *widths = calloc(t->columns, sizeof(*widths));
    struct buffer *cell = &self->print.cell;

    for (size_t r = 0; r < t->rows && widths != NULL; r++)
        for (size_t c = 0; c < t->columns; c++) {
            buffer_clear(cell);
            t->put(self, item, r, c, cell);
            const size_t n =
                cell->size > 0 ? cells_width(cell->data, cell->size) : 0;

            if (n > widths[c])
                widths[c] = n;
        }
    return widths;
}

static void print_table(struct fill_mask *self, const struct item *item,
                        const struct table *t, struct output *out)
{
    struct buffer *b = &out->rows;
    size_t *widths = measure(self, item, t);

    b->failed = b->failed || widths == NULL || self->print.cell.failed;
    for (size_t r = 0; r < t->rows && !b->failed; r++) {
        row_begin(b, &self->session.settings, item);
        for (size_t c = 0; c < t->columns; c++) {
            cells_put_blanks(b, c == 0 ? 0 : 2);
            const size_t start = b->size;

            t->put(self, item, r, c, b);
            cells_align(b, start, widths[c], t->right(self, c));
        }
        cells_end_line(b);
        output_spill(out);
    }
    free(widths);
}

static void print_text(struct fill_mask *self, const struct item *item,
                       struct output *out)
{
    const struct masks *masks = item->extra;
    const size_t n = fill_mask_n_states(self);
    struct table t = {masks->n + 1, n + 2, put_token_cell, token_right};

    if (masks->n == 0)
        return;
    if (!masks->of_tokens)
        t = (struct table){n + 1,
                           1 + 2 * masks->n * n_words(self, &masks->list[0]),
                           put_mask_cell, mask_right};
    print_table(self, item, &t, out);
}

void fill_mask_lens_print(void *arg, const struct item *item,
                          struct output *out)
{
    struct fill_mask *self = arg;
    const int format = self->session.settings.format;

    if (format == FORMAT_JSONL)
        print_object(self, item, out);
    else if (format == FORMAT_TEXT)
        print_text(self, item, out);
    else if (format_in(format, 1 << FORMAT_HEAT | 1 << FORMAT_SVG))
        lens_draw(self, item, out);
    else
        print_rows(self, item, out);
}
