/*
 * vector_file.h - a file of vectors: rows of one length in bytes, which texts
 * they are of, and a sum of every block, so that nothing damaged is believed.
 * Beside each row more bytes may be kept, which are read for few rows.
 *
 * Parts are the vectors of one text file each. A file grows by blocks and a
 * table behind its end, which it has by one write of a slot of its header:
 * until then, and for whoever has opened it, it is what it was.
 */
#ifndef CLI_VECTORS_VECTOR_FILE_H
#define CLI_VECTORS_VECTOR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/base/blake2b.h"
#include "lib/berth.h"

/* Whose vectors: a digest of the model with all options that change vectors. */
struct store_key {
    uint8_t model[BLAKE2B_SIZE];
    size_t n_bytes;  /* of a vector */
    size_t n_beside; /* of what is kept beside it; 0: nothing */
};

/* Texts of which something was said when their vectors were made. */
struct store_counts {
    uint64_t n_truncated;
    uint64_t n_invalid; /* bytes that are not UTF-8 */
    uint64_t n_mostly_unknown;
};

/* What the system says of a text file. */
struct store_stamp {
    uint64_t device, inode, size;
    int64_t modified[2], changed[2]; /* seconds, and nanoseconds */
    uint64_t settled; /* 0: it had changed so lately that it might change again
                         without another time */
};

/* The vectors of one text file. */
struct store_part {
    uint8_t content[BLAKE2B_SIZE]; /* of the file, and of its format */
    struct store_stamp stamp;
    uint64_t n_rows;
    uint64_t first_block, n_blocks;
    struct store_counts counts;
};

enum {
    STORE_BLOCK_ROWS = 256
};

#define STORE_NO_PLACE UINT64_MAX

/* What is known of a block of rows. */
struct store_block {
    uint64_t at; /* in the file of vectors */
    uint64_t sum;
    uint64_t place; /* in the text file, of its first record; STORE_NO_PLACE:
                       that can only be read from its begin */
    uint64_t line;  /* the same, from 1 */
    uint64_t n_rows;
    uint64_t wordless[STORE_BLOCK_ROWS / 64]; /* bit i: row i is of a text
                                                 without words, and zeros */
    uint64_t beside; /* where in the file what is beside its rows begins */
};

struct store {
    void *map;
    size_t map_size;
    size_t n_bytes, n_beside;
    const struct store_part *parts; /* (n_parts) */
    size_t n_parts;
    const struct store_block *blocks; /* (n_blocks) */
    size_t n_blocks;
    size_t end;      /* bytes of the file that count */
    size_t present;  /* which slot of the header says so */
    uint64_t sum;    /* of that one, of all that it says */
    uint64_t age;    /* the same, */
    uint64_t newest; /* and of the newest */
};

enum store_found {
    STORE_FOUND,
    STORE_NONE,
    STORE_DAMAGED, /* or no such file at all */
    STORE_FOREIGN, /* of another model, or made with other options */
    STORE_OLD      /* written by an earlier berth, in another form */
};

/* store_open - maps the file and checks all but its rows, which store_scan()
 * does. With STORE_FOUND to be closed; with STORE_FOREIGN only n_beside is set.
 */
enum store_found store_open(const char *path, const struct store_key *key,
                            struct store *out);
void store_close(struct store *s);

/* What a command makes of n rows, of which the first has that number in its
 * part; bit i of skip: row i is of a text without words. It goes on with the
 * sums of their bytes. False: it cannot be, and nothing is believed. */
typedef bool store_visit(void *arg, const void *rows, size_t n, size_t first,
                         const uint64_t *skip, struct berth_sums *sums);

/*
 * store_scan - visits all rows of a part, in any order.
 *
 *   args  (n_threads) each for one thread at a time
 *
 * False where a row is not as it was written, or visit() failed.
 */
bool store_scan(const struct store *s, const struct store_part *part,
                store_visit *visit, void *const *args, size_t n_threads);

/* What is beside the rows of a part. */
struct store_beside {
    const struct store *store;
    const struct store_part *part;
    size_t *firsts; /* (n_blocks + 1) numbers of their first rows, owned */
};

/* store_beside_open - false when memory is out; free(firsts) ends it. */
bool store_beside_open(struct store_beside *b, const struct store *s,
                       const struct store_part *part);

/* store_beside_get - of a row, of those that store_scan() has visited: NULL
 * where that is not as it was written. */
const void *store_beside_get(const struct store_beside *b, size_t row);

/* What a command makes of n rows in each of several ways: scores (n). Called by
 * several threads. */
typedef void store_score(const void *arg, size_t way, const void *rows,
                         size_t n, float *scores);

/* store_scores - score(arg, way, ...) of all rows of a part into scores
 * (n_ways, n_rows), -infinity of those without words. False when a row is not
 * as it was written, or a score is no number. */
bool store_scores(const struct store *s, const struct store_part *part,
                  store_score *score, const void *arg, size_t n_ways,
                  size_t n_threads, float *scores);

/* What is written: a file beside path, for its owner only, or what is appended
 * to one. */
struct store_writer;

/* store_create - NULL on failure, errno set. A signal that ends the program
 * removes what is not finished. */
struct store_writer *store_create(const char *path,
                                  const struct store_key *key);

/* store_append - what is added to the file of s, which stays open meanwhile;
 * store_replace - another file in its place, or where s is of none. Where
 * others have done either since it was opened, or are doing it, errno is
 * EAGAIN. */
struct store_writer *store_append(const char *path, const struct store *s);
struct store_writer *store_replace(const char *path,
                                   const struct store_key *key,
                                   const struct store *s);

/* store_add - a row, what is kept beside it, and where its record is; NULL: of
 * a text without words. Failures are told by store_finish(). */
void store_add(struct store_writer *w, const void *row, const void *beside,
               uint64_t place, uint64_t line);

/* store_copy - blocks of s, as they are. */
void store_copy(struct store_writer *w, const struct store *s,
                const struct store_block *blocks, size_t n);

/* store_end_part - the rows that were added or copied since the last part, and
 * before them blocks that the file has already (n_old; of store_append()), are
 * a part. to: content, stamp and counts are set, the rest is out; it is copied
 * too. */
void store_end_part(struct store_writer *w, const struct store_block *old,
                    size_t n_old, struct store_part *to);

/* store_finish - when keep, the file has its name and its parts; frees. False
 * on failure, errno set, and the file is what it was.
 *
 *   durable  only once it is on the disk
 */
bool store_finish(struct store_writer *w, bool keep, bool durable);

#endif
