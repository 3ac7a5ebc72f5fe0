/*
 * attention_rows.c - the rows of attention-dump in each format.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/inside/attention_dump.h"
#include "cli/output/cells.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

enum {
    TEXT_DIGITS = 4 /* matrices for people are rounded */
};

/* One head's matrix of one window: n rows of row numbers. */
struct matrix {
    const struct item *item;
    const struct attention_result *result;
    size_t layer, head; /* numbers in the result */
    size_t n;
    size_t row;
    const float *data;
};

/* Token i of the window, or word. */
static const char *token_at(const struct matrix *m, size_t i)
{
    return m->result->labels[i];
}

/* ----------------------------------------------------------------- text */

static size_t number_width(struct buffer *b, const struct matrix *m, int digits)
{
    size_t start = b->size;
    size_t width = 0;

    for (size_t i = 0; i < m->n * m->row; i++) {
        buffer_float(b, m->data[i], digits);
        if (b->size - start > width)
            width = b->size - start;
        b->size = start;
    }
    return width;
}

static void print_text(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    struct buffer *b = &out->rows;
    int digits = self->chosen.session.settings.digits
                     ? self->chosen.session.settings.digits
                     : TEXT_DIGITS;
    size_t labels = cells_widest(m->result->labels, m->n);
    size_t numbers = number_width(b, m, digits);

    attention_put_title(self, m->item, m->layer, m->head, b);
    buffer_putc(b, '\n');
    if (!attention_is_vector(self)) {
        if (numbers < labels)
            numbers = labels;
        cells_put_blanks(b, labels);
        for (size_t k = 0; k < m->row; k++) {
            size_t start = b->size + 1;
            const char *token = token_at(m, k);

            buffer_putc(b, ' ');
            buffer_tsv(b, token, strlen(token));
            cells_align(b, start, numbers, true);
        }
        buffer_putc(b, '\n');
    }
    for (size_t q = 0; q < m->n; q++) {
        const char *token = token_at(m, q);
        size_t start = b->size;

        buffer_tsv(b, token, strlen(token));
        cells_align(b, start, labels, false);
        for (size_t k = 0; k < m->row; k++) {
            buffer_putc(b, ' ');
            start = b->size;
            buffer_float(b, m->data[q * m->row + k], digits);
            cells_align(b, start, numbers, true);
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
    const struct shared *s = &self->chosen.session.settings;

    row_begin(b, s, m->item);
    row_cell_size(b, s, m->item->window);
    row_cell(b, s);
    attention_put_layer(self, m->layer, b);
    if (attention_is_stage(self))
        return;
    row_cell(b, s);
    attention_put_head(self, m->head, b);
}

static void put_label(const struct attention *self, const struct matrix *m,
                      size_t i, struct buffer *b)
{
    const char *token = token_at(m, i);

    row_cell_size(b, &self->chosen.session.settings, i);
    row_cell_text(b, &self->chosen.session.settings, token, strlen(token));
}

/* Of pairs: which text the query and the key belong to, after the columns that
 * are there of one text, too. */
static void put_segments(const struct attention *self, const struct matrix *m,
                         size_t query, size_t key, struct buffer *b)
{
    const char *segments = m->result->segments;

    if (segments == NULL)
        return;
    row_cell_text(b, &self->chosen.session.settings, segments + query,
                  segments[query] != '\0');
    row_cell_text(b, &self->chosen.session.settings, segments + key,
                  segments[key] != '\0');
}

/* A row for each query and each of its keys that the filters leave. */
static void print_tidy(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    struct buffer *b = &out->rows;
    size_t *keys = malloc(m->n * sizeof(*keys));

    if (keys == NULL)
        b->failed = true;
    for (size_t q = 0; q < m->n && keys != NULL; q++) {
        const float *row = m->data + q * m->row;
        size_t n = attention_keys(self, m->result, row, q, keys);

        for (size_t i = 0; i < n; i++) {
            put_place(self, m, b);
            put_label(self, m, q, b);
            put_label(self, m, keys[i], b);
            row_cell_float(b, &self->chosen.session.settings, row[keys[i]]);
            put_segments(self, m, q, keys[i], b);
            buffer_putc(b, '\n');
            output_spill(out);
        }
    }
    free(keys);
}

/* A row for each position. */
static void print_vectors(const struct attention *self, const struct matrix *m,
                          struct output *out)
{
    struct buffer *b = &out->rows;

    for (size_t q = 0; q < m->n; q++) {
        put_place(self, m, b);
        put_label(self, m, q, b);
        for (size_t k = 0; k < m->row; k++)
            row_cell_float(b, &self->chosen.session.settings,
                           m->data[q * m->row + k]);
        buffer_putc(b, '\n');
        output_spill(out);
    }
}

/* A block: what it is in the corner, tokens above and at the left. */
static void print_wide(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    const struct shared *s = &self->chosen.session.settings;
    struct buffer *b = &out->rows;

    buffer_printf(b, "record %zu window %zu", m->item->record.index,
                  m->item->window);
    attention_put_place(self, m->layer, m->head, b);
    if (attention_is_vector(self))
        row_numbered(b, s, 'd', m->row);
    for (size_t k = 0; !attention_is_vector(self) && k < m->row; k++)
        row_cell_text(b, s, token_at(m, k), strlen(token_at(m, k)));
    buffer_putc(b, '\n');
    for (size_t q = 0; q < m->n; q++) {
        const char *token = token_at(m, q);

        buffer_quote(b, s->format, token, strlen(token));
        for (size_t k = 0; k < m->row; k++)
            row_cell_float(b, s, m->data[q * m->row + k]);
        buffer_putc(b, '\n');
        output_spill(out);
    }
    buffer_putc(b, '\n');
}

/* ---------------------------------------------------------------- jsonl */

/* Numbers bare, words quoted. */
static void put_names(const struct attention *self, struct buffer *b,
                      const char *key, size_t n,
                      void (*put)(const struct attention *, size_t,
                                  struct buffer *))
{
    buffer_printf(b, ",\"%s\":[", key);
    for (size_t i = 0; i < n; i++) {
        size_t start = b->size + (i > 0);

        buffer_between(b, i, ',');
        put(self, i, b);
        if (b->failed || (b->data[start] >= '0' && b->data[start] <= '9'))
            continue;
        b->size = start;
        buffer_putc(b, '"');
        put(self, i, b);
        buffer_putc(b, '"');
    }
    buffer_putc(b, ']');
}

static void put_tokens(const struct matrix *m, struct buffer *b)
{
    buffer_puts(b, ",\"tokens\":[");
    for (size_t i = 0; i < m->n; i++) {
        const char *token = token_at(m, i);

        buffer_between(b, i, ',');
        buffer_json(b, token, strlen(token));
    }
    buffer_putc(b, ']');
    for (size_t i = 0; m->result->segments != NULL && i < m->n; i++) {
        buffer_puts(b, i > 0 ? "," : ",\"segments\":[");
        buffer_json(b, m->result->segments + i, m->result->segments[i] != '\0');
    }
    if (m->result->segments != NULL)
        buffer_putc(b, ']');
}

/* [[..],[..]] */
static void put_matrix(const struct attention *self, const struct matrix *m,
                       struct output *out)
{
    struct buffer *b = &out->rows;

    buffer_putc(b, '[');
    for (size_t q = 0; q < m->n; q++) {
        buffer_puts(b, q > 0 ? ",[" : "[");
        buffer_json_floats(b, m->data + q * m->row, m->row,
                           self->chosen.session.settings.digits);
        buffer_putc(b, ']');
        output_spill(out);
    }
    buffer_putc(b, ']');
}

static void print_object(const struct attention *self, struct matrix m,
                         struct output *out)
{
    struct buffer *b = &out->rows;
    bool stage = attention_is_stage(self);
    size_t size = m.n * m.row;

    row_begin(b, &self->chosen.session.settings, m.item);
    row_counts(b, m.item, m.item->windows[m.item->window].n_tokens);
    buffer_printf(b, ",\"window\":%zu", m.item->window);
    put_tokens(&m, b);
    put_names(self, b, "layers", m.result->n_layers, attention_put_layer);
    if (!stage)
        put_names(self, b, "heads", m.result->n_heads, attention_put_head);
    buffer_puts(b, ",\"");
    attention_put_name(self, b);
    buffer_puts(b, "\":[");
    for (size_t l = 0; l < m.result->n_layers; l++) {
        buffer_puts(b, l > 0 ? "," : "");
        buffer_puts(b, stage ? "" : "[");
        for (size_t h = 0; h < m.result->n_heads; h++) {
            buffer_between(b, h, ',');
            put_matrix(self, &m, out);
            m.data += size;
        }
        buffer_puts(b, stage ? "" : "]");
    }
    buffer_putc(b, ']');
    row_end(b, &self->chosen.session.settings);
}

/* ------------------------------------------------------------------ ops */

static void print_array(const struct attention *self, const struct matrix *m,
                        struct output *out)
{
    const struct attention_result *r = m->result;
    size_t heads[4] = {r->n_layers, r->n_heads, m->n, m->row};
    size_t layers[3] = {r->n_layers, m->n, m->row};
    const size_t *shape = attention_is_stage(self) ? layers : heads;
    size_t rank = attention_is_stage(self) ? 3 : 4;
    char name[ROW_MEMBER];

    if (out->npz != NULL) {
        row_member(name, &self->chosen.session.settings, m->item);
        if (!npz_add(out->npz, name, shape, rank, m->data))
            out->failed = true;
        return;
    }
    if (self->chosen.session.settings.format == FORMAT_NPY)
        npy_header(&out->rows, shape, rank);
    buffer_put(&out->rows, m->data,
               r->n_layers * r->n_heads * m->n * m->row * sizeof(float));
}

static void print_heads(const struct attention *self, struct matrix m,
                        struct output *out)
{
    for (size_t l = 0; l < m.result->n_layers; l++)
        for (size_t h = 0; h < m.result->n_heads; h++) {
            m.layer = l;
            m.head = h;
            if (self->chosen.session.settings.format == FORMAT_TEXT)
                print_text(self, &m, out);
            else if (self->wide)
                print_wide(self, &m, out);
            else if (attention_is_vector(self))
                print_vectors(self, &m, out);
            else
                print_tidy(self, &m, out);
            m.data += m.n * m.row;
        }
}

void attention_print(void *arg, const struct item *item, struct output *out)
{
    const struct attention *self = arg;
    const struct attention_result *r = item->results[item->window];
    struct matrix m = {
        .item = item, .result = r, .n = r->n, .row = r->row, .data = r->data};

    if (format_in(self->chosen.session.settings.format,
                  FORMATS_PICTURE | 1 << FORMAT_SVG))
        attention_draw(self, item, out);
    else if (format_in(self->chosen.session.settings.format, FORMATS_NUMBERS))
        print_array(self, &m, out);
    else if (self->chosen.session.settings.format == FORMAT_JSONL)
        print_object(self, m, out);
    else
        print_heads(self, m, out);
}

#define MATRIX "window,layer,head,query,query_token,key,key_token"

/* Numbers of a vector. */
static size_t dimensions(const struct attention *self)
{
    return berth_attention_width(self->chosen.session.model,
                                 (enum berth_attention_part)self->what, 0);
}

static const char *names(const struct attention *self)
{
    if (attention_is_stage(self))
        return "window,layer,position,token";
    if (attention_is_vector(self))
        return "window,layer,head,position,token";
    return self->what == BERTH_ATTENTION_SCORES  ? MATRIX ",score"
           : self->what == BERTH_ATTENTION_NORMS ? MATRIX ",norm"
                                                 : MATRIX ",weight";
}

void attention_header(void *arg, struct output *out)
{
    const struct attention *self = arg;
    const struct shared *s = &self->chosen.session.settings;
    struct buffer *b = &out->rows;

    /* In pictures, row_begin() and cells_put() remove control characters. */
    if (format_in(s->format, FORMATS_PICTURE) &&
        self->screen.color != SCREEN_PLAIN)
        sink_raw(out->sink);
    if (self->wide || !row_header(b, s, names(self)))
        return;
    if (attention_is_vector(self)) {
        row_numbered(b, s, 'd', dimensions(self));
    } else if (row_has_pairs(s)) {
        row_cell_text(b, s, "query_segment", strlen("query_segment"));
        row_cell_text(b, s, "key_segment", strlen("key_segment"));
    }
    buffer_putc(b, '\n');
}

void attention_print_failed(void *arg, const struct item *item,
                            struct output *out)
{
    const struct attention *self = arg;
    const struct shared *s = &self->chosen.session.settings;
    struct buffer *b = &out->rows;
    size_t n = attention_is_vector(self)
                   ? 5 - attention_is_stage(self) + dimensions(self)
                   : 8 + (row_has_pairs(s) ? 2 : 0);

    if (format_is_table(s->format) && self->wide) {
        buffer_printf(b, "record %zu\n", item->record.index);
    } else {
        row_failed(b, s, item, n);
    }
    if (self->wide || s->format == FORMAT_TEXT ||
        format_in(s->format, FORMATS_PICTURE))
        buffer_putc(b, '\n');
}
