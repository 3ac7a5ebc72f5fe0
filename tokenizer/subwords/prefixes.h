/*
 * prefixes.h - a filter that knows how pieces begin.
 *
 * All prefixes of a text have hashes that come from one pass over it. By such a
 * hash two bits say whether a piece may be that prefix, and whether a longer
 * one may begin with it; most of what the filter lets pass is there. It is made
 * in a fraction of the time that a trie of 250,000 pieces takes.
 */
#ifndef TOKENIZER_SUBWORDS_PREFIXES_H
#define TOKENIZER_SUBWORDS_PREFIXES_H

#include "tokenizer/subwords/hash.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    BERTH_PREFIX_GOES_ON = 1, /* a piece may begin with it */
    BERTH_PREFIX_ENDS = 2     /* a piece may be it */
};

struct berth_prefixes {
    uint64_t *cells; /* 32 of two bits in each; NULL: there is no filter */
    unsigned bits;   /* 1 << bits cells */
    size_t longest;  /* bytes of the longest piece */
};

/* berth_prefixes_init - an empty filter for n pieces; free(out->cells). False:
 * out of memory. */
bool berth_prefixes_init(struct berth_prefixes *out, size_t n);

/* berth_prefixes_look - the bits of a text by its hash. */
static inline unsigned
berth_prefixes_look(const struct berth_prefixes *prefixes, uint64_t hash)
{
    size_t i = (size_t)(hash >> (64 - prefixes->bits));

    return prefixes->cells[i / 32] >> 2 * (i % 32) & 3;
}

/* berth_prefixes_add - a piece of n bytes of UTF-8. Returns its hash. Where a
 * character ends is no branch: it would often be predicted wrongly. */
static inline uint64_t berth_prefixes_add(struct berth_prefixes *prefixes,
                                          const char *text, size_t n)
{
    uint64_t *cells = prefixes->cells;
    unsigned shift = 64 - prefixes->bits;
    uint64_t hash = BERTH_HASH_WORD;

    for (size_t i = 0; i < n; i++) {
        uint64_t bits = i + 1 == n ? BERTH_PREFIX_ENDS
                        : ((unsigned char)text[i + 1] & 0xc0) != 0x80
                            ? BERTH_PREFIX_GOES_ON
                            : 0;
        size_t at;

        hash = berth_hash_byte(hash, (unsigned char)text[i]);
        at = (size_t)(hash >> shift);
        cells[at / 32] |= bits << 2 * (at % 32);
    }
    if (n > prefixes->longest)
        prefixes->longest = n;
    return hash;
}

#endif
