/*
 * embed_rows.c - vectors of texts and of tokens, in every format.
 */
#include "cli/meaning/embed.h"

#include <math.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

/* What comes before the numbers of a vector, and after them. */
static void begin_vector(const struct embed *self, const struct item *item,
                         struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;

    if (format_in(s->format, FORMATS_RAW))
        return;
    row_begin(b, s, item);
    if (s->format == FORMAT_JSONL) {
        row_counts(b, item, row_n_used(item));
        buffer_puts(b, ",\"embedding\":[");
    } else if (s->format != FORMAT_TEXT) {
        row_cell(b, s);
    }
}

static const char *behind_vector(const struct shared *s)
{
    if (s->format == FORMAT_JSONL)
        return s->input.merge != NULL ? "]}}\n" : "]}\n";
    return format_in(s->format, FORMATS_RAW) ? "" : "\n";
}

static void put_vector(struct embed *self, struct buffer *b, const float *x)
{
    const struct shared *s = &self->vectors.session.settings;

    if (self->vector_type != BERTH_VECTOR_F32)
        quantized_put(&self->quantized, b, s, x);
    else if (format_in(s->format, FORMATS_RAW))
        buffer_put(b, x, self->vectors.size * sizeof(*x));
    else if (s->format == FORMAT_JSONL)
        buffer_json_floats(b, x, self->vectors.size, s->digits);
    else
        buffer_floats(b, x, self->vectors.size, s->digits,
                      format_between(s->format));
}

static void print_vector(struct embed *self, const struct item *item,
                         struct output *out)
{
    const float *x = item->results[0];
    struct quantized *q = &self->quantized;
    struct buffer *b = &out->rows;

    if (q->from_data) {
        buffer_clear(&q->prefix);
        begin_vector(self, item, &q->prefix);
        out->failed = !quantized_keep(q, &q->prefix, x) || out->failed;
    } else {
        begin_vector(self, item, b);
        put_vector(self, b, x);
        buffer_puts(b, behind_vector(&self->vectors.session.settings));
    }
}

static void print_token_rows(const struct embed *self, const struct item *item,
                             struct output *out)
{
    const struct shared *s = &self->vectors.session.settings;
    const struct berth_window *w = &item->windows[item->window];
    const size_t size = self->vectors.size;
    const float *x = item->results[item->window];
    struct buffer *b = &out->rows;

    for (size_t i = 0; i < w->n_tokens; i++, x += size) {
        size_t k = w->start + i;
        const char *token =
            berth_token_text(self->vectors.session.model, item->ids[k]);

        row_begin(b, s, item);
        if (s->format == FORMAT_TEXT) {
            buffer_tsv(b, token, strlen(token));
            buffer_putc(b, ' ');
        } else {
            row_cell_size(b, s, item->window);
            row_cell_size(b, s, i);
            row_cell_text(b, s, token, strlen(token));
            row_cell_size(b, s, item->offsets[k].begin);
            row_cell_size(b, s, item->offsets[k].end);
            row_cell(b, s);
        }
        buffer_floats(b, x, size, s->digits, format_between(s->format));
        buffer_putc(b, '\n');
        output_spill(out);
    }
}

static void print_token_object(const struct embed *self,
                               const struct item *item, struct output *out)
{
    const struct shared *s = &self->vectors.session.settings;
    const struct berth_window *w = &item->windows[item->window];
    const size_t size = self->vectors.size;
    const float *x = item->results[item->window];
    struct buffer *b = &out->rows;

    row_begin(b, s, item);
    row_counts(b, item, w->n_tokens);
    if (s->overflow == OVERFLOW_WINDOW)
        buffer_printf(b, ",\"window\":%zu", item->window);
    row_tokens(b, self->vectors.session.model, item, w->start,
               w->start + w->n_tokens);
    row_offsets(b, item, w->start, w->start + w->n_tokens);
    buffer_puts(b, ",\"embeddings\":[");
    for (size_t i = 0; i < w->n_tokens; i++, x += size) {
        buffer_puts(b, i > 0 ? ",[" : "[");
        buffer_json_floats(b, x, size, s->digits);
        buffer_putc(b, ']');
        output_spill(out);
    }
    buffer_putc(b, ']');
    row_end(b, s);
}

static void print_tokens(const struct embed *self, const struct item *item,
                         struct output *out)
{
    const int format = self->vectors.session.settings.format;
    size_t shape[2] = {item->windows[item->window].n_tokens,
                       self->vectors.size};

    if (format == FORMAT_JSONL) {
        print_token_object(self, item, out);
    } else if (!format_in(format, FORMATS_RAW)) {
        print_token_rows(self, item, out);
    } else {
        if (format == FORMAT_NPY)
            npy_header(&out->rows, shape, 2);
        buffer_put(&out->rows, item->results[item->window],
                   shape[0] * shape[1] * sizeof(float));
    }
}

void embed_print(void *arg, const struct item *item, struct output *out)
{
    struct embed *self = arg;

    if (self->tokens)
        print_tokens(self, item, out);
    else
        print_vector(self, item, out);
}

size_t embed_n_columns(const struct embed *self)
{
    return self->vector_type != BERTH_VECTOR_F32 ? self->quantized.n_bytes
                                                 : self->vectors.size;
}

void embed_header(void *arg, struct output *out)
{
    const struct embed *self = arg;
    const struct shared *s = &self->vectors.session.settings;
    struct buffer *b = &out->rows;

    if (!row_header(b, s,
                    self->tokens ? "window,position,token,begin,end" : NULL))
        return;
    row_numbered(b, s, 'v', embed_n_columns(self));
    buffer_putc(b, '\n');
}

/* Numbers of a failed record: NaN, or 0 where there is none. */
static void put_nothing(const struct embed *self, struct buffer *b)
{
    const float none = NAN;

    for (size_t i = 0; i < embed_n_columns(self); i++)
        if (self->vector_type != BERTH_VECTOR_F32)
            buffer_putc(b, 0);
        else
            buffer_put(b, &none, sizeof(none));
}

void embed_print_failed(void *arg, const struct item *item, struct output *out)
{
    struct embed *self = arg;
    const struct shared *s = &self->vectors.session.settings;
    struct quantized *q = &self->quantized;
    struct buffer *b = q->from_data ? &q->prefix : &out->rows;

    if (q->from_data)
        buffer_clear(b);
    row_failed(b, s, item, embed_n_columns(self) + (self->tokens ? 5 : 0));
    if (format_in(s->format, FORMATS_RAW) && !self->tokens)
        put_nothing(self, b);
    if (q->from_data && !quantized_keep(q, b, NULL))
        out->failed = true;
}

/* Vectors that waited for their ranges. */
void embed_footer(void *arg, struct output *out)
{
    struct embed *self = arg;
    const struct shared *s = &self->vectors.session.settings;
    struct quantized *q = &self->quantized;

    if (q->from_data && !quantized_replay(q, s, behind_vector(s), out))
        out->failed = true;
    if (self->save_ranges == NULL || out->failed || !out->all_read)
        return;
    if (q->from_data && q->n_vectors == 0)
        message_error("--save-ranges: there was no vector to take them from");
    else
        self->saved = quantized_save(q, self->save_ranges);
    out->failed = self->saved == NULL;
}

/* Ranges change only together with the vectors that they belong to. */
bool embed_closed(void *arg, bool whole)
{
    struct embed *self = arg;

    return sink_close(self->saved, whole);
}
