/*
 * pairs.h - which two tokens become one, and how soon: a hash table.
 */
#ifndef TOKENIZER_SUBWORDS_PAIRS_H
#define TOKENIZER_SUBWORDS_PAIRS_H

#include "tokenizer/subwords/merges.h"

#define BERTH_NO_RANK UINT32_MAX

struct berth_pair {
    uint32_t left;
    uint32_t right;
    uint32_t rank; /* BERTH_NO_RANK: the slot is free */
};

struct berth_pairs {
    struct berth_pair *slots; /* (1 << bits), at most half of them taken */
    unsigned bits;
    uint64_t *filter; /* (1 << bits) >> 3: eight bits for each slot, of
                         which one is set for a pair that is there: few of the
                         pairs that are asked for are */
    uint32_t *made;   /* (n) by rank: the id of what the pair becomes */
    size_t n;
};

/*
 * berth_pairs_build - of merges, the first of which has rank 0; of equal pairs
 * the last counts.
 *
 *   skip  bytes that the right token loses: those of "##"
 *   name  the file, for messages
 *   out   owned: berth_pairs_free()
 *
 * Errors: BERTH_ERR_FORMAT (a token that is not in the vocabulary),
 * BERTH_ERR_MEMORY.
 */
enum berth_status berth_pairs_build(const struct berth_vocab *vocab,
                                    const struct berth_merges *merges,
                                    size_t skip, const char *name,
                                    struct berth_pairs *out,
                                    struct berth_error *err);

void berth_pairs_free(struct berth_pairs *pairs);

/* berth_pairs_rank - BERTH_NO_RANK: the two stay apart. */
static inline uint32_t berth_pairs_rank(const struct berth_pairs *pairs,
                                        uint32_t left, uint32_t right)
{
    uint64_t key = (uint64_t)left << 32 | right;
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t bit = (size_t)(hash >> (61 - pairs->bits));
    size_t mask = ((size_t)1 << pairs->bits) - 1;
    size_t i = bit >> 3;

    if ((pairs->filter[bit >> 6] >> (bit & 63) & 1) == 0)
        return BERTH_NO_RANK;
    for (;; i = (i + 1) & mask) {
        const struct berth_pair *slot = &pairs->slots[i];

        if ((slot->left == left && slot->right == right) ||
            slot->rank == BERTH_NO_RANK)
            return slot->rank;
    }
}

#endif
