/*
 * hits.c - rows of lines that were found.
 */
#include "cli/meaning/hits.h"

#include <string.h>

#include "cli/input/input_format.h"
#include "cli/output/columns.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

#define AT(member) offsetof(struct shared, walk.member)

static const struct option_row rows_hits_files[] = {
    {'r', "recursive", NULL, "read all files below folders", OPTION_FLAG,
     AT(recursive), 0, 0},
    {'R', "dereference-recursive", NULL,
     "the same, and follow symbolic links there", OPTION_FLAG, AT(dereference),
     0, 0},
    {0, "hidden", NULL, "also read files and folders there that begin with '.'",
     OPTION_FLAG, AT(hidden), 0, 0},
    {0, "include", "GLOB", "read only files with names like this (repeatable)",
     OPTION_LIST, AT(include), 0, 0},
    {0, "exclude", "GLOB", "skip files with names like this (repeatable)",
     OPTION_LIST, AT(exclude), 0, 0},
    {0, "exclude-dir", "GLOB", "skip folders with names like this (repeatable)",
     OPTION_LIST, AT(exclude_dir), 0, 0},
    {'s', "no-messages", NULL,
     "print no messages about files that cannot be read", OPTION_FLAG,
     AT(no_messages), 0, 0},
    {0}};

static const struct option_row rows_hits_input[] = {
    {TEXT_ROW},
    {INPUT_ROW},
    {NULL_ROW},
    {FIELD_ROW("field with the text")},
    {DELIMITER_ROW},
    {HEADERLESS_ROW},
    {JOIN_LINES_ROW},
    {JOIN_STEP_ROW},
    {MAX_RECORD_ROW},
    {PLAIN_ROW},
    {0}};

static const struct option_row rows_hits_output[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {OUTPUT_ROW},
    {RESUME_ROW},
    {MERGE_ROW},
    {NO_HEADER_ROW},
    {DIGITS_ROW("significant digits (default: enough to be exact)")},
    {0}};

static const struct option_group groups[] = {
    {"Hiding", rows_hide, &groups[1]},
    {"Length", rows_length, &groups[2]},
    {"Input", rows_hits_input, &groups[3]},
    {"Output", rows_hits_output, &group_common}};
const struct option_group group_hits = {"Files", rows_hits_files, &groups[0]};

bool hits_find_files(struct shared *s)
{
    s->input.can_recurse = true;
    s->walk.skips_output = true;
    if (s->input.text.n == 0 &&
        (walk_below(&s->walk) || s->walk.include.n > 0 ||
         s->walk.exclude.n > 0 || s->walk.exclude_dir.n > 0))
        walk_operands(s, true);
    return !s->input.none || !s->walk.failed;
}

/* All columns there are, and what they come with; 0: always. */
static const struct {
    struct column column;
    unsigned with;
} all[] = {{{"query", COLUMN_SIZE, 0}, HITS_QUERY},
           {{"query_text", COLUMN_TEXT, 0}, HITS_QUERY},
           {{"file", COLUMN_TEXT, 0}, 0},
           {{"line", COLUMN_SIZE, 0}, 0},
           {{"score", COLUMN_FLOAT, 0}, 0},
           {{"similarity", COLUMN_FLOAT, 0}, HITS_PARTS},
           {{"similarity_rank", COLUMN_RANK, 0}, HITS_PARTS},
           {{"bm25", COLUMN_FLOAT, 0}, HITS_PARTS},
           {{"bm25_rank", COLUMN_RANK, 0}, HITS_PARTS},
           {{"text", COLUMN_TEXT, 0}, 0},
           {{"last_line", COLUMN_SIZE, 0}, HITS_SPAN},
           {{"begin_byte", COLUMN_SIZE, 0}, HITS_SPAN},
           {{"end_byte", COLUMN_SIZE, 0}, HITS_SPAN}};

struct hit hits_of(const struct record *record, float score)
{
    return (struct hit){.file = record->file,
                        .line = record->line,
                        .score = score,
                        .text = record->text.data,
                        .size = record->text.size,
                        .is_line = record->is_line,
                        .span = record->span,
                        .object = record->object};
}

enum {
    N_COLUMNS = sizeof(all) / sizeof(*all)
};

/* The columns of such rows, and of their cells those. */
static void choose(const struct shared *s, unsigned with,
                   struct column *columns, struct cell *cells)
{
    size_t n = 0;

    if (input_has_spans(&s->input))
        with |= HITS_SPAN;

    for (size_t i = 0; i < N_COLUMNS; i++)
        if ((all[i].with & ~with) == 0) {
            columns[n] = all[i].column;
            cells[n++] = cells[i];
        }
    columns[n] = (struct column){0};
}

void hits_header(struct buffer *b, const struct shared *s, unsigned with)
{
    struct column columns[N_COLUMNS + 1];
    struct cell none[N_COLUMNS] = {{0}};

    choose(s, with, columns, none);
    if (!s->no_header)
        columns_header(b, s->format, columns, true);
}

void hits_row(struct buffer *b, const struct shared *s, unsigned with,
              const struct hit *hit)
{
    struct column columns[N_COLUMNS + 1];
    struct cell cells[N_COLUMNS] = {{.size = hit->query},
                                    {hit->query_text, .size = hit->query_size},
                                    {hit->file, .size = strlen(hit->file)},
                                    {.size = hit->line},
                                    {.x = (double)hit->score},
                                    {.x = (double)hit->similarity},
                                    {.size = hit->similarity_rank},
                                    {.x = (double)hit->bm25},
                                    {.size = hit->bm25_rank},
                                    {hit->text, .size = hit->size},
                                    {.size = hit->span.last_line},
                                    {.size = (size_t)hit->span.begin},
                                    {.size = (size_t)hit->span.end}};

    choose(s, with, columns, cells);
    row_merge(b, s, &hit->object);
    columns_row(b, s->format, s->digits, columns, cells, true);
    row_end_merged(b, s);
}

void hits_text(struct buffer *b, const struct hit *hit)
{
    if (hit->is_line)
        buffer_put(b, hit->text, hit->size);
    else
        buffer_tsv(b, hit->text, hit->size);
}
