/*
 * content.h - whether a file is the one that vectors were made of.
 */
#ifndef CLI_VECTORS_CONTENT_H
#define CLI_VECTORS_CONTENT_H

#include "cli/vectors/vector_file.h"

/* A file, and as much of its begin. */
struct content {
    struct store_stamp stamp;
    uint8_t whole[BLAKE2B_SIZE];
    uint8_t begin[BLAKE2B_SIZE]; /* of the first begin_size bytes */
    uint64_t n_lines;            /* LFs, or with null NULs, in them */
    bool ends_line;              /* the last of them is one */
};

/* content_stamp - what the system says of a file; false where it is none that
 * can be known again. */
bool content_stamp(const char *path, struct store_stamp *out);

/* content_is - whether such a file is unchanged: both are settled, and equal.
 */
bool content_is(const struct store_stamp *then, const struct store_stamp *now);

/*
 * content_read - digests of a file, after as much that its name told.
 *
 *   format      0: its name told nothing
 *   begin_size  0: nothing is asked of its begin
 *
 * False where it cannot be read, or is no ordinary file.
 */
bool content_read(const char *path, uint64_t format, uint64_t begin_size,
                  bool null, struct content *out);

#endif
