/*
 * wordpiece.h - stage 3: a word becomes the longest pieces of the vocabulary.
 */
#ifndef BERTH_WORDPIECE_H
#define BERTH_WORDPIECE_H

#include "tokenizer/vocab.h"

struct berth_wordpiece {
    int32_t unk_id;   /* -1: the vocabulary has none */
    size_t max_chars; /* a longer word is unknown */
};

/* Bytes [begin, end) of the word. */
struct berth_piece {
    int32_t id;
    size_t begin;
    size_t end;
};

/*
 * berth_wordpiece - greedy longest match from the left; a word with a part that
 * is not in the vocabulary is unknown as a whole.
 *
 *   word    (n) UTF-8, n at least 1
 *   hashes  (vocab->longest) scratch
 *   out     room for n pieces, but no more than rules->max_chars; at least 1
 *
 * Returns the number of pieces, at least 1. Cannot fail.
 * Source: Wu et al. 2016 (arXiv:1609.08144); models/wordpiece of tokenizers.
 */
size_t berth_wordpiece(const struct berth_wordpiece *rules,
                       const struct berth_vocab *vocab, const char *word,
                       size_t n, uint64_t *hashes, struct berth_piece *out);

#endif
