/*
 * search.h - the state of search, and the vectors it need not compute again.
 */
#ifndef CLI_MEANING_SEARCH_H
#define CLI_MEANING_SEARCH_H

#include "cli/base/best.h"
#include "cli/meaning/hits.h"
#include "cli/vectors/vector_file.h"
#include "cli/vectors/vector_type.h"
#include "cli/vectors/vectors.h"

/* Files whose vectors are kept together: one, or with --index all. */
struct search_unit {
    char **files;
    size_t n_files;
    struct store_key key;
    char *path; /* of the store, owned; NULL: they are not kept */
    bool known; /* and were found there */
    struct store_writer *writer;
    bool spoiled; /* a record failed: it has no vector to keep */
    struct store_counts counts;
};

struct search {
    struct vectors vectors; /* first */
    struct text_list meaning;
    size_t k;
    const char *index;
    bool no_cache, clear_cache;
    size_t cache_size;
    int vector_type;
    const char *ranges;

    struct quantized quantized; /* ranges, and room for a row */
    float *query;
    struct best best;  /* rows as they are printed */
    struct buffer row; /* of search_row() */
    struct search_unit *units;
    size_t n_units;
    char *cache;       /* its folder; NULL: none is used */
    bool wrote;        /* into the cache */
    bool unreadable;   /* a known file, which was said */
    bool whole;        /* the stream came to its end */
    bool all_read;     /* and every file, too */
    char **rest;       /* (n_rest) files that are not known */
    size_t *rest_unit; /* (n_rest) whose they are */
    size_t n_rest;
    size_t at;     /* in rest: the file of the last record */
    char *trouble; /* (n_rest) enum input_trouble */
};

/* search_known - ranks the lines of files whose vectors are kept, and lists the
 * rest. False after one message. */
bool search_known(struct search *self);

/* search_order - the record's place among those of all files. */
size_t search_order(struct search *self, const struct record *record);

/* search_row - prints the row of a line that was found; false when memory is
 * out. */
bool search_row(struct search *self, const struct hit *hit);

/* search_score - of a vector as it is kept. */
float search_score(const struct search *self, const void *row);

/* search_keep - the vector of a record of the rest, as it is kept; NULL: it has
 * no words. */
void search_keep(struct search *self, const struct item *item, const void *row);

/* search_spoil - a record failed: nothing is kept of its unit. */
void search_spoil(struct search *self, const struct record *record);

/* search_finish - ends what search_keep() wrote; frees. False after one
 * message. */
bool search_finish(struct search *self);

#endif
