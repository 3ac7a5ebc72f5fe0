/*
 * kept.h - vectors of files that are kept, in the user's cache or in an index:
 * which they are, and keeping new ones.
 */
#ifndef CLI_VECTORS_KEPT_H
#define CLI_VECTORS_KEPT_H

#include "cli/vectors/vector_file.h"
#include "cli/vectors/vector_type.h"
#include "cli/vectors/vectors.h"

/* Files whose vectors are kept together: one, or with --index all. */
struct kept_unit {
    char **files;
    size_t n_files;
    struct store_key key;
    char *path; /* of the store, owned; NULL: they are not kept */
    struct store_writer *writer;
    bool spoiled; /* not to be kept: a record failed, or was not computed */
    struct store_counts counts;
};

/* Start with the options set, all else 0. */
struct kept {
    const char *index; /* NULL: the cache */
    bool no_cache, clear_cache;
    size_t cache_size;
    size_t largest; /* bytes of a file that may be in the cache; 0: any */

    const struct input_options *input; /* how they are read */
    struct kept_unit *units;
    size_t n_units;
    char *cache;       /* its folder; NULL: none is used */
    bool wrote;        /* into the cache */
    char **read;       /* (n_read) files that the stream reads */
    size_t *read_unit; /* (n_read) whose they are */
    size_t n_read;
    struct store_counts used; /* of what kept_used() was told */
    const char *first_truncated, *first_invalid, *first_unknown; /* its file */
    size_t at;           /* in read: the file of the last record */
    const char *trouble; /* (n_read) enum input_trouble, of the stream */
};

/* The rows of its options, where it is this member of this type. */
#define NO_CACHE_ROW(type, kept)                                               \
    0, "no-cache", NULL, "neither read nor write the cache of vectors",        \
        OPTION_FLAG, offsetof(type, kept.no_cache), 0, 0
#define CLEAR_CACHE_ROW(type, kept)                                            \
    0, "clear-cache", NULL, "first empty the cache of vectors", OPTION_FLAG,   \
        offsetof(type, kept.clear_cache), 0, 0
#define CACHE_SIZE_ROW(type, kept)                                             \
    0, "cache-size", "SIZE",                                                   \
        "largest size of the cache; K, M or G may follow (default: 1G)",       \
        OPTION_BYTES, offsetof(type, kept.cache_size), 0, 1LL << 50

enum {
    KEPT_CACHE_SIZE = 1 << 30
};

/* kept_clear - does what --clear-cache says. */
void kept_clear(const struct kept *k);

/* kept_open - the units of all files of the input, vectors of which are as q
 * says; kept_finish() in any case. False after one message. */
bool kept_open(struct kept *k, const struct vectors *v,
               const struct quantized *q, const struct input_options *in);

/* kept_find - the vectors of a unit; *found: store_close(). False after one
 * message: what is kept there is not to be replaced. */
bool kept_find(struct kept *k, size_t unit, struct store *store, bool *found);

/* kept_used - what kept_find() found was as it was written. */
void kept_used(struct kept *k, size_t unit, const struct store *store);

/* kept_damaged - it was not; false after one message, as kept_find(). */
bool kept_damaged(const struct kept *k);

/* kept_read - the stream reads the files of the unit, after those before. */
void kept_read(struct kept *k, size_t unit);

/*
 * Of the records that the stream reads, in their order, when there is a unit:
 *
 * kept_unit_of - whose the record is.
 * kept_add - its vector, of the type of q; NULL: it has no words.
 * kept_spoil - it failed: nothing is kept of its unit.
 */
size_t kept_unit_of(struct kept *k, const struct record *record);
void kept_add(struct kept *k, const struct item *item, const void *row);
void kept_spoil(struct kept *k, const struct record *record);

/* kept_finish - ends what kept_add() wrote; frees.
 *
 *   whole  the stream came to its end
 *
 * False after one message. */
bool kept_finish(struct kept *k, bool whole);

#endif
