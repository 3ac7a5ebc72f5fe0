/*
 * search.h - the state of search.
 */
#ifndef CLI_MEANING_SEARCH_H
#define CLI_MEANING_SEARCH_H

#include "cli/base/best.h"
#include "cli/meaning/hits.h"
#include "cli/meaning/search_fuse.h"
#include "cli/vectors/kept.h"
#include "cli/vectors/vector_type.h"
#include "cli/vectors/vectors.h"

/* What is looked for. */
struct search_query {
    char *text; /* (size) owned */
    size_t size;
    float *vector;                  /* owned; NULL: nothing is like it */
    struct best best;               /* rows as they are printed */
    const struct bm25_word **words; /* (n_words) of --hybrid */
    size_t n_words, words_room;
};

struct search {
    struct vectors vectors; /* first */
    struct text_list meaning;
    size_t k;
    size_t rescore; /* times k lines are compared again; 0: none is */
    size_t n_best;  /* of each query that are kept until all are known */
    struct kept kept;
    int vector_type;
    const char *ranges;
    bool hybrid;

    struct quantized quantized; /* ranges, and room for a row */
    struct search_query *queries;
    size_t n_queries, room;
    float *similarities; /* (n_queries) of a line */
    float *matrix;       /* (n_vectors, size) of queries that have one */
    size_t n_vectors;
    struct berth_nearest **nearest; /* (n_nearest) of threads: known rows */
    size_t n_nearest;
    size_t n_wordless;     /* queries, and */
    size_t first_wordless; /* the line of the first */
    bool query_failed;     /* or was left out, which was said */
    struct fuse fuse;      /* of --hybrid */
    struct buffer row;     /* of search_row() */
    bool unreadable;       /* a known file, which was said */
    bool whole;            /* the stream came to its end */
    bool all_read;         /* and every file, too */
};

/* search_queries - from MEANING, or the lines of --queries. False after one
 * message; search_queries_free() in any case. */
bool search_queries(struct search *self);
void search_queries_free(struct search *self);

/* search_known - ranks the lines of files whose vectors are kept; the others
 * are to be read (kept_read()). False after one message. */
bool search_known(struct search *self);

/* search_order - the record's place among those of all files. */
size_t search_order(struct search *self, const struct record *record);

/* search_row - prints the row of a line that was found; false when memory is
 * out. */
bool search_row(struct search *self, const struct search_query *query,
                struct hit hit);

#endif
