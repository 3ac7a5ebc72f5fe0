/*
 * hits.c - rows of lines that were found.
 */
#include "cli/meaning/hits.h"

#include <string.h>

#include "cli/output/columns.h"
#include "cli/output/quote.h"

static const struct option_row rows_hits_input[] = {
    {TEXT_ROW},       {INPUT_ROW},
    {NULL_ROW},       {FIELD_ROW("field with the text")},
    {HEADERLESS_ROW}, {MAX_RECORD_ROW},
    {PLAIN_ROW},      {0}};

static const struct option_row rows_hits_output[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {OUTPUT_ROW},
    {RESUME_ROW},
    {NO_HEADER_ROW},
    {DIGITS_ROW("significant digits (default: enough to be exact)")},
    {0}};

static const struct option_group groups[] = {
    {"Length", rows_length, &groups[1]},
    {"Input", rows_hits_input, &groups[2]},
    {"Output", rows_hits_output, &group_common}};
const struct option_group group_hits = {"Hiding", rows_hide, &groups[0]};

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
