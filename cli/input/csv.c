/*
 * csv.c - comma-separated values as RFC 4180 has them, and tab-separated ones
 * with escapes instead of quotes; with --delimiter another byte is between.
 */
#include "cli/input/reader.h"

#include <string.h>

#include "cli/base/message.h"

struct csv {
    bool quoted;   /* within quotes: the record goes on in the next line */
    bool wrong;    /* text after a closing quote */
    bool too_long; /* than --max-record */
};

static void put(struct reader *r, struct csv *csv, const char *s, size_t size)
{
    if (size > r->options->max_record ||
        r->text.size > r->options->max_record - size)
        csv->too_long = true;
    if (!csv->too_long)
        buffer_put(&r->text, s, size);
}

/* Text up to the closing quote, or to the end of the line; returns where. */
static const char *take_quoted(struct reader *r, struct csv *csv, const char *p,
                               const char *end)
{
    for (;;) {
        const char *quote = memchr(p, '"', (size_t)(end - p));

        if (quote == NULL) {
            put(r, csv, p, (size_t)(end - p));
            put(r, csv, "\n", 1);
            return end;
        }
        put(r, csv, p, (size_t)(quote - p));
        p = quote + 1;
        if (p == end || *p != '"') {
            csv->quoted = false;
            return p;
        }
        put(r, csv, "\"", 1);
        p++;
    }
}

/* Text up to the comma, or to the end of the line; returns where. */
static const char *take_plain(struct reader *r, struct csv *csv, const char *p,
                              const char *end, bool closed)
{
    const char *comma = memchr(p, r->separator, (size_t)(end - p));
    const char *stop = comma != NULL ? comma : end;
    size_t size = (size_t)(stop - p);

    if (comma == NULL && size > 0 && stop[-1] == '\r')
        size--;
    if (closed && size > 0)
        csv->wrong = true;
    put(r, csv, p, size);
    return stop;
}

static void take_line(struct reader *r, struct csv *csv, const char *p,
                      const char *end)
{
    for (;;) {
        bool closed = false;

        if (!csv->quoted && p < end && *p == '"') {
            csv->quoted = true;
            p++;
        }
        if (csv->quoted) {
            p = take_quoted(r, csv, p, end);
            if (csv->quoted)
                return;
            closed = true;
        }
        p = take_plain(r, csv, p, end, closed);
        table_end_field(r);
        if (p == end)
            return;
        p++;
    }
}

/* What is wrong with the record that was taken; NULL: nothing. */
static const char *fault(const struct csv *csv)
{
    if (csv->too_long)
        return "the record is longer than --max-record allows";
    if (csv->quoted)
        return "a quote that opens a field is never closed";
    if (csv->wrong)
        return "text behind the closing quote of a field";
    return NULL;
}

static enum reader_got finish(struct reader *r, struct record *record,
                              const struct csv *csv)
{
    const char *why = fault(csv);

    if (r->text.failed) {
        buffer_free(&r->text);
        return reader_no_memory(r, record);
    }
    if (why == NULL)
        return table_pick(r, record);
    if (r->has_header || r->options->headerless)
        return reader_fail(r, record, "%s", why);
    message_error("%s:%zu: in the header: %s", r->file, r->first, why);
    return READER_FAILED;
}

enum reader_got csv_next(struct reader *r, struct record *record)
{
    struct csv csv = {0};

    table_clear(r);
    r->first = r->line + 1;
    do {
        const char *line;
        size_t size;
        enum source_got got =
            source_line(r->source, '\n', r->options->max_record, &line, &size);

        if (got == SOURCE_LINE || got == SOURCE_LONG)
            r->line++;
        if (got == SOURCE_LONG)
            csv.too_long = true;
        else if (got == SOURCE_LINE)
            take_line(r, &csv, line, line + size);
        else if (got == SOURCE_FAILED || source_stopped(r->source) ||
                 r->line + 1 == r->first)
            return reader_ended(r, got, record);
        else
            break;
    } while (csv.quoted);
    return finish(r, record, &csv);
}

/* \t \n \r \\ are undone; any other backslash is an ordinary one. */
static void take_escaped(struct reader *r, struct csv *csv, const char *p,
                         const char *end)
{
    static const char from[] = "tnr\\";
    static const char to[] = "\t\n\r\\";

    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        const char *stop = slash != NULL ? slash : end;
        const char *at = NULL;

        put(r, csv, p, (size_t)(stop - p));
        if (slash == NULL)
            return;
        if (slash + 1 < end && slash[1] != '\0')
            at = strchr(from, slash[1]);
        put(r, csv, at != NULL ? &to[at - from] : slash, 1);
        p = slash + (at != NULL ? 2 : 1);
    }
}

enum reader_got tsv_next(struct reader *r, struct record *record)
{
    struct csv csv = {0};
    const char *line;
    size_t size;
    enum source_got got = reader_line(r, &line, &size);

    table_clear(r);
    if (got == SOURCE_LONG)
        csv.too_long = true;
    else if (got != SOURCE_LINE)
        return reader_ended(r, got, record);
    for (const char *p = line; !csv.too_long; p++) {
        const char *end = line + size;
        const char *tab = memchr(p, r->separator, (size_t)(end - p));

        take_escaped(r, &csv, p, tab != NULL ? tab : end);
        table_end_field(r);
        if (tab == NULL)
            break;
        p = tab;
    }
    return finish(r, record, &csv);
}
