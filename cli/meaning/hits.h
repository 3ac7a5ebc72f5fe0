/*
 * hits.h - lines that were found, as the commands print them that look for
 * meanings.
 */
#ifndef CLI_MEANING_HITS_H
#define CLI_MEANING_HITS_H

#include "cli/frame/shared_options.h"

/* Of rows_input those that fit: one text, nothing carried along. */
extern const struct option_row rows_hits_input[];

/* Of rows_output likewise, and --format. */
extern const struct option_row rows_hits_output[];

/* A line; everything is borrowed. */
struct hit {
    const char *file; /* "-" for standard input */
    size_t line;
    float score;
    const char *text;
    size_t size;
};

/* hits_header - csv and tsv: the names of the columns, unless --no-header. */
void hits_header(struct buffer *b, const struct common *s);

/* hits_row - csv, tsv and jsonl: file, line, score and text. */
void hits_row(struct buffer *b, const struct common *s, const struct hit *hit);

/* hits_text - the text alone: lines as they came, what is no line escaped as
 * in tsv. */
void hits_text(struct buffer *b, const struct common *s, const struct hit *hit);

#endif
