/*
 * embed_rows.c - vectors of texts and of windows, in every format.
 */
#include "cli/meaning/embed.h"

#include <math.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/output/number.h"
#include "cli/stream/row.h"

size_t embed_n_columns(const struct embed *self)
{
    return self->vector_type != BERTH_VECTOR_F32 ? self->quantized.n_bytes
                                                 : self->vectors.size;
}

/* ------------------------------------------------------------- one vector */

/* What stands around the numbers of a vector: nothing, or the brackets of a
 * list, which csv puts into quotes for its commas. */
static const char *opening(const struct embed *self)
{
    const int format = self->vectors.session.settings.format;

    if (self->list)
        return format == FORMAT_CSV ? "\"[" : "[";
    return format == FORMAT_JSONL ? "[" : "";
}

static const char *closing(const struct embed *self)
{
    const int format = self->vectors.session.settings.format;

    if (self->list)
        return format == FORMAT_CSV ? "]\"" : "]";
    return format == FORMAT_JSONL ? "]" : "";
}

void embed_put_vector(const struct embed *self, struct buffer *b,
                      const float *x)
{
    const struct shared *s = &self->vectors.session.settings;
    const size_t n = self->vectors.size;

    if (format_in(s->format, FORMATS_RAW)) {
        buffer_put(b, x, n * sizeof(*x));
        return;
    }
    buffer_puts(b, opening(self));
    if (s->format == FORMAT_JSONL)
        buffer_json_floats(b, x, n, s->digits);
    else
        buffer_floats(b, x, n, s->digits,
                      self->list ? ',' : format_between(s->format));
    buffer_puts(b, closing(self));
}

/* ------------------------------------------------------------------- rows */

/* The window's part of the text: from its first token to its last, without
 * those of the prompt and those around the text. */
static struct berth_span span_of(const struct item *item)
{
    const struct berth_window *w = &item->windows[item->window];
    struct berth_span span = {0, 0};
    bool any = false;

    for (size_t i = w->n_prompt; i < w->n_tokens; i++) {
        const struct berth_span *token = &item->offsets[w->start + i];

        if (item->special[w->start + i])
            continue;
        if (!any)
            span.begin = token->begin;
        span.end = token->end;
        any = true;
    }
    return span;
}

/* A number before those of the vector: in jsonl a member of the object. */
static void put_place(struct buffer *b, const struct shared *s, const char *key,
                      size_t n)
{
    if (s->format == FORMAT_JSONL)
        buffer_printf(b, ",\"%s\":%zu", key, n);
    else if (s->format == FORMAT_TEXT)
        buffer_printf(b, "%zu\t", n);
    else
        row_cell_size(b, s, n);
}

/* With --windows, what --keep keeps is the window's part. */
static void begin_window(const struct embed *self, const struct item *item,
                         struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;
    const struct berth_span span = span_of(item);
    struct item part = *item;

    part.record.text.data += span.begin;
    part.record.text.size = span.end - span.begin;
    row_begin(b, s, &part);
    if (s->format == FORMAT_JSONL)
        row_counts(b, item, item->windows[item->window].n_tokens);
    put_place(b, s, "window", item->window);
    put_place(b, s, "begin", span.begin);
    put_place(b, s, "end", span.end);
}

/* What comes before the numbers of a vector, or of a vector of each state. */
static void begin_row(const struct embed *self, const struct item *item,
                      struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;

    if (format_in(s->format, FORMATS_RAW))
        return;
    if (self->windows) {
        begin_window(self, item, b);
        return;
    }
    row_begin(b, s, item);
    if (s->format == FORMAT_JSONL)
        row_counts(b, item, row_n_used(item));
}

/* The place of a vector in a row that was begun. */
static void begin_vector(const struct embed *self, struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;

    if (s->format == FORMAT_JSONL)
        buffer_puts(b, ",\"embedding\":");
    else if (format_is_table(s->format))
        row_cell(b, s);
}

static void end_row(const struct embed *self, struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;

    if (s->format == FORMAT_JSONL)
        row_end(b, s);
    else if (!format_in(s->format, FORMATS_RAW))
        buffer_putc(b, '\n');
}

/* In fewer bits. Where the ranges are not known yet the row waits for them. */
static void print_quantized(struct embed *self, const struct item *item,
                            const float *x, struct output *out)
{
    const struct shared *s = &self->vectors.session.settings;
    struct quantized *q = &self->quantized;
    struct buffer *b = q->from_data ? &q->prefix : &out->rows;

    if (q->from_data)
        buffer_clear(b);
    begin_row(self, item, b);
    begin_vector(self, b);
    buffer_puts(b, opening(self));
    if (q->from_data) {
        out->failed = !quantized_keep(q, b, x) || out->failed;
        return;
    }
    quantized_put(q, b, s, x);
    buffer_puts(b, closing(self));
    end_row(self, b);
}

/* jsonl: all states in one object. */
static void print_states_object(const struct embed *self,
                                const struct item *item, const float *x,
                                struct buffer *b)
{
    begin_row(self, item, b);
    embed_put_states(self, b);
    for (size_t s = 0; s < self->states.n; s++, x += self->vectors.size) {
        buffer_between(b, s, ',');
        embed_put_vector(self, b, x);
    }
    buffer_putc(b, ']');
    end_row(self, b);
}

/* text, csv, tsv: a row of each state; npy, f32: one after another. */
static void print_states(const struct embed *self, const struct item *item,
                         const float *x, struct buffer *b)
{
    const struct shared *settings = &self->vectors.session.settings;

    for (size_t s = 0; s < self->states.n; s++, x += self->vectors.size) {
        begin_row(self, item, b);
        if (self->states.n > 1 && !format_in(settings->format, FORMATS_RAW))
            put_place(b, settings, "hidden_state", self->states.items[s]);
        begin_vector(self, b);
        embed_put_vector(self, b, x);
        end_row(self, b);
    }
}

void embed_print(void *arg, const struct item *item, struct output *out)
{
    struct embed *self = arg;
    const int format = self->vectors.session.settings.format;
    const float *x = item->results[self->windows ? item->window : 0];

    if (self->tokens)
        embed_print_tokens(self, item, out);
    else if (self->vector_type != BERTH_VECTOR_F32)
        print_quantized(self, item, x, out);
    else if (self->states.n > 1 && format == FORMAT_JSONL)
        print_states_object(self, item, x, &out->rows);
    else
        print_states(self, item, x, &out->rows);
}

/* ------------------------------------------------------- around the rows */

/* The columns before the numbers. */
static const char *places(const struct embed *self)
{
    return self->tokens    ? "window,position,token,begin,end"
           : self->windows ? "window,begin,end"
                           : NULL;
}

void embed_header(void *arg, struct output *out)
{
    const struct embed *self = arg;
    const struct shared *s = &self->vectors.session.settings;
    struct buffer *b = &out->rows;

    if (!row_header(b, s, places(self)))
        return;
    if (self->states.n > 1)
        row_cell_text(b, s, "hidden_state", strlen("hidden_state"));
    if (self->list)
        row_cell_text(b, s, "embedding", strlen("embedding"));
    else
        row_numbered(b, s, 'v', embed_n_columns(self));
    buffer_putc(b, '\n');
}

/* Cells of a failed record. */
static size_t n_cells(const struct embed *self)
{
    size_t before = self->tokens ? 5 : self->windows ? 3 : 0;

    return before + (self->states.n > 1) +
           (self->list ? 1 : embed_n_columns(self));
}

/* Numbers of a failed record: NaN, or 0 where there is none. */
static void put_nothing(const struct embed *self, struct buffer *b)
{
    const float none = NAN;

    for (size_t i = 0; i < self->states.n * embed_n_columns(self); i++)
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
    row_failed(b, s, item, n_cells(self));
    if (format_in(s->format, FORMATS_RAW) && !self->tokens)
        put_nothing(self, b);
    if (q->from_data && !quantized_keep(q, b, NULL))
        out->failed = true;
}

/* Vectors that waited for their ranges. */
static bool replay(struct embed *self, struct output *out)
{
    struct buffer after = {0};

    buffer_puts(&after, closing(self));
    end_row(self, &after);
    buffer_putc(&after, '\0');
    bool ok = !after.failed || message_error("out of memory");

    ok = ok &&
         quantized_replay(&self->quantized, &self->vectors.session.settings,
                          after.data, out);
    buffer_free(&after);
    return ok;
}

void embed_footer(void *arg, struct output *out)
{
    struct embed *self = arg;
    struct quantized *q = &self->quantized;

    if (q->from_data && !replay(self, out))
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
