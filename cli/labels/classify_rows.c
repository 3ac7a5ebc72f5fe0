/*
 * classify_rows.c - the rows of classify: labels by rank, or a column each.
 */
#include "cli/labels/classify.h"

#include <string.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

static const struct column columns[] = {{"rank", COLUMN_SIZE, 1 << FORMAT_TEXT},
                                        {"label", COLUMN_TEXT, 0},
                                        {"score", COLUMN_FLOAT, 0},
                                        {0}};

const struct column *classify_columns(const struct classify *self)
{
    return self->wide ? NULL : columns;
}

void classify_header(void *arg, struct output *out)
{
    const struct classify *self = arg;
    const struct shared *s = &self->session.settings;

    if (!row_header(&out->rows, s, NULL))
        return;
    for (size_t i = 0; i < self->n; i++)
        row_cell_text(&out->rows, s, self->labels[i], strlen(self->labels[i]));
    buffer_putc(&out->rows, '\n');
}

static void print_rows(const struct classify *self, const struct item *item,
                       struct output *out)
{
    const struct shared *s = &self->session.settings;
    const struct ranking *r = item->extra;

    for (size_t i = 0; i < self->n_printed; i++) {
        const char *label = self->labels[r->best[i]];
        const struct cell cells[] = {{.size = i + 1},
                                     {label, .size = strlen(label)},
                                     {.x = (double)r->scores[r->best[i]]}};

        row_begin(&out->rows, s, item);
        row_cells(&out->rows, s, columns, cells);
        output_spill(out);
    }
}

static void print_wide(const struct classify *self, const struct item *item,
                       struct output *out)
{
    const struct shared *s = &self->session.settings;
    const struct ranking *r = item->extra;

    row_begin(&out->rows, s, item);
    for (size_t i = 0; i < self->n; i++)
        row_cell_float(&out->rows, s, r->scores[i]);
    buffer_putc(&out->rows, '\n');
}

static void print_object(const struct classify *self, const struct item *item,
                         struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct ranking *r = item->extra;

    row_begin(b, s, item);
    row_counts(b, item,
               zero_shot_is_asked(&self->zero) ? item->n_tokens
                                               : row_n_used(item));
    buffer_puts(b, ",\"labels\":[");
    for (size_t i = 0; i < self->n_printed; i++) {
        const char *label = self->labels[r->best[i]];

        buffer_puts(b, i > 0 ? ",{" : "{");
        buffer_json_bytes(b, "label", label, strlen(label));
        buffer_puts(b, ",\"score\":");
        buffer_json_float(b, r->scores[r->best[i]], s->digits);
        buffer_putc(b, '}');
    }
    buffer_puts(b, "],\"logits\":[");
    buffer_json_floats(b, r->logits, self->n, s->digits);
    buffer_putc(b, ']');
    row_end(b, s);
}

void classify_print(void *arg, const struct item *item, struct output *out)
{
    const struct classify *self = arg;

    if (self->wide)
        print_wide(self, item, out);
    else if (self->session.settings.format == FORMAT_JSONL)
        print_object(self, item, &out->rows);
    else
        print_rows(self, item, out);
}

void classify_print_failed(void *arg, const struct item *item,
                           struct output *out)
{
    const struct classify *self = arg;

    row_failed(&out->rows, &self->session.settings, item, self->n);
}
