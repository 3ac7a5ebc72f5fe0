/*
 * hash.h - the hash of a text, which is built byte by byte, so that the hashes
 * of all prefixes of a word cost one pass.
 */
#ifndef TOKENIZER_SUBWORDS_HASH_H
#define TOKENIZER_SUBWORDS_HASH_H

#include <stddef.h>
#include <stdint.h>

#define BERTH_HASH_WORD UINT64_C(0x243f6a8885a308d3)

static inline uint64_t berth_hash_byte(uint64_t hash, unsigned char c)
{
    return (hash ^ c) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint64_t berth_hash_text(const char *text, size_t n)
{
    uint64_t hash = BERTH_HASH_WORD;

    for (size_t i = 0; i < n; i++)
        hash = berth_hash_byte(hash, (unsigned char)text[i]);
    return hash;
}

#endif
