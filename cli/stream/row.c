/*
 * row.c - the beginning of rows, and the cells that all commands share.
 */
#include "cli/stream/row.h"

#include <stdio.h>
#include <string.h>

#include "cli/base/utf8.h"
#include "cli/input/input_format.h"
#include "cli/output/base64.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"

/* For people: text and pictures. */
static bool is_text(const struct shared *s)
{
    return format_in(s->format, 1 << FORMAT_TEXT | FORMATS_PICTURE);
}

/* With --input file each file is one record, known by its name. */
static bool has_file(const struct shared *s)
{
    return s->with_filename || (!is_text(s) && (s->input.format == INPUT_FILE ||
                                                input_has_spans(&s->input)));
}

/* Records of several lines are known by their places. */
static bool has_spans(const struct shared *s)
{
    return input_has_spans(&s->input) && !is_text(s);
}

enum {
    N_SPAN = 4
};
static const char *const span_names[N_SPAN] = {"line", "last_line",
                                               "begin_byte", "end_byte"};

static void span_numbers(const struct record *r, size_t out[N_SPAN])
{
    out[0] = r->line;
    out[1] = r->span.last_line;
    out[2] = (size_t)r->span.begin;
    out[3] = (size_t)r->span.end;
}

bool row_has_pairs(const struct shared *s)
{
    return s->input.pair || s->input.field.n > 1;
}

/* Pictures go to a terminal as they are (sink_raw()), with escapes of their
 * own: here a text loses the escapes that it may have. */
static void put_string(struct buffer *b, const struct shared *s,
                       const char *text, size_t size)
{
    size_t start = b->size;

    buffer_quote(b, s->format, text, size);
    if (format_in(s->format, FORMATS_PICTURE))
        buffer_tame_end(b, start);
}

void row_cell(struct buffer *b, const struct shared *s)
{
    buffer_putc(b, format_separator(s->format));
}

void row_cell_text(struct buffer *b, const struct shared *s, const char *text,
                   size_t size)
{
    row_cell(b, s);
    put_string(b, s, text, size);
}

void row_cell_size(struct buffer *b, const struct shared *s, size_t n)
{
    row_cell(b, s);
    buffer_size(b, n);
}

void row_cell_float(struct buffer *b, const struct shared *s, float x)
{
    row_cell(b, s);
    buffer_float(b, x, s->digits);
}

void row_numbered(struct buffer *b, const struct shared *s, char name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        row_cell(b, s);
        buffer_printf(b, "%c%zu", name, i);
    }
}

bool row_header(struct buffer *b, const struct shared *s, const char *columns)
{
    if (!format_is_table(s->format) || s->no_header)
        return false;
    buffer_puts(b, "record");
    if (has_file(s))
        row_cell_text(b, s, "file", 4);
    for (size_t i = 0; has_spans(s) && i < N_SPAN; i++)
        row_cell_text(b, s, span_names[i], strlen(span_names[i]));
    for (size_t i = 0; i < s->input.id.n; i++)
        row_cell_text(b, s, s->input.id.items[i], strlen(s->input.id.items[i]));
    if (s->keep)
        row_cell_text(b, s, "text", 4);
    if (s->keep && row_has_pairs(s))
        row_cell_text(b, s, "text_pair", 9);
    while (columns != NULL && *columns != '\0') {
        size_t n = strcspn(columns, ",");

        row_cell_text(b, s, columns, n);
        columns += n + (columns[n] == ',');
    }
    return true;
}

void row_cells(struct buffer *b, const struct shared *s,
               const struct column *columns, const struct cell *cells)
{
    columns_row(b, s->format, s->digits, columns, cells,
                s->format == FORMAT_TEXT);
    row_end_merged(b, s);
}

static void put_span(struct buffer *b, const struct shared *s,
                     const struct record *r)
{
    size_t span[N_SPAN];

    span_numbers(r, span);
    for (size_t i = 0; i < N_SPAN; i++)
        row_cell_size(b, s, span[i]);
}

/* text and tables: each carried field as cell() wants it. */
static void put_carried(struct buffer *b, const struct shared *s,
                        const struct record *r,
                        void (*cell)(struct buffer *, const struct shared *,
                                     const char *, size_t))
{
    if (has_file(s))
        cell(b, s, r->file, strlen(r->file));
    if (has_spans(s))
        put_span(b, s, r);
    for (size_t i = 0; i < s->input.id.n; i++)
        cell(b, s, r->ids[i].data, r->ids[i].size);
    if (s->keep)
        cell(b, s, r->text.data, r->text.size);
    if (s->keep && row_has_pairs(s))
        cell(b, s, r->pair.data, r->pair.size);
}

static void leading_cell(struct buffer *b, const struct shared *s,
                         const char *text, size_t size)
{
    put_string(b, s, text, size);
    buffer_putc(b, '\t');
}

/* A value of JSONL is repeated as it was. JSON has no word for what is no
 * number, but Python writes NaN and -Infinity: null, as in JavaScript. Nothing
 * at all is the value of a record that could not be read. */
static void put_json_value(struct buffer *b, const struct field *id)
{
    if (id->size == 0 || strchr("NI", id->data[0]) != NULL ||
        (id->size > 1 && id->data[1] == 'I'))
        buffer_puts(b, "null");
    else
        buffer_put(b, id->data, id->size);
}

/* The ids whose bytes JSON cannot hold: where "id" has U+FFFD for them, the
 * bytes can be taken from here. */
static void put_id_bytes(struct buffer *b, const struct shared *s,
                         const struct record *r)
{
    bool any = false;

    for (size_t i = 0; i < s->input.id.n; i++) {
        const struct field *id = &r->ids[i];
        const char *name = s->input.id.items[i];

        if (utf8_count_bad(id->data, id->size) == 0)
            continue;
        buffer_puts(b, any ? "," : ",\"id_base64\":{");
        buffer_json(b, name, strlen(name));
        buffer_puts(b, ":\"");
        buffer_base64(b, (const uint8_t *)id->data, id->size);
        buffer_putc(b, '"');
        any = true;
    }
    if (any)
        buffer_putc(b, '}');
}

/* "id":{"user":17,"name":"a"}: a value that came from JSON stays what it was, a
 * field of csv or tsv becomes a string. */
static void put_id_object(struct buffer *b, const struct shared *s,
                          const struct record *r)
{
    buffer_puts(b, ",\"id\":{");
    for (size_t i = 0; i < s->input.id.n; i++) {
        const char *name = s->input.id.items[i];
        const struct field *id = &r->ids[i];

        buffer_between(b, i, ',');
        buffer_json(b, name, strlen(name));
        buffer_putc(b, ':');
        if (id->json)
            put_json_value(b, id);
        else
            buffer_json(b, id->data, id->size);
    }
    buffer_putc(b, '}');
}

/* {"id":17,"KEY": and the object of the result comes next. */
void row_merge(struct buffer *b, const struct shared *s,
               const struct field *object)
{
    if (s->input.merge == NULL)
        return;
    if (object->size > 0)
        buffer_put(b, object->data, object->size);
    else
        buffer_putc(b, '{');
    buffer_json(b, s->input.merge, strlen(s->input.merge));
    buffer_putc(b, ':');
}

void row_end(struct buffer *b, const struct shared *s)
{
    buffer_puts(b, s->input.merge != NULL ? "}}\n" : "}\n");
}

void row_end_merged(struct buffer *b, const struct shared *s)
{
    if (s->input.merge == NULL || b->failed)
        return;
    b->size--;
    buffer_puts(b, "}\n");
}

static void begin_object(struct buffer *b, const struct shared *s,
                         const struct record *r)
{
    row_merge(b, s, &r->object);
    buffer_puts(b, "{\"record\":");
    buffer_size(b, r->index);
    if (has_file(s)) {
        buffer_putc(b, ',');
        buffer_json_bytes(b, "file", r->file, strlen(r->file));
    }
    size_t span[N_SPAN];

    span_numbers(r, span);
    for (size_t i = 0; has_spans(s) && i < N_SPAN; i++)
        buffer_printf(b, ",\"%s\":%zu", span_names[i], span[i]);
    if (s->input.id.n > 0) {
        put_id_object(b, s, r);
        put_id_bytes(b, s, r);
    }
    if (s->keep) {
        buffer_putc(b, ',');
        buffer_json_bytes(b, "text", r->text.data, r->text.size);
    }
    if (s->keep && r->has_pair) {
        buffer_putc(b, ',');
        buffer_json_bytes(b, "text_pair", r->pair.data, r->pair.size);
    }
}

void row_begin(struct buffer *b, const struct shared *s,
               const struct item *item)
{
    const struct record *r = &item->record;

    if (s->format == FORMAT_JSONL) {
        begin_object(b, s, r);
    } else if (format_is_table(s->format)) {
        buffer_size(b, r->index);
        put_carried(b, s, r, row_cell_text);
    } else {
        put_carried(b, s, r, leading_cell);
    }
}

void row_member(char name[ROW_MEMBER], const struct shared *s,
                const struct item *item)
{
    if (s->overflow == OVERFLOW_WINDOW)
        snprintf(name, ROW_MEMBER, "r%zu_w%zu", item->record.index,
                 item->window);
    else
        snprintf(name, ROW_MEMBER, "r%zu", item->record.index);
}

void row_counts(struct buffer *b, const struct item *item, size_t n_tokens)
{
    buffer_puts(b, ",\"n_tokens\":");
    buffer_size(b, n_tokens);
    buffer_puts(b, item->truncated ? ",\"truncated\":true"
                                   : ",\"truncated\":false");
    if (item->n_unknown > 0)
        buffer_printf(b, ",\"n_unknown\":%zu", item->n_unknown);
    if (item->n_invalid > 0)
        buffer_printf(b, ",\"n_invalid\":%zu", item->n_invalid);
}

/* A failed record has a row, so that row N of the output belongs to record N of
 * the input. Formats of numbers only have no way to say so; their commands
 * print NaN or 0 in its place. */
void row_failed(struct buffer *b, const struct shared *s,
                const struct item *item, size_t n_empty)
{
    const char *error = item->record.error;

    if (format_in(s->format, FORMATS_BARE))
        return;
    row_begin(b, s, item);
    if (is_text(s)) {
        buffer_putc(b, '!');
    } else if (s->format == FORMAT_JSONL) {
        buffer_puts(b, ",\"error\":");
        buffer_json(b, error, strlen(error));
        row_end(b, s);
        return;
    } else {
        for (size_t i = 0; i < n_empty; i++)
            row_cell(b, s);
    }
    buffer_putc(b, '\n');
}

void row_tokens(struct buffer *b, const struct berth_model *model,
                const struct item *item, size_t begin, size_t end)
{
    buffer_puts(b, ",\"tokens\":[");
    for (size_t i = begin; i < end; i++) {
        const char *token = berth_token_text(model, item->ids[i]);

        buffer_between(b, i - begin, ',');
        buffer_json(b, token, strlen(token));
    }
    buffer_putc(b, ']');
}

void row_offset(struct buffer *b, const struct item *item, size_t i)
{
    buffer_putc(b, '[');
    buffer_size(b, item->offsets[i].begin);
    buffer_putc(b, ',');
    buffer_size(b, item->offsets[i].end);
    buffer_putc(b, ']');
}

void row_offsets(struct buffer *b, const struct item *item, size_t begin,
                 size_t end)
{
    buffer_puts(b, ",\"offsets\":[");
    for (size_t i = begin; i < end; i++) {
        buffer_between(b, i - begin, ',');
        row_offset(b, item, i);
    }
    buffer_putc(b, ']');
}

/* Of several windows none is cut, and together they have every token of the
 * text; n_tokens counts a shared one several times. */
size_t row_n_used(const struct item *item)
{
    return item->n_windows > 1 ? item->n_full : item->n_tokens;
}
