/*
 * hits.h - lines that grep and search found, as both print them; and the
 * options that they share with dedup.
 */
#ifndef CLI_MEANING_HITS_H
#define CLI_MEANING_HITS_H

#include "cli/frame/shared_options.h"

/* The options of grep, search and dedup after their own: those of the files
 * that operands mean (file_list.h), those of the input without --pair and --id,
 * since a line is one text and is printed as it is; those of the output without
 * --keep and --with-filename, and with --format. */
extern const struct option_group group_hits;

/* hits_find_files - search and dedup: walk_operands(), where an option asks for
 * it. False after a message: no file could be read. */
bool hits_find_files(struct shared *s);

/* A line; everything is borrowed. */
struct hit {
    const char *file; /* "-" for standard input */
    size_t line;
    float score;
    const char *text;
    size_t size;
    bool is_line; /* as of struct record */
    struct record_span span;
    struct field object; /* with --merge: what the text came in */
    /* Of search --queries: */
    size_t query; /* its number, from 0 */
    const char *query_text;
    size_t query_size;
    /* Of search --hybrid, whose score is made of these: */
    float similarity;
    size_t similarity_rank;
    float bm25;
    size_t bm25_rank; /* 0: it has no word of the query */
};

/* What a row has beside file, line, score and text. */
enum {
    HITS_QUERY = 1, /* the query, before them */
    HITS_PARTS = 2, /* after the score what it is made of */
    HITS_SPAN = 4   /* the place of a record of several lines, after them: where
                       there are such, without being asked for */
};

/* hits_of - what is shown of a record. */
struct hit hits_of(const struct record *record, float score);

/* hits_header - csv and tsv: the names of the columns, unless --no-header. */
void hits_header(struct buffer *b, const struct shared *s, unsigned with);

/* hits_row - csv, tsv and jsonl: file, line, score and text, and what there is
 * with them. */
void hits_row(struct buffer *b, const struct shared *s, unsigned with,
              const struct hit *hit);

/* hits_text - the text alone: lines as they came, what is no line escaped as
 * in tsv. */
void hits_text(struct buffer *b, const struct hit *hit);

#endif
