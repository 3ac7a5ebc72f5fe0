/*
 * view_page.c - the page of view: its program, page/page.html, linked in whole,
 * and after it a JSON object for each record.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inside/view.h"
#include "cli/output/base64.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

/* From the assembly that the Makefile writes. */
extern const char view_page[];
extern const uint64_t view_page_size;

uint8_t view_byte(float weight)
{
    float byte = weight > 0 ? 255.0f + 16.0f * log2f(weight) : 0;

    if (!(byte >= 0.5f))
        return 0;
    return byte < 255 ? (uint8_t)lroundf(byte) : 255;
}

/* JSON within a script element: "<" would begin an end tag or a comment. */
static void put_escaped(struct buffer *b, const struct buffer *json)
{
    const char *s = json->data;
    const char *end = s + json->size;

    if (json->failed)
        b->failed = true;
    while (s < end && !b->failed) {
        const char *tag = memchr(s, '<', (size_t)(end - s));

        buffer_put(b, s, (size_t)((tag != NULL ? tag : end) - s));
        if (tag == NULL)
            break;
        buffer_puts(b, "\\u003c");
        s = tag + 1;
    }
}

void view_header(void *arg, struct output *out)
{
    const struct view *self = arg;
    const char *path = self->chosen.session.facts->path;
    const char *slash = strrchr(path, '/');
    struct buffer json = {0};

    buffer_put(&out->rows, view_page, (size_t)view_page_size);
    buffer_puts(&json, "{\"berth\":\"" BERTH_VERSION_STRING "\",\"model\":");
    if (slash != NULL && slash[1] != '\0')
        path = slash + 1;
    buffer_json(&json, path, strlen(path));
    buffer_putc(&json, '}');
    buffer_puts(&out->rows, "<script type=\"application/json\" id=\"about\">");
    put_escaped(&out->rows, &json);
    buffer_puts(&out->rows, "</script>\n");
    buffer_free(&json);
}

void view_footer(void *arg, struct output *out)
{
    (void)arg;
    buffer_puts(&out->rows, "</body>\n</html>\n");
}

/* ---------------------------------------------------------------- record */

/* The text before token i, and the text of the token itself. */
static void put_word(struct buffer *b, const struct item *item,
                     const struct berth_window *w, size_t i, size_t *end)
{
    const struct record *r = &item->record;
    size_t at = w->start + i;
    const struct berth_span *span = &item->offsets[at];
    const struct field *of = item_is_second(item, at) ? &r->pair : &r->text;
    const char *text = of->data;
    bool in_text = !item->special[at] && span->end > span->begin;

    buffer_puts(b, i > 0 ? ",[" : "[");
    if (in_text && *end == SIZE_MAX)
        *end = span->begin;
    if (in_text && span->begin > *end)
        buffer_json(b, text + *end, span->begin - *end);
    else
        buffer_puts(b, "\"\"");
    buffer_putc(b, ',');
    if (in_text)
        buffer_json(b, text + span->begin, span->end - span->begin);
    else
        buffer_puts(b, "\"\"");
    buffer_putc(b, ']');
    if (in_text)
        *end = span->end;
}

static void put_words(struct buffer *b, const struct item *item,
                      const struct berth_window *w)
{
    /* A later window begins somewhere in the text. */
    size_t end = w->start > 0 ? SIZE_MAX : 0;

    buffer_puts(b, ",\"words\":[");
    for (size_t i = 0; i < w->n_tokens; i++) {
        size_t at = w->start + i;

        if (i > 0 && item_is_second(item, at) != item_is_second(item, at - 1))
            end = w->start > 0 ? SIZE_MAX : 0;
        put_word(b, item, w, i, &end);
    }
    buffer_putc(b, ']');
}

static void put_flags(struct buffer *b, const struct berth_model *model,
                      const struct item *item, const struct berth_window *w)
{
    buffer_puts(b, ",\"types\":[");
    buffer_ints(b, item->type_ids + w->start, w->n_tokens, ',');
    buffer_puts(b, "],\"special\":[");
    for (size_t i = 0; i < w->n_tokens; i++)
        buffer_printf(b, i > 0 ? ",%d" : "%d",
                      item->special[w->start + i] ? 1 : 0);
    struct berth_token before = {.special = true};

    buffer_puts(b, "],\"continues\":[");
    for (size_t i = 0; i < w->n_tokens; i++) {
        struct berth_token token;

        berth_token_get(model, item->ids[w->start + i], &token);
        buffer_printf(b, i > 0 ? ",%d" : "%d",
                      berth_token_joined(&before, &token) ? 1 : 0);
        before = token;
    }
    buffer_putc(b, ']');
}

static void put_numbers(struct buffer *b, const char *key,
                        const struct number_list *list)
{
    buffer_printf(b, ",\"%s\":[", key);
    for (size_t i = 0; i < list->n; i++)
        buffer_printf(b, i > 0 ? ",%zu" : "%zu", list->items[i]);
    buffer_putc(b, ']');
}

/* A string of n * n bytes for each head. */
static void put_weights(struct output *out, const float *weights,
                        size_t n_matrices, size_t size)
{
    struct buffer *b = &out->rows;
    uint8_t *bytes = malloc(size);

    if (bytes == NULL)
        b->failed = true;
    for (size_t i = 0; i < n_matrices && bytes != NULL; i++) {
        for (size_t k = 0; k < size; k++)
            bytes[k] = view_byte(weights[i * size + k]);
        buffer_puts(b, i > 0 ? ",\"" : "\"");
        buffer_base64(b, bytes, size);
        buffer_putc(b, '"');
        output_spill(out);
    }
    free(bytes);
}

static void begin_record(struct buffer *b)
{
    buffer_puts(b, "<script type=\"application/json\" class=\"record\">");
}

void view_print(void *arg, const struct item *item, struct output *out)
{
    const struct view *self = arg;
    const struct berth_window *w = &item->windows[item->window];
    struct buffer json = {0};

    row_begin(&json, &self->chosen.session.settings, item);
    row_counts(&json, item, w->n_tokens);
    buffer_printf(&json, ",\"window\":%zu", item->window);
    row_tokens(&json, self->chosen.session.model, item, w->start,
               w->start + w->n_tokens);
    put_words(&json, item, w);
    put_flags(&json, self->chosen.session.model, item, w);
    put_numbers(&json, "layers", &self->chosen.layers);
    put_numbers(&json, "heads", &self->chosen.heads);
    begin_record(&out->rows);
    put_escaped(&out->rows, &json);
    buffer_puts(&out->rows, ",\"weights\":[");
    put_weights(out, item->results[item->window],
                self->chosen.layers.n * self->chosen.heads.n,
                w->n_tokens * w->n_tokens);
    buffer_puts(&out->rows, "]}</script>\n");
    buffer_free(&json);
}

void view_print_failed(void *arg, const struct item *item, struct output *out)
{
    const struct view *self = arg;
    struct buffer json = {0};

    row_failed(&json, &self->chosen.session.settings, item, 0);
    if (json.size > 0)
        json.size--; /* its line end */
    begin_record(&out->rows);
    put_escaped(&out->rows, &json);
    buffer_puts(&out->rows, "</script>\n");
    buffer_free(&json);
}
