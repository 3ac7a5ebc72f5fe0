/*
 * search_fuse.h - --hybrid: of each query two lists of lines, by meaning and by
 * words, become one.
 *
 * A line scores the sum over both lists of 1 / (60 + its rank there), ranks
 * from 1; one without a word of the query is not in the second list. In a list,
 * lines with equal scores share a rank; in the end the one that came first is
 * better.
 *
 * Source: Cormack, Clarke and Buettcher, Reciprocal Rank Fusion outperforms
 * Condorcet and individual Rank Learning Methods, 2009.
 */
#ifndef CLI_MEANING_SEARCH_FUSE_H
#define CLI_MEANING_SEARCH_FUSE_H

#include <stdio.h>

#include "cli/input/input.h"
#include "cli/meaning/bm25.h"
#include "cli/meaning/words.h"

struct search;

/* A line; its text is in a temporary file. */
struct fuse_line {
    const char *file;
    size_t line;
    size_t order;
    uint64_t at; /* in the file: the text, and its object after it */
    size_t size;
    bool is_line; /* as of struct hit */
    struct record_span span;
    size_t object_size;
};

struct fuse {
    struct words words;
    struct bm25 bm25;
    FILE *texts; /* in their order */
    uint64_t end;
    bool failed;             /* to keep one, which was said */
    struct fuse_line *lines; /* (n) */
    size_t n, room;
    float *similarities; /* (n, queries) */
    size_t similarities_room;
};

/* fuse_open - once the queries are there. False after one message; fuse_close()
 * in any case. */
bool fuse_open(struct search *self);

/* fuse_add - a line that has words, and how similar it is to each query. False
 * when memory is out. */
bool fuse_add(struct search *self, const struct record *record, size_t order,
              const float *similarities);

/* fuse_cut - only the first n lines were. */
void fuse_cut(struct search *self, size_t n);

/* fuse_rank - the best lines of each query, to where those of search without it
 * are. False after one message. */
bool fuse_rank(struct search *self);

void fuse_close(struct fuse *f);

#endif
