/*
 * bpe_merge.h - the symbols of a word, and making one of two.
 */
#ifndef TOKENIZER_SUBWORDS_BPE_MERGE_H
#define TOKENIZER_SUBWORDS_BPE_MERGE_H

#include "tokenizer/stages/flow.h"
#include "tokenizer/subwords/pairs.h"

/* A token, or what may become a part of one. */
struct berth_symbol {
    uint32_t id;
    uint32_t end; /* the byte of the word where it ends: it begins where the one
                     before ends */
};

/*
 * berth_bpe_merge - merges the symbols of a word until no pair is left.
 *
 *   room  memory for a long word
 *
 * Returns how many are left, in their order; SIZE_MAX: out of memory.
 */
size_t berth_bpe_merge(const struct berth_pairs *pairs,
                       struct berth_symbol *symbols, size_t n,
                       struct berth_room *room);

#endif
