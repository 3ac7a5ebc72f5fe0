/*
 * leveldb_table.h - writes tables of LevelDB, and false ones with right sums.
 */
#ifndef TESTS_LEVELDB_TABLE_H
#define TESTS_LEVELDB_TABLE_H

#include "lib/crc32c.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    TABLE_ROOM = 1 << 14,
    TABLE_FOOTER = 48
};

struct bytes {
    unsigned char data[TABLE_ROOM];
    size_t n;
};

static inline void put_bytes(struct bytes *b, const void *data, size_t n)
{
    memcpy(b->data + b->n, data, n);
    b->n += n;
}

static inline void put_varint(struct bytes *b, uint64_t value)
{
    for (; value > 127; value >>= 7)
        b->data[b->n++] = (unsigned char)(value | 128);
    b->data[b->n++] = (unsigned char)value;
}

static inline void put_fixed(struct bytes *b, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b->data[b->n++] = (unsigned char)(value >> 8 * i);
}

/* An entry as it is in the file. */
static inline void put_entry(struct bytes *b, size_t shared, const void *rest,
                             size_t n_rest, const void *value, size_t n_value)
{
    put_varint(b, shared);
    put_varint(b, n_rest);
    put_varint(b, n_value);
    put_bytes(b, rest, n_rest);
    put_bytes(b, value, n_value);
}

/* The entries of a block, and which of them share nothing: restarts. */
struct block_of {
    struct bytes entries;
    uint32_t restarts[4];
    size_t n_restarts;
    unsigned char compression;
};

/* A block with its sum; its handle goes to where. */
static inline void put_block(struct bytes *file, const struct block_of *block,
                             struct bytes *where)
{
    const size_t begin = file->n;

    put_bytes(file, block->entries.data, block->entries.n);
    for (size_t i = 0; i < block->n_restarts; i++)
        put_fixed(file, block->restarts[i], 4);
    put_fixed(file, block->n_restarts, 4);
    put_varint(where, begin);
    put_varint(where, file->n - begin);
    put_fixed(file, block->compression, 1);
    put_fixed(
        file,
        berth_crc32c_mask(berth_crc32c(0, file->data + begin, file->n - begin)),
        4);
}

/* What follows the data blocks, to which the entries of index point. */
static inline void put_index(struct bytes *file, const struct block_of *index)
{
    static const struct block_of empty = {.n_restarts = 1};
    struct bytes footer = {.n = 0};

    put_block(file, &empty, &footer);
    put_block(file, index, &footer);
    footer.n = TABLE_FOOTER - 8;
    put_fixed(&footer, UINT64_C(0xdb4775248b80fb57), 8);
    put_bytes(file, footer.data, footer.n);
}

/* A table of n blocks. */
static inline void put_table(struct bytes *file, const struct block_of *blocks,
                             size_t n)
{
    static struct block_of index;

    index = (struct block_of){.n_restarts = 1};
    file->n = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char key = (unsigned char)('0' + i);
        struct bytes handle = {.n = 0};

        put_block(file, &blocks[i], &handle);
        put_entry(&index.entries, 0, &key, 1, handle.data, handle.n);
    }
    put_index(file, &index);
}

#endif
