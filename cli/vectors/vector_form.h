/*
 * vector_form.h - how a file of vectors is laid out, for its reader and its
 * writer.
 *
 * The header has two slots, of which the one that holds and is newer counts.
 * Blocks of rows begin at multiples of 64 bytes. The table of all parts and
 * blocks comes after the last of them: it is written anew when the file grows,
 * since it is a thousandth of the rows.
 *
 * What is kept beside rows is apart from them, so that these follow each other:
 * a sum of 64 bits comes after that of each row.
 */
#ifndef CLI_VECTORS_VECTOR_FORM_H
#define CLI_VECTORS_VECTOR_FORM_H

#include "cli/vectors/vector_file.h"

enum {
    FORM_ALIGN = 64,
    FORM_SLOTS = 2,
    FORM_MAX_BYTES = 4 << 20 /* of a vector */
};

#define FORM_MAGIC "BERTHV\0\7"

/* Each in a sector of its own. */
struct form_slot {
    char magic[8];
    uint8_t model[BLAKE2B_SIZE];
    uint64_t n_bytes;
    uint64_t age; /* one more each time */
    uint64_t table_at, n_parts, n_blocks;
    uint64_t table_sum;
    uint64_t n_beside;
    uint8_t unused[512 - 8 - BLAKE2B_SIZE - 8 * 8];
    uint64_t sum; /* of what comes before it */
};

struct form_header {
    struct form_slot slots[FORM_SLOTS];
};

static inline uint64_t form_sum_end(const struct berth_sums *s, uint64_t seed)
{
    uint64_t words[2 * BERTH_SUMS_LANES], sum = seed;

    __builtin_memcpy(words, s, sizeof(words));
    for (size_t j = 0; j < 2 * BERTH_SUMS_LANES; j++) {
        sum = (sum ^ words[j]) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 29;
    }
    return sum;
}

static inline uint64_t form_sum_of(const void *data, size_t size, uint64_t seed)
{
    struct berth_sums s = {{0}, {0}};

    berth_sums_add(&s, data, size);
    return form_sum_end(&s, seed + size);
}

/* Of what is beside a row: it belongs to that row only. */
static inline uint64_t form_beside_sum(const void *row, size_t n_bytes,
                                       const void *beside, size_t n_beside)
{
    return form_sum_of(beside, n_beside, form_sum_of(row, n_bytes, 3));
}

/* Bytes from one to the next. */
static inline size_t form_beside_step(size_t n_beside)
{
    return n_beside > 0 ? n_beside + sizeof(uint64_t) : 0;
}

static inline uint64_t form_slot_sum(const struct form_slot *slot)
{
    return form_sum_of(slot, offsetof(struct form_slot, sum), 1);
}

static inline bool form_slot_holds(const struct form_slot *slot)
{
    return __builtin_memcmp(slot->magic, FORM_MAGIC, sizeof(slot->magic)) ==
               0 &&
           slot->sum == form_slot_sum(slot);
}

/* Of a table: first the parts, then the blocks. */
static inline uint64_t form_table_sum(const struct store_part *parts,
                                      size_t n_parts,
                                      const struct store_block *blocks,
                                      size_t n_blocks)
{
    const uint64_t seed = form_sum_of(parts, n_parts * sizeof(*parts), 2);

    return form_sum_of(blocks, n_blocks * sizeof(*blocks), seed);
}

#endif
