/*
 * unigram.h - a word becomes the pieces that are likeliest together.
 */
#ifndef TOKENIZER_SUBWORDS_UNIGRAM_H
#define TOKENIZER_SUBWORDS_UNIGRAM_H

#include "tokenizer/stages/stage.h"
#include "tokenizer/subwords/vocab.h"

struct berth_unigram_rules {
    double *scores;     /* (vocab->n_ids) the stage owns them, if it is made */
    int32_t unk_id;     /* -1: none */
    bool byte_fallback; /* what is unknown becomes <0x00> .. <0xFF>, where
                             the vocabulary has all that it takes */
};

/*
 * berth_unigram - of all ways to cut a word the one whose scores have the
 * largest sum. A character that is no piece may be unknown, at 10 less than the
 * lowest score; unknown neighbours are one token. Of equal ways the one with
 * the longest last piece is taken, and of what is before that again. The time
 * is proportional to the word, times the pieces that begin at one place.
 *
 *   vocab  berth_vocab_index_pieces(); lives longer than the stage
 *   rules  copied, but for the scores
 *   out    owned: its free()
 *
 * False: out of memory.
 * Source: Kudo 2018 (arXiv:1804.10959); models/unigram of tokenizers.
 */
bool berth_unigram(const struct berth_vocab *vocab,
                   const struct berth_unigram_rules *rules,
                   struct berth_subwords *out);

#endif
