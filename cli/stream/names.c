/*
 * names.c - two columns, or keys, of one name: each reader makes something else
 * of them.
 */
#include "cli/stream/state.h"

#include <string.h>

#include "cli/base/message.h"
#include "cli/stream/row.h"

/* Where the cell at p, as it is written, ends. In csv, a separator within
 * quotes does not end it. */
static const char *skip_cell(const char *p, const char *end, char between)
{
    bool quoted = false;

    for (; p < end; p++) {
        if (between == ',' && *p == '"')
            quoted = !quoted;
        else if (!quoted && (*p == between || *p == '\n'))
            break;
    }
    return p;
}

/* How many cells of the header have this name, compared as they are written:
 * the name a,b is "a,b" there. */
static size_t count_cells(const struct shared *s, const struct buffer *header,
                          const char *name)
{
    char between = format_separator(s->format);
    const char *p = header->data;
    const char *end = p + header->size;
    struct buffer cell = {0};
    size_t n = 0;

    row_cell_text(&cell, s, name, strlen(name));
    while (p < end && !cell.failed) {
        const char *stop = skip_cell(p, end, between);

        n += (size_t)(stop - p) == cell.size - 1 &&
             memcmp(p, cell.data + 1, cell.size - 1) == 0;
        p = stop + 1;
    }
    buffer_free(&cell);
    return n;
}

static size_t count_ids(const struct shared *s, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < s->input.id.n; i++)
        n += strcmp(s->input.id.items[i], name) == 0;
    return n;
}

bool names_are_apart(const struct shared *s, const struct buffer *header)
{
    bool named = s->format == FORMAT_JSONL || header->size > 0;

    for (size_t i = 0; named && i < s->input.id.n; i++) {
        const char *name = s->input.id.items[i];

        if (count_ids(s, name) > 1)
            return message_refuse("--id %s is given twice", name);
        if (format_is_table(s->format) && count_cells(s, header, name) > 1)
            return message_refuse(
                "--id %s: the output has a column of that name: "
                "rename the field, or use --no-header or --format "
                "jsonl",
                name);
    }
    return true;
}
