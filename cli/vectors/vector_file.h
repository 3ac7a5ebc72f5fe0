/*
 * vector_file.h - a file of vectors: rows of one length in bytes, whose they
 * are, and a sum of every block, so that nothing damaged is believed.
 */
#ifndef CLI_VECTORS_VECTOR_FILE_H
#define CLI_VECTORS_VECTOR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/base/blake2b.h"

/* Whose vectors: digests of the model with all options that change vectors, and
 * of the texts. */
struct store_key {
    uint8_t model[BLAKE2B_SIZE];
    uint8_t content[BLAKE2B_SIZE];
    size_t n_bytes; /* of a vector */
};

/* Texts of which something was said when their vectors were made. */
struct store_counts {
    uint64_t n_truncated;
    uint64_t n_invalid; /* bytes that are not UTF-8 */
    uint64_t n_mostly_unknown;
};

struct store {
    void *map;
    size_t map_size;
    const unsigned char *rows; /* (n_rows, n_bytes) */
    size_t n_rows;
    size_t n_bytes;
    struct store_counts counts;
    const struct store_block *blocks;
};

enum store_found {
    STORE_FOUND,
    STORE_NONE,
    STORE_DAMAGED, /* or no such file at all */
    STORE_FOREIGN, /* of another model, or made with other options */
    STORE_STALE,   /* of other texts */
    STORE_OLD      /* written by an earlier berth, in another form */
};

/* store_open - maps the file; its rows are checked by store_scores(). With
 * STORE_FOUND to be closed. */
enum store_found store_open(const char *path, const struct store_key *key,
                            struct store *out);
void store_close(struct store *s);

/* What a command makes of n rows in each of several ways: scores (n). Called by
 * several threads. */
typedef void store_score(const void *arg, size_t way, const void *rows,
                         size_t n, float *scores);

/* store_scores - score(arg, way, ...) of all rows into scores (n_ways, n_rows),
 * -infinity of those without words. False when a row is not as it was written,
 * or a score is no number. */
bool store_scores(const struct store *s, store_score *score, const void *arg,
                  size_t n_ways, size_t n_threads, float *scores);

/* A file that is written beside path, for its owner only. */
struct store_writer;

/* store_create - NULL on failure, errno set. A signal that ends the program
 * removes what is not finished. */
struct store_writer *store_create(const char *path,
                                  const struct store_key *key);
/* store_add - a row; NULL: of a text without words. Failures are told by
 * store_finish(). */
void store_add(struct store_writer *w, const void *row);
/* store_finish - when keep, the file gets its name; frees. False on failure,
 * errno set.
 *
 *   durable  only once it is on the disk
 */
bool store_finish(struct store_writer *w, bool keep, bool durable,
                  const struct store_counts *counts);

#endif
