/*
 * kept.h - vectors of files that are kept, in the user's cache or in an index:
 * which they are, and keeping new ones.
 */
#ifndef CLI_VECTORS_KEPT_H
#define CLI_VECTORS_KEPT_H

#include "cli/vectors/vector_file.h"
#include "cli/vectors/vector_type.h"
#include "cli/vectors/vectors.h"

/* A block of rows that are known: where its records are in the file. */
struct kept_mark {
    size_t row; /* the first */
    uint64_t place, line;
};

/* A file, whose vectors are kept together. */
struct kept_unit {
    char *file;
    uint8_t content[BLAKE2B_SIZE];
    struct store_stamp stamp;
    const struct store_part *part; /* of the index: all of it, or its begin */
    size_t n_known;          /* rows of its begin, when only that is known */
    struct input_start rest; /* what follows these */
    char *path;              /* of its own store, owned; NULL: none */
    struct store_writer *writer; /* of that */
    bool whole;                  /* all of it is known */
    bool begun;                  /* its rows go into the index */
    bool distrust;               /* what was kept of it was damaged */
    bool spoiled; /* not to be kept: a record failed, or was not computed */
    struct store_counts counts;
    struct kept_mark *marks; /* (n_marks) of kept_find(), owned */
    size_t n_marks;
};

/* Start with the options set, all else 0. */
struct kept {
    const char *index; /* NULL: the cache */
    bool no_cache, clear_cache;
    size_t cache_size;
    size_t largest; /* bytes of a file that may be in the cache; 0: any */
    bool beside;    /* vectors are kept as they are, too */

    const struct input_options *input; /* how they are read */
    struct store_key key;
    struct kept_unit *units;
    size_t n_units;
    char *cache;        /* its folder; NULL: none is used */
    bool wrote;         /* into the cache */
    struct store store; /* the index */
    size_t next_part;   /* where the next file is probably found in it */
    struct store_writer *writer; /* of the index */
    bool no_writer;              /* which could not be, or must not, */
    bool failed;                 /* and this was an error */
    bool anew;                   /* it writes another file */
    char **read;                 /* (n_read) files that the stream reads */
    struct input_start *starts;  /* (n_read) and where */
    size_t *read_unit;           /* (n_read) whose they are */
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

/* What is known of a unit: until kept_release(). */
struct kept_found {
    struct store store; /* the cache's, to be closed */
    const struct store *from;
    const struct store_part *part;
};

/* kept_find - the vectors of a unit, whose marks are set; *found:
 * kept_release(). Of an index they may be those of its begin: then kept_read()
 * it, too. False after one message: what is kept there is not to be replaced.
 */
bool kept_find(struct kept *k, size_t unit, struct kept_found *out,
               bool *found);
void kept_release(struct kept_found *found);

/* kept_used - what kept_find() found was as it was written. */
void kept_used(struct kept *k, size_t unit, const struct kept_found *found);

/* kept_damaged - it was not, and is not found again; false after one message,
 * as kept_find(). */
bool kept_damaged(struct kept *k, size_t unit);

/* kept_read - the stream reads the unit, or what is not known of it, after
 * those before. */
void kept_read(struct kept *k, size_t unit);

/*
 * Of the records that the stream reads, in their order, when there is a unit:
 *
 * kept_unit_of - whose the record is.
 * kept_row_of - a number that grows with the records of its unit.
 * kept_add - its vector, of the type of q; NULL: it has no words.
 * kept_spoil - it failed: nothing is kept of its unit.
 */
size_t kept_unit_of(struct kept *k, const struct record *record);
size_t kept_row_of(struct kept *k, const struct record *record);
void kept_add(struct kept *k, const struct item *item, const void *row);
void kept_spoil(struct kept *k, const struct record *record);

/* kept_finish - ends what kept_add() wrote; frees.
 *
 *   whole  the stream came to its end
 *
 * False after one message. */
bool kept_finish(struct kept *k, bool whole);

#endif
