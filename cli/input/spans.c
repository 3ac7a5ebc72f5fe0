/*
 * spans.c - records of several lines: paragraphs, and so many lines each. Where
 * they are in their file goes along.
 */
#include "cli/input/reader.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"

/* A line that was taken. */
struct line {
    enum source_got got;
    const char *data;
    size_t size;
    uint64_t begin, end; /* in the file */
};

static struct line take_line(struct reader *r)
{
    struct line line = {.data = ""};

    line.got = reader_line(r, &line.data, &line.size);
    line.begin = source_place(r->source);
    line.end = line.begin + line.size;
    if (line.got == SOURCE_LONG)
        line.size = 0;
    return line;
}

/* The record is what r->text holds; its lines have an LF between them. */
static enum reader_got finish(struct reader *r, struct record *record,
                              bool too_long)
{
    if (r->text.failed) {
        buffer_free(&r->text);
        return reader_no_memory(r, record);
    }
    if (too_long || r->text.size > r->options->max_record)
        return reader_ended(r, SOURCE_LONG, record);
    return reader_split(r, record, r->text.size > 0 ? r->text.data : "",
                        r->text.size);
}

/* ------------------------------------------------------------ paragraphs */

static bool is_blank(const struct line *line)
{
    size_t n = 0;

    while (n < line->size && (line->data[n] == ' ' || line->data[n] == '\t'))
        n++;
    return line->got == SOURCE_LINE && n == line->size;
}

/* Blank lines part them; no paragraph is empty. */
enum reader_got paragraph_next(struct reader *r, struct record *record)
{
    struct line line = take_line(r);
    bool too_long = false;

    while (is_blank(&line))
        line = take_line(r);
    const size_t first = r->line;

    buffer_clear(&r->text);
    record->span.begin = line.begin;
    if (line.got != SOURCE_LINE && line.got != SOURCE_LONG)
        return reader_ended(r, line.got, record);
    for (size_t i = 0; !is_blank(&line); i++) {
        if (line.got == SOURCE_END && !source_stopped(r->source))
            break;
        if (line.got != SOURCE_LINE && line.got != SOURCE_LONG)
            return reader_ended(r, line.got, record);
        too_long = too_long || line.got == SOURCE_LONG ||
                   r->text.size > r->options->max_record;
        buffer_puts(&r->text, i > 0 && !too_long ? "\n" : "");
        buffer_put(&r->text, line.data, too_long ? 0 : line.size);
        record->span.last_line = r->line;
        record->span.end = line.end;
        line = take_line(r);
    }
    r->first = first;
    return finish(r, record, too_long);
}

/* ---------------------------------------------------------- lines, joined */

static void drop_lines(struct reader *r, size_t n)
{
    struct joined *j = &r->joined;
    size_t size = 0;

    if (n > j->n)
        n = j->n;
    for (size_t i = 0; i < n; i++)
        size += j->lines[i].size;
    j->n_gone -= n < j->n_gone ? n : j->n_gone;
    if (n == 0)
        return;
    memmove(r->text.data, r->text.data + size, r->text.size - size);
    r->text.size -= size;
    j->n -= n;
    memmove(j->lines, j->lines + n, j->n * sizeof(*j->lines));
}

/* Lines that are, with the ones after them, more than a record may be: all
 * records that they are in are too long, and their text is not needed. The last
 * line stays. Called when there is twice as much, so that each byte is moved
 * once. */
static void forget_lines(struct reader *r)
{
    struct joined *j = &r->joined;
    size_t size = 0;

    for (; r->text.size - size - 1 > r->options->max_record; j->n_gone++) {
        size += j->lines[j->n_gone].size;
        j->lines[j->n_gone].size = 0;
        j->lines[j->n_gone].too_long = true;
    }
    memmove(r->text.data, r->text.data + size, r->text.size - size);
    r->text.size -= size;
}

static bool add_line(struct reader *r, const struct line *line)
{
    struct joined *j = &r->joined;
    struct joined_line *lines =
        array_room(j->lines, j->n, &j->room, sizeof(*lines));

    if (lines == NULL)
        return false;
    j->lines = lines;
    j->lines[j->n++] =
        (struct joined_line){.size = line->size + 1,
                             .begin = line->begin,
                             .end = line->end,
                             .number = r->line,
                             .too_long = line->got == SOURCE_LONG};
    buffer_put(&r->text, line->data, line->size);
    buffer_putc(&r->text, '\n');
    if (!r->text.failed && r->text.size / 2 > r->options->max_record)
        forget_lines(r);
    return !r->text.failed;
}

/* The record of the lines that are there. */
static enum reader_got take_joined(struct reader *r, struct record *record)
{
    const struct joined *j = &r->joined;
    const struct joined_line *last = &j->lines[j->n - 1];
    bool too_long = false;

    for (size_t i = 0; i < j->n; i++)
        too_long = too_long || j->lines[i].too_long;
    r->first = j->lines[0].number;
    record->span =
        (struct record_span){last->number, j->lines[0].begin, last->end};
    r->text.size--; /* the last LF */
    enum reader_got got = finish(r, record, too_long);

    r->text.size++;
    return got;
}

/* Those of the record before that this one has, too, and the next ones. At the
 * end there may be fewer, but one at least that no record had. */
enum reader_got joined_next(struct reader *r, struct record *record)
{
    const struct input_options *o = r->options;
    struct joined *j = &r->joined;
    size_t fresh = 0;

    drop_lines(r, o->join_step > 0 ? o->join_step : o->join_lines);
    for (; j->n < o->join_lines; fresh++) {
        struct line line = take_line(r);

        if (line.got == SOURCE_FAILED || source_stopped(r->source) ||
            (line.got == SOURCE_END && fresh == 0))
            return reader_ended(r, line.got, record);
        if (line.got == SOURCE_END)
            break;
        if (!add_line(r, &line))
            return reader_no_memory(r, record);
    }
    return take_joined(r, record);
}
