/*
 * tag_rows.c - the rows of tag: an entity each, or the text with its entities
 * marked.
 */
#include "cli/labels/tag.h"

#include <string.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

/* The form of the CoNLL tasks, and that of tables. */
static const struct column for_people[] = {
    {"text", COLUMN_TEXT, 0},   {"label", COLUMN_TEXT, 0},
    {"score", COLUMN_FLOAT, 0}, {"begin", COLUMN_SIZE, 0},
    {"end", COLUMN_SIZE, 0},    {0}};
static const struct column of_table[] = {
    {"begin", COLUMN_SIZE, 0}, {"end", COLUMN_SIZE, 0},
    {"label", COLUMN_TEXT, 0}, {"score", COLUMN_FLOAT, 0},
    {"text", COLUMN_TEXT, 0},  {0}};
/* --keep has the name already. */
static const struct column of_table_kept[] = {
    {"begin", COLUMN_SIZE, 0}, {"end", COLUMN_SIZE, 0},
    {"label", COLUMN_TEXT, 0}, {"score", COLUMN_FLOAT, 0},
    {"word", COLUMN_TEXT, 0},  {0}};

const struct column *tag_columns(const struct tag *self)
{
    const struct shared *s = &self->session.settings;

    if (!format_is_table(s->format))
        return for_people;
    return s->keep ? of_table_kept : of_table;
}

static void print_row(const struct tag *self, const struct item *item,
                      const struct entity *e, struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct cell text = {item->record.text.data + e->span.begin,
                              .size = e->span.end - e->span.begin};
    const struct cell label = {e->label, .size = strlen(e->label)};
    const struct cell score = {.x = (double)e->score};
    const struct cell begin = {.size = e->span.begin};
    const struct cell end = {.size = e->span.end};

    row_begin(b, s, item);
    row_cells(b, s, tag_columns(self),
              s->format == FORMAT_TEXT
                  ? (const struct cell[]){text, label, score, begin, end}
                  : (const struct cell[]){begin, end, label, score, text});
}

static void put_entity(const struct tag *self, const struct entity *e,
                       struct buffer *b)
{
    const bool none = self->aggregation == AGGREGATION_NONE;

    buffer_putc(b, '{');
    buffer_json_bytes(b, none ? "entity" : "entity_group", e->label,
                      strlen(e->label));
    buffer_puts(b, ",\"score\":");
    buffer_json_float(b, e->score, self->session.settings.digits);
    if (none)
        buffer_printf(b, ",\"index\":%zu", e->index);
    buffer_putc(b, ',');
    buffer_json_bytes(b, "word", e->word, e->size);
    buffer_printf(b, ",\"start\":%zu,\"end\":%zu}", e->span.begin, e->span.end);
}

static void print_object(const struct tag *self, const struct item *item,
                         struct output *out)
{
    const struct entities *found = item->extra;
    struct buffer *b = &out->rows;

    row_begin(b, &self->session.settings, item);
    row_counts(b, item, row_n_used(item));
    buffer_puts(b, ",\"entities\":[");
    for (size_t i = 0; i < found->n; i++) {
        buffer_between(b, i, ',');
        put_entity(self, &found->list[i], b);
        output_spill(out);
    }
    buffer_putc(b, ']');
    row_end(b, &self->session.settings);
}

void tag_print(void *arg, const struct item *item, struct output *out)
{
    const struct tag *self = arg;
    const struct shared *s = &self->session.settings;
    const struct entities *found = item->extra;

    if (s->format == FORMAT_JSONL) {
        print_object(self, item, out);
    } else if (s->format == FORMAT_HEAT) {
        row_begin(&out->rows, s, item);
        tag_draw(self, item, found, &out->rows);
    } else {
        for (size_t i = 0; i < found->n; i++) {
            print_row(self, item, &found->list[i], &out->rows);
            output_spill(out);
        }
    }
}
