/*
 * leveldb.h - a sorted table of LevelDB, which the index of a TensorFlow
 * checkpoint is.
 */
#ifndef MODELS_FILES_LEVELDB_H
#define MODELS_FILES_LEVELDB_H

#include "lib/folder.h"
#include "lib/protobuf.h"

enum {
    BERTH_LEVELDB_KEY_MAX = 512 /* bytes of a key that is read */
};

/* One entry, for as long as the call lasts. */
struct berth_leveldb_entry {
    const char *key; /* terminated; may hold NUL */
    size_t n;        /* bytes of the key */
    struct berth_message value;
};

typedef enum berth_status
berth_leveldb_visit(void *arg, const struct berth_leveldb_entry *entry,
                    struct berth_error *err);

/*
 * berth_leveldb_each - visit(arg, entry) of all entries, in the order of their
 * keys, until one fails.
 *
 *   file  the whole table; path names it in messages
 *
 * The sum of each block is checked before it is used. Allocates nothing.
 * Errors: BERTH_ERR_FORMAT; BERTH_ERR_UNSUPPORTED (a compressed block, a key of
 * more than BERTH_LEVELDB_KEY_MAX bytes); those of visit().
 */
enum berth_status berth_leveldb_each(const struct berth_blob *file,
                                     const char *path,
                                     berth_leveldb_visit *visit, void *arg,
                                     struct berth_error *err);

#endif
