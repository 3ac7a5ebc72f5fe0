/*
 * wordpiece.c - stage 3: greedy longest match, or the unknown token.
 */
#include "tokenizer/wordpiece.h"

/* Whether the word has more than max characters. */
static bool is_too_long(const char *word, size_t n, size_t max)
{
    size_t chars = 0;

    if (n <= max)
        return false;
    for (size_t i = 0; i < n; i++)
        chars += ((unsigned char)word[i] & 0xc0) != 0x80;
    return chars > max;
}

/* The longest piece at the start of text; its length, or 0 and id is left
 * alone. */
static size_t longest_match(const struct berth_vocab *vocab, const char *text,
                            size_t n, bool whole, uint64_t *hashes, int32_t *id)
{
    uint64_t hash = whole ? BERTH_HASH_WORD : BERTH_HASH_PIECE;
    size_t size = n > 1 ? berth_vocab_limit(vocab, text, n, whole) : n;

    if (size == 0)
        size = 1;
    for (size_t i = 0; i < size; i++) {
        hash = berth_hash_byte(hash, (unsigned char)text[i]);
        hashes[i] = hash;
    }
    for (; size > 0; size--) {
        int32_t found;

        /* Tokens are UTF-8: a cut within a character finds none. */
        if (size < n && ((unsigned char)text[size] & 0xc0) == 0x80)
            continue;
        found =
            whole ? berth_vocab_find(vocab, text, size, hashes[size - 1])
                  : berth_vocab_find_piece(vocab, text, size, hashes[size - 1]);
        if (found >= 0) {
            *id = found;
            return size;
        }
    }
    return 0;
}

size_t berth_wordpiece(const struct berth_wordpiece *rules,
                       const struct berth_vocab *vocab, const char *word,
                       size_t n, uint64_t *hashes, struct berth_piece *out)
{
    size_t n_pieces = 0;

    if (is_too_long(word, n, rules->max_chars)) {
        *out = (struct berth_piece){rules->unk_id, 0, n};
        return 1;
    }
    for (size_t at = 0; at < n;) {
        struct berth_piece *piece = &out[n_pieces++];
        size_t size = longest_match(vocab, word + at, n - at, at == 0, hashes,
                                    &piece->id);

        if (size == 0) {
            *out = (struct berth_piece){rules->unk_id, 0, n};
            return 1;
        }
        piece->begin = at;
        piece->end = at + size;
        at += size;
    }
    return n_pieces;
}
