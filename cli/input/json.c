/*
 * json.c - the values of a file of JSON, one after another: a line each
 * (jsonl), or anywhere (json), or the elements of an array, which is read piece
 * by piece however long it is.
 */
#include "cli/input/reader.h"

#include <stdint.h>
#include <string.h>

#include "cli/base/message.h"

/* ---------------------------------------------------- where a value ends */

/* As little of JSON as it takes to tell where a value ends: json_line_scan()
 * looks at what is in it. */
struct extent {
    size_t depth;
    size_t lines;
    bool begun;
    bool string;
    bool escaped;
    bool ended;
    bool torn; /* a line ends within a string */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A byte of a string; true: nothing of the value follows it. */
static bool pass_string(struct extent *e, char c)
{
    if (c == '\n') {
        e->torn = true;
        return true;
    }
    if (!e->escaped && c == '"')
        e->string = false;
    e->escaped = !e->escaped && c == '\\';
    return !e->string && e->depth == 0;
}

/* A byte that is in no string: true: it is not of the value any more. */
static bool is_behind(const struct extent *e, char c)
{
    if (e->depth > 0)
        return false;
    return is_blank(c) || c == ',' || c == '}' || c == ']' ||
           (e->begun && (c == '"' || c == '{' || c == '['));
}

static size_t find_end(void *arg, const char *p, size_t n)
{
    struct extent *e = arg;

    for (size_t i = 0; i < n; i++) {
        bool last = false;
        char c = p[i];

        if (e->string) {
            last = pass_string(e, c);
        } else if (is_behind(e, c)) {
            e->ended = true;
            return i;
        } else if (c == '"') {
            e->string = true;
        } else if (c == '{' || c == '[') {
            e->depth++;
        } else if (c == '}' || c == ']') {
            last = --e->depth == 0;
        }
        e->lines += c == '\n';
        e->begun = true;
        if (last) {
            e->ended = true;
            return i + 1;
        }
    }
    return SIZE_MAX;
}

/* ---------------------------------------------------------------- values */

static enum reader_got refuse(const struct reader *r, const char *why)
{
    message_error("%s:%zu: bad JSON: %s; the rest of the file is left out",
                  r->file, r->line + 1, why);
    return READER_FAILED;
}

/* The next byte that is not blank. */
static enum source_got peek(struct reader *r, char *c)
{
    enum source_got got;

    while ((got = source_peek(r->source, c)) == SOURCE_LINE && is_blank(*c)) {
        r->line += *c == '\n';
        source_skip(r->source);
    }
    r->first = r->line + 1;
    return got;
}

/* The value that begins here. */
static enum reader_got take_value(struct reader *r, struct record *record)
{
    struct extent e = {0};
    const char *value;
    size_t size;
    enum source_got got = source_take(r->source, find_end, &e,
                                      r->options->max_record, &value, &size);

    r->line += e.lines - e.torn;
    if (got != SOURCE_LINE && got != SOURCE_LONG)
        return reader_ended(r, got, record);
    if (e.torn)
        return refuse(r, "a string is not closed on its line");
    if (!e.ended && (e.string || e.depth > 0))
        return refuse(r, "the file ends within a value");
    if (got == SOURCE_LONG)
        return reader_ended(r, got, record);
    r->json.bad = size == 0;
    if (size == 0)
        return reader_fail(r, record, "bad JSON: no value begins like this");
    return json_take(r, record, value, size);
}

static enum reader_got enter_array(struct reader *r)
{
    source_skip(r->source);
    r->json.in_array = true;
    r->json.between = r->json.comma = false;
    return READER_NOTHING;
}

static enum reader_got next_element(struct reader *r, struct record *record)
{
    struct json_place *at = &r->json;
    char c;
    enum source_got got = peek(r, &c);

    if (got == SOURCE_END && !source_stopped(r->source))
        return refuse(r, "the array is not closed");
    if (got != SOURCE_LINE)
        return reader_ended(r, got, record);
    if (at->between ? c != ',' && c != ']' : c == ',' || c == '}')
        return refuse(r, at->between ? "',' or ']' is missing"
                                     : "no value begins like this");
    if (c == ']' && at->comma)
        return refuse(r, "a value is missing before ']'");
    if (at->between || c == ']') {
        source_skip(r->source);
        at->in_array = at->comma = c == ',';
        at->between = false;
        return READER_NOTHING;
    }
    at->comma = false;
    at->between = true;
    return take_value(r, record);
}

/* Whatever a line holds that is no JSON is one failed record. */
static enum reader_got next_value(struct reader *r, struct record *record)
{
    char c;
    enum source_got got = peek(r, &c);
    const char *rest;
    size_t size;

    if (got != SOURCE_LINE)
        return reader_ended(r, got, record);
    if (c == '[')
        return enter_array(r);
    enum reader_got took = take_value(r, record);

    if (took == READER_RECORD && r->json.bad) {
        size_t first = r->first;

        reader_line(r, &rest, &size);
        r->first = first;
    }
    return took;
}

enum reader_got json_next(struct reader *r, struct record *record)
{
    return r->json.in_array ? next_element(r, record) : next_value(r, record);
}

/* An empty line, as at the end of many files, is no record. */
static bool is_empty(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!is_blank(line[i]))
            return false;
    return true;
}

/* Only what a file begins with may be an array of records: a later line that
 * is one fails alone. */
enum reader_got jsonl_next(struct reader *r, struct record *record)
{
    const char *line;
    size_t size;
    char c;

    if (r->json.in_array)
        return next_element(r, record);
    if (!r->json.begun) {
        r->json.begun = true;
        if (peek(r, &c) == SOURCE_LINE && c == '[')
            return enter_array(r);
    }
    enum source_got got = reader_line(r, &line, &size);

    if (got != SOURCE_LINE)
        return reader_ended(r, got, record);
    if (is_empty(line, size))
        return READER_NOTHING;
    return json_take(r, record, line, size);
}
