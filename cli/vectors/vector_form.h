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
    FORM_STEP = 32, /* bytes, of a sum */
    FORM_SLOTS = 2,
    FORM_MAX_BYTES = 4 << 20 /* of a vector */
};

#define FORM_MAGIC "BERTHV\0\6"

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

/* Two lanes, in a vector register. */
typedef uint64_t form_lanes __attribute__((vector_size(16)));

/* Sums of 64-bit words and sums of these sums (Fletcher, 1982), in four lanes:
 * faster than memory. A changed word changes the first sum of its lane, words
 * that change places the second. */
struct form_sum {
    form_lanes first[2], second[2];
};

/* The sums of whole steps. */
static inline void form_sum_steps(struct form_sum *s, const unsigned char *p,
                                  size_t size)
{
    form_lanes a = s->first[0], b = s->first[1];
    form_lanes aa = s->second[0], bb = s->second[1];

    for (size_t i = 0; i < size; i += FORM_STEP) {
        form_lanes x, y;

        __builtin_memcpy(&x, p + i, sizeof(x));
        __builtin_memcpy(&y, p + i + 16, sizeof(y));
        a += x;
        b += y;
        aa += a;
        bb += b;
    }
    *s = (struct form_sum){{a, b}, {aa, bb}};
}

/* Bytes after which more are to come are whole steps. */
static inline void form_sum_add(struct form_sum *s, const void *data,
                                size_t size)
{
    const size_t whole = size / FORM_STEP * FORM_STEP, rest = size % FORM_STEP;
    unsigned char last[FORM_STEP] = {0};

    form_sum_steps(s, data, whole);
    if (rest == 0)
        return;
    __builtin_memcpy(last, (const unsigned char *)data + whole, rest);
    form_sum_steps(s, last, sizeof(last));
}

static inline uint64_t form_sum_end(const struct form_sum *s, uint64_t seed)
{
    uint64_t words[8], sum = seed;

    __builtin_memcpy(words, s, sizeof(words));
    for (size_t j = 0; j < 8; j++) {
        sum = (sum ^ words[j]) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 29;
    }
    return sum;
}

static inline uint64_t form_sum_of(const void *data, size_t size, uint64_t seed)
{
    struct form_sum s = {{{0}}, {{0}}};

    form_sum_add(&s, data, size);
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
