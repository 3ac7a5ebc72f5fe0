/*
 * attention_rows.c - the rows of attention-dump in each format.
 */
#include <stdio.h>
#include <string.h>

#include "cli/attention_dump.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/row.h"

enum {
    TEXT_DIGITS = 4 /* matrices for people are rounded */
};

/* One head's matrix of one window: length rows of row numbers. */
struct matrix {
    const struct item *item;
    size_t window;
    size_t layer; /* numbers of the model */
    size_t head;
    size_t length;
    size_t row;
    const float *data;
};

/* Token i of the window; behind its end, padding. */
static const char *token_at(const struct attention *self,
                            const struct matrix *m, size_t i)
{
    const struct berth_window *w = &m->item->windows[m->window];

    if (i < w->n_tokens)
        return row_token(self->model, m->item->ids[w->start + i]);
    return row_token(self->model, self->facts->pad_id);
}

/* ----------------------------------------------------------------- text */

/* Characters, which are columns for most scripts. */
static size_t width_of(const char *s, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

static void put_blanks(struct buffer *b, size_t n)
{
    while (!b->failed && n-- > 0)
        buffer_putc(b, ' ');
}

/* Pads what was put since start to width columns; on its left if right. */
static void align(struct buffer *b, size_t start, size_t width, bool right)
{
    size_t size = b->size - start;

    if (b->failed)
        return;
    size_t n = width_of(b->data + start, size);

    if (n >= width)
        return;
    put_blanks(b, width - n);
    if (right && !b->failed) {
        memmove(b->data + start + width - n, b->data + start, size);
        memset(b->data + start, ' ', width - n);
    }
}

static size_t label_width(const struct attention *self, const struct matrix *m)
{
    size_t width = 0;

    for (size_t i = 0; i < m->length; i++) {
        const char *token = token_at(self, m, i);
        size_t n = width_of(token, strlen(token));

        if (n > width)
            width = n;
    }
    return width;
}

static size_t number_width(struct buffer *b, const struct matrix *m, int digits)
{
    size_t start = b->size;
    size_t width = 0;

    for (size_t i = 0; i < m->length * m->row; i++) {
        buffer_float(b, m->data[i], digits);
        if (b->size - start > width)
            width = b->size - start;
        b->size = start;
    }
    return width;
}

static void put_title(const struct attention *self, const struct matrix *m,
                      struct buffer *b)
{
    row_begin(b, &self->settings, m->item);
    buffer_printf(b, "record %zu", m->item->record.index);
    if (self->settings.overflow == OVERFLOW_WINDOW)
        buffer_printf(b, " window %zu", m->window);
    buffer_printf(b, " layer %zu head %zu", m->layer, m->head);
}

static void print_text(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    struct buffer *b = &out->rows;
    int digits = self->settings.digits ? self->settings.digits : TEXT_DIGITS;
    size_t labels = label_width(self, m);
    size_t numbers = number_width(b, m, digits);

    put_title(self, m, b);
    buffer_putc(b, '\n');
    if (!attention_is_vector(self)) {
        if (numbers < labels)
            numbers = labels;
        put_blanks(b, labels);
        for (size_t k = 0; k < m->row; k++) {
            size_t start = b->size + 1;
            const char *token = token_at(self, m, k);

            buffer_putc(b, ' ');
            buffer_tsv(b, token, strlen(token));
            align(b, start, numbers, true);
        }
        buffer_putc(b, '\n');
    }
    for (size_t q = 0; q < m->length; q++) {
        const char *token = token_at(self, m, q);
        size_t start = b->size;

        buffer_tsv(b, token, strlen(token));
        align(b, start, labels, false);
        for (size_t k = 0; k < m->row; k++) {
            buffer_putc(b, ' ');
            start = b->size;
            buffer_float(b, m->data[q * m->row + k], digits);
            align(b, start, numbers, true);
        }
        buffer_putc(b, '\n');
        output_spill(out);
    }
    buffer_putc(b, '\n');
}

/* --------------------------------------------------------------- tables */

static void put_place(const struct attention *self, const struct matrix *m,
                      struct buffer *b)
{
    const struct common *s = &self->settings;

    row_begin(b, s, m->item);
    row_cell_size(b, s, m->window);
    row_cell_size(b, s, m->layer);
    row_cell_size(b, s, m->head);
}

static void put_label(const struct attention *self, const struct matrix *m,
                      size_t i, struct buffer *b)
{
    const char *token = token_at(self, m, i);

    row_cell_size(b, &self->settings, i);
    row_cell_text(b, &self->settings, token, strlen(token));
}

/* A row for each query and key. */
static void print_tidy(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    struct buffer *b = &out->rows;

    for (size_t q = 0; q < m->length; q++)
        for (size_t k = 0; k < m->row; k++) {
            put_place(self, m, b);
            put_label(self, m, q, b);
            put_label(self, m, k, b);
            row_cell_float(b, &self->settings, m->data[q * m->row + k]);
            buffer_putc(b, '\n');
            output_spill(out);
        }
}

/* A row for each position. */
static void print_vectors(const struct attention *self, const struct matrix *m,
                          struct output *out)
{
    struct buffer *b = &out->rows;

    for (size_t q = 0; q < m->length; q++) {
        put_place(self, m, b);
        put_label(self, m, q, b);
        for (size_t k = 0; k < m->row; k++)
            row_cell_float(b, &self->settings, m->data[q * m->row + k]);
        buffer_putc(b, '\n');
        output_spill(out);
    }
}

/* A block: what it is in the corner, tokens above and at the left. */
static void print_wide(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    const struct common *s = &self->settings;
    struct buffer *b = &out->rows;

    buffer_printf(b, "record %zu window %zu layer %zu head %zu",
                  m->item->record.index, m->window, m->layer, m->head);
    for (size_t k = 0; k < m->row; k++) {
        const char *token = token_at(self, m, k);

        if (!attention_is_vector(self)) {
            row_cell_text(b, s, token, strlen(token));
        } else {
            row_cell(b, s);
            buffer_printf(b, "d%zu", k);
        }
    }
    buffer_putc(b, '\n');
    for (size_t q = 0; q < m->length; q++) {
        const char *token = token_at(self, m, q);

        if (s->format == FORMAT_CSV)
            buffer_csv(b, token, strlen(token));
        else
            buffer_tsv(b, token, strlen(token));
        for (size_t k = 0; k < m->row; k++)
            row_cell_float(b, s, m->data[q * m->row + k]);
        buffer_putc(b, '\n');
        output_spill(out);
    }
    buffer_putc(b, '\n');
}

/* ---------------------------------------------------------------- jsonl */

static void put_numbers(struct buffer *b, const char *key,
                        const struct number_list *list)
{
    buffer_printf(b, ",\"%s\":[", key);
    for (size_t i = 0; i < list->n; i++)
        buffer_printf(b, i > 0 ? ",%zu" : "%zu", list->items[i]);
    buffer_putc(b, ']');
}

static void put_tokens(const struct attention *self, const struct matrix *m,
                       struct buffer *b)
{
    buffer_puts(b, ",\"tokens\":[");
    for (size_t i = 0; i < m->length; i++) {
        const char *token = token_at(self, m, i);

        if (i > 0)
            buffer_putc(b, ',');
        buffer_json(b, token, strlen(token));
    }
    buffer_putc(b, ']');
}

/* [[..],[..]] */
static void put_matrix(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    struct buffer *b = &out->rows;

    buffer_putc(b, '[');
    for (size_t q = 0; q < m->length; q++) {
        buffer_puts(b, q > 0 ? ",[" : "[");
        for (size_t k = 0; k < m->row; k++) {
            if (k > 0)
                buffer_putc(b, ',');
            buffer_json_float(b, m->data[q * m->row + k],
                              self->settings.digits);
        }
        buffer_putc(b, ']');
        output_spill(out);
    }
    buffer_putc(b, ']');
}

static void print_object(const struct attention *self, struct matrix m,
                         struct output *out)
{
    struct buffer *b = &out->rows;
    size_t size = m.length * m.row;

    row_begin(b, &self->settings, m.item);
    row_counts(b, m.item, m.item->windows[m.window].n_tokens);
    buffer_printf(b, ",\"window\":%zu", m.window);
    put_tokens(self, &m, b);
    put_numbers(b, "layers", &self->layers);
    put_numbers(b, "heads", &self->heads);
    buffer_printf(b, ",\"%s\":[", attention_name(self));
    for (size_t l = 0; l < self->layers.n; l++) {
        buffer_puts(b, l > 0 ? ",[" : "[");
        for (size_t h = 0; h < self->heads.n; h++) {
            if (h > 0)
                buffer_putc(b, ',');
            put_matrix(self, &m, out);
            m.data += size;
        }
        buffer_putc(b, ']');
    }
    buffer_puts(b, "]}\n");
}

/* ------------------------------------------------------------------ ops */

static void print_array(const struct attention *self, const struct matrix *m,
                        struct output *out)
{
    size_t shape[4] = {self->layers.n, self->heads.n, m->length, m->row};
    char name[64];

    if (out->npz != NULL) {
        if (self->settings.overflow == OVERFLOW_WINDOW)
            snprintf(name, sizeof(name), "r%zu_w%zu", m->item->record.index,
                     m->window);
        else
            snprintf(name, sizeof(name), "r%zu", m->item->record.index);
        if (!npz_add(out->npz, name, shape, 4, m->data))
            out->failed = true;
        return;
    }
    if (self->settings.format == FORMAT_NPY)
        npy_header(&out->rows, shape, 4);
    buffer_put(&out->rows, m->data,
               shape[0] * shape[1] * shape[2] * shape[3] * sizeof(float));
}

static void print_heads(const struct attention *self, struct matrix m,
                        struct output *out)
{
    for (size_t l = 0; l < self->layers.n; l++)
        for (size_t h = 0; h < self->heads.n; h++) {
            m.layer = self->layers.items[l];
            m.head = self->heads.items[h];
            if (self->settings.format == FORMAT_TEXT)
                print_text(self, &m, out);
            else if (self->wide)
                print_wide(self, &m, out);
            else if (attention_is_vector(self))
                print_vectors(self, &m, out);
            else
                print_tidy(self, &m, out);
            m.data += m.length * m.row;
        }
}

void attention_print(void *arg, const struct item *item, size_t window,
                     struct output *out)
{
    const struct attention *self = arg;
    size_t length = attention_length(self, item->windows[window].n_tokens);
    struct matrix m = {.item = item,
                       .window = window,
                       .length = length,
                       .row = attention_row(self, length),
                       .data = item->results[window]};

    if (self->settings.format >= FORMAT_NPY)
        print_array(self, &m, out);
    else if (self->settings.format == FORMAT_JSONL)
        print_object(self, m, out);
    else
        print_heads(self, m, out);
}

static bool is_table(const struct common *s)
{
    return s->format == FORMAT_CSV || s->format == FORMAT_TSV;
}

void attention_header(void *arg, struct output *out)
{
    const struct attention *self = arg;
    const struct common *s = &self->settings;
    struct buffer *b = &out->rows;

    if (!is_table(s) || s->no_header || self->wide)
        return;
    if (!attention_is_vector(self)) {
        row_header(b, s, "window,layer,head,query,query_token,key,key_token");
        row_cell_text(b, s,
                      self->what == BERTH_ATTENTION_SCORES ? "score" : "weight",
                      self->what == BERTH_ATTENTION_SCORES ? 5 : 6);
    } else {
        row_header(b, s, "window,layer,head,position,token");
        for (size_t i = 0; i < self->facts->head_size; i++) {
            row_cell(b, s);
            buffer_printf(b, "d%zu", i);
        }
    }
    buffer_putc(b, '\n');
}

void attention_print_failed(void *arg, const struct item *item,
                            struct output *out)
{
    const struct attention *self = arg;
    const struct common *s = &self->settings;
    struct buffer *b = &out->rows;
    size_t n = attention_is_vector(self) ? 5 + self->facts->head_size : 8;

    if (is_table(s) && self->wide) {
        buffer_printf(b, "record %zu\n", item->record.index);
    } else {
        row_failed(b, s, item, n);
    }
    if (self->wide || s->format == FORMAT_TEXT)
        buffer_putc(b, '\n');
}
