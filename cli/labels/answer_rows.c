/*
 * answer_rows.c - the rows of answer.
 */
#include "cli/labels/answer.h"

#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

/* In text the answer comes before its place, in tables it comes last. */
static const struct column text_columns[] = {{"score", COLUMN_FLOAT, 0},
                                             {"answer", COLUMN_TEXT, 0},
                                             {"begin", COLUMN_SIZE, 0},
                                             {"end", COLUMN_SIZE, 0},
                                             {0}};
static const struct column table_columns[] = {
    {"rank", COLUMN_SIZE, 0},   {"score", COLUMN_FLOAT, 0},
    {"begin", COLUMN_SIZE, 0},  {"end", COLUMN_SIZE, 0},
    {"answer", COLUMN_TEXT, 0}, {0}};

const struct column *answer_columns(const struct answer *self)
{
    return self->session.settings.format == FORMAT_TEXT ? text_columns
                                                        : table_columns;
}

static void print_object(const struct shared *s, const struct item *item,
                         struct buffer *b)
{
    const struct spans *spans = item->extra;
    const char *context = answer_context(item)->data;

    row_begin(b, s, item);
    row_counts(b, item, row_n_used(item));
    buffer_puts(b, ",\"answers\":[");
    for (size_t i = 0; i < spans->n; i++) {
        const struct span *span = &spans->list[i];

        buffer_puts(b, i > 0 ? ",{\"score\":" : "{\"score\":");
        buffer_json_float(b, (float)span->score, s->digits);
        buffer_puts(b, ",\"start\":");
        buffer_size(b, span->begin);
        buffer_puts(b, ",\"end\":");
        buffer_size(b, span->end);
        buffer_putc(b, ',');
        buffer_json_bytes(b, "answer", context + span->begin,
                          span->end - span->begin);
        buffer_putc(b, '}');
    }
    buffer_putc(b, ']');
    row_end(b, s);
}

void answer_print(void *arg, const struct item *item, struct output *out)
{
    const struct answer *self = arg;
    const struct shared *s = &self->session.settings;
    const struct spans *spans = item->extra;

    if (s->format == FORMAT_JSONL) {
        print_object(s, item, &out->rows);
        return;
    }
    for (size_t i = 0; i < spans->n; i++) {
        const struct span *span = &spans->list[i];
        const struct cell answer = {answer_context(item)->data + span->begin,
                                    .size = span->end - span->begin};
        const struct cell rank = {.size = i + 1}, score = {.x = span->score};
        const struct cell begin = {.size = span->begin},
                          end = {.size = span->end};
        const struct cell text[] = {score, answer, begin, end};
        const struct cell table[] = {rank, score, begin, end, answer};

        row_begin(&out->rows, s, item);
        row_cells(&out->rows, s, answer_columns(self),
                  s->format == FORMAT_TEXT ? text : table);
        output_spill(out);
    }
}
