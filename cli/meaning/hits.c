/*
 * hits.c - rows of lines that were found.
 */
#include "cli/meaning/hits.h"

#include <string.h>

#include "cli/output/columns.h"
#include "cli/output/quote.h"

#define AT(member) offsetof(struct shared, member)

const struct option_row rows_hits_input[] = {
    {'t', "text", "TEXT", "read this text instead of files (repeatable)",
     OPTION_LIST, AT(input.text), 0, 0},
    {'i', "input", "lines|csv|tsv|jsonl|file", "input format (default: lines)",
     OPTION_CHOICE, AT(input.format), 0, 0},
    {'0', "null", NULL, "records end with NUL, not with a newline", OPTION_FLAG,
     AT(input.null), 0, 0},
    {0, "field", "NAME", "field with the text", OPTION_LIST, AT(input.field), 0,
     0},
    {0, "headerless-input", NULL,
     "csv, tsv: no header line; fields are numbered from 1", OPTION_FLAG,
     AT(input.headerless), 0, 0},
    {0, "max-record", "SIZE",
     "longest record in bytes; K, M or G may follow (default: 64M)",
     OPTION_BYTES, AT(input.max_record), 1, 1LL << 40},
    {0, "plain", NULL, "treat [MASK], [SEP] ... in the text as ordinary text",
     OPTION_FLAG, AT(plain), 0, 0},
    {0}};

const struct option_row rows_hits_output[] = {
    FORMAT_ROW(FORMATS_ROWS),
    {'o', "output", "FILE",
     "write to FILE; it appears when complete (default: standard output)",
     OPTION_TEXT, AT(output), FILE_WRITTEN, 0},
    {0, "resume", NULL, "continue a run that was interrupted; needs --output",
     OPTION_FLAG, AT(resume), 0, 0},
    {0, "no-header", NULL, "csv, tsv: print no header line", OPTION_FLAG,
     AT(no_header), 0, 0},
    {0, "digits", "N", "significant digits (default: enough to be exact)",
     OPTION_INT, AT(digits), 1, 17},
    {0}};

static const struct column columns[] = {{"file", COLUMN_TEXT, 0},
                                        {"line", COLUMN_SIZE, 0},
                                        {"score", COLUMN_FLOAT, 0},
                                        {"text", COLUMN_TEXT, 0},
                                        {0}};

void hits_header(struct buffer *b, const struct shared *s)
{
    if (!s->no_header)
        columns_header(b, s->format, columns, true);
}

void hits_row(struct buffer *b, const struct shared *s, const struct hit *hit)
{
    const struct cell cells[] = {{hit->file, .size = strlen(hit->file)},
                                 {.size = hit->line},
                                 {.x = (double)hit->score},
                                 {hit->text, .size = hit->size}};

    columns_row(b, s->format, s->digits, columns, cells, true);
}

void hits_text(struct buffer *b, const struct shared *s, const struct hit *hit)
{
    if (s->input.format <= INPUT_LINES)
        buffer_put(b, hit->text, hit->size);
    else
        buffer_tsv(b, hit->text, hit->size);
}
