/*
 * lines.c - records that are lines, NUL-ended texts, or whole files; and what
 * all formats that go by lines share.
 */
#include "cli/input/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/message.h"

/* A line of Windows ends with CR LF; the CR is not part of the text. Texts that
 * end with NUL may contain it. */
enum source_got reader_line(struct reader *r, const char **line, size_t *size)
{
    bool null = r->options->null;
    enum source_got got = source_line(r->source, null ? '\0' : '\n',
                                      r->options->max_record, line, size);

    if (got == SOURCE_LINE || got == SOURCE_LONG)
        r->line++;
    r->first = r->line;
    if (got == SOURCE_LINE && !null && *size > 0 && (*line)[*size - 1] == '\r')
        --*size;
    return got;
}

enum reader_got reader_fail(struct reader *r, struct record *record,
                            const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
    va_end(ap);
    record->error = r->reason;
    return READER_RECORD;
}

enum reader_got reader_no_memory(struct reader *r, struct record *record)
{
    record->no_memory = true;
    return reader_fail(r, record, "out of memory");
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum reader_got reader_ended(struct reader *r, enum source_got got,
                             struct record *record)
{
    if (got == SOURCE_LONG)
        return reader_fail(r, record,
                           "the record is longer than %zu bytes "
                           "(--max-record)",
                           r->options->max_record);
    if (got != SOURCE_FAILED)
        return READER_END;
    if (r->line == 0)
        message_file("%s: %s%s", r->file, source_reason(r->source),
                     r->options->can_recurse && is_folder(r->file)
                         ? "; to read the files below it: --recursive"
                         : "");
    else
        message_file("%s: after line %zu: %s", r->file, r->line,
                     source_reason(r->source));
    return READER_FAILED;
}

enum reader_got reader_split(struct reader *r, struct record *record,
                             const char *text, size_t size)
{
    record->text = (struct field){.data = text, .size = size};
    if (!r->options->pair)
        return READER_RECORD;
    const char *tab = memchr(text, '\t', size);

    if (tab == NULL)
        return reader_fail(
            r, record,
            strcmp(r->file, "-t") == 0
                ? "no TAB parts text A from text B; in bash: -t $'A\\tB'"
                : "no TAB parts text A from text B");
    const char *pair = tab + 1;
    size_t pair_size = size - (size_t)(pair - text);

    if (memchr(pair, '\t', pair_size) != NULL)
        return reader_fail(r, record,
                           "more than one TAB: which one parts the "
                           "two texts?");
    record->text.size = (size_t)(tab - text);
    record->pair = (struct field){.data = pair, .size = pair_size};
    record->has_pair = true;
    return READER_RECORD;
}

enum reader_got lines_next(struct reader *r, struct record *record)
{
    const char *line;
    size_t size;
    enum source_got got = reader_line(r, &line, &size);

    if (got != SOURCE_LINE)
        return reader_ended(r, got, record);
    return reader_split(r, record, line, size);
}

/* A file is one record; r->line says whether it was read. */
enum reader_got whole_next(struct reader *r, struct record *record)
{
    const char *text = "";
    size_t size = 0;

    if (r->line > 0)
        return READER_END;
    r->first = 1;
    enum source_got got = source_line(r->source, SOURCE_WHOLE,
                                      r->options->max_record, &text, &size);

    if (got == SOURCE_FAILED || source_stopped(r->source))
        return reader_ended(r, got, record);
    r->line = 1;
    if (got == SOURCE_LONG)
        return reader_ended(r, got, record);
    return reader_split(r, record, text, size); /* an empty file is a record */
}
