/*
 * wordpiece.c - stage 3: greedy longest match, or the unknown token.
 */
#include "tokenizer/subwords/wordpiece.h"

#include "lib/status.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONG_WORD = 1024 /* characters: no vocabulary in use allows more than 100 */
};

/* The token of id without the prefix, if it is a long piece. */
static bool long_piece(const struct berth_vocab *vocab, int32_t id,
                       const char *prefix, struct berth_pattern *out)
{
    const char *text = berth_vocab_text(vocab, id);
    size_t skip = vocab->prefix_length;

    if (text == NULL || vocab->words[id].length <= skip + BERTH_PIECE_SHORT ||
        memcmp(text, prefix, skip) != 0)
        return false;
    *out = (struct berth_pattern){text + skip, vocab->words[id].length - skip,
                                  (uint32_t)id};
    return true;
}

enum berth_status berth_wordpiece_prepare(struct berth_wordpiece *rules,
                                          const struct berth_vocab *vocab,
                                          const char *prefix, const char *name,
                                          struct berth_error *err)
{
    struct berth_pattern *patterns = NULL;
    struct berth_pattern one;
    size_t n = 0;
    bool ok = true;

    if (rules->max_chars <= LONG_WORD)
        return BERTH_OK;
    for (size_t id = 0; id < vocab->n_ids; id++)
        n += long_piece(vocab, (int32_t)id, prefix, &one);
    if (n > 0) {
        patterns = malloc(n * sizeof(*patterns));
        ok = patterns != NULL;
    }
    n = 0;
    for (size_t id = 0; patterns != NULL && id < vocab->n_ids; id++)
        n += long_piece(vocab, (int32_t)id, prefix, &patterns[n]);
    if (ok)
        ok = berth_matcher_build(patterns, n, &rules->long_pieces);
    free(patterns);
    return ok ? BERTH_OK
              : berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
}

void berth_wordpiece_free(struct berth_wordpiece *rules)
{
    berth_matcher_free(&rules->long_pieces);
}

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

/* The longest piece of at most most bytes at the start of text; its length, or
 * 0 and id is left alone. */
static size_t longest_match(const struct berth_vocab *vocab, const char *text,
                            size_t n, size_t most, bool whole, uint64_t *hashes,
                            int32_t *id)
{
    uint64_t hash = whole ? BERTH_HASH_WORD : BERTH_HASH_PIECE;
    size_t size = n > 1 ? berth_vocab_limit(vocab, text, n, whole) : n;

    if (size > most)
        size = most;
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

/* The piece at word + at, a long one if there is. */
static size_t match(const struct berth_vocab *vocab, const char *word, size_t n,
                    size_t at, const struct berth_wordpiece_scratch *scratch,
                    bool is_long, int32_t *id)
{
    if (is_long && at > 0 && scratch->found[at] != BERTH_NO_MATCH) {
        *id = (int32_t)scratch->found[at];
        return vocab->words[*id].length - vocab->prefix_length;
    }
    return longest_match(vocab, word + at, n - at,
                         is_long && at > 0 ? BERTH_PIECE_SHORT : SIZE_MAX,
                         at == 0, scratch->hashes, id);
}

size_t berth_wordpiece(const struct berth_wordpiece *rules,
                       const struct berth_vocab *vocab, const char *word,
                       size_t n, const struct berth_wordpiece_scratch *scratch,
                       struct berth_piece *out)
{
    bool is_long = berth_wordpiece_is_long(rules, n);
    size_t n_pieces = 0;

    if (is_too_long(word, n, rules->max_chars)) {
        *out = (struct berth_piece){rules->unk_id, 0, n};
        return 1;
    }
    if (is_long)
        berth_matcher_find(&rules->long_pieces, word, n, 0, n, scratch->found);
    for (size_t at = 0; at < n;) {
        struct berth_piece *piece = &out[n_pieces++];
        size_t size = match(vocab, word, n, at, scratch, is_long, &piece->id);

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
