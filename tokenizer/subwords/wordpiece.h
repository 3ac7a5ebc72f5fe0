/*
 * wordpiece.h - stage 3: a word becomes the longest pieces of the vocabulary.
 */
#ifndef TOKENIZER_SUBWORDS_WORDPIECE_H
#define TOKENIZER_SUBWORDS_WORDPIECE_H

#include "tokenizer/subwords/matcher.h"
#include "tokenizer/subwords/vocab.h"

enum {
    BERTH_PIECE_SHORT = 64, /* bytes; longer pieces are found another way where
                               words may be long */
    BERTH_PREFIX_MAX = 64   /* bytes of a prefix, its end counted */
};

struct berth_wordpiece {
    char prefix[BERTH_PREFIX_MAX]; /* of a token that continues a word */
    int32_t unk_id;                /* -1: the vocabulary has none */
    size_t max_chars;              /* a longer word is unknown */
    /* Pieces that continue a word and are longer than BERTH_PIECE_SHORT, values
     * are ids; empty unless max_chars lets words be long. */
    struct berth_matcher long_pieces;
};

/* Bytes [begin, end) of the word. */
struct berth_piece {
    int32_t id;
    size_t begin;
    size_t end;
};

/*
 * berth_wordpiece_prepare - what keeps the time proportional to the word where
 * rules->max_chars is large: call once, when the vocabulary is indexed.
 *
 *   prefix  of a token that continues a word
 *   name    the file, for messages
 *
 * Errors: BERTH_ERR_MEMORY.
 */
enum berth_status berth_wordpiece_prepare(struct berth_wordpiece *rules,
                                          const struct berth_vocab *vocab,
                                          const char *prefix, const char *name,
                                          struct berth_error *err);

void berth_wordpiece_free(struct berth_wordpiece *rules);

/* Scratch of berth_wordpiece(). */
struct berth_wordpiece_scratch {
    uint64_t *hashes; /* (vocab->longest, but at least 1) */
    uint32_t *found;  /* (n), for a word of n bytes that has long pieces */
};

/* berth_wordpiece_is_long - a word of n bytes needs scratch->found. */
static inline bool berth_wordpiece_is_long(const struct berth_wordpiece *rules,
                                           size_t n)
{
    return n > BERTH_PIECE_SHORT && rules->long_pieces.n_nodes > 0;
}

/*
 * berth_wordpiece - greedy longest match from the left; a word with a part that
 * is not in the vocabulary is unknown as a whole.
 *
 *   word  (n) UTF-8, n at least 1
 *   out   room for n pieces, but no more than rules->max_chars; at least 1
 *
 * Returns the number of pieces, at least 1. Cannot fail.
 * Source: Wu et al. 2016 (arXiv:1609.08144); models/wordpiece of tokenizers.
 */
size_t berth_wordpiece(const struct berth_wordpiece *rules,
                       const struct berth_vocab *vocab, const char *word,
                       size_t n, const struct berth_wordpiece_scratch *scratch,
                       struct berth_piece *out);

#endif
