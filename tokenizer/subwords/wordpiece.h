/*
 * wordpiece.h - stage 3 of BERT: a word becomes the longest pieces of the
 * vocabulary.
 */
#ifndef TOKENIZER_SUBWORDS_WORDPIECE_H
#define TOKENIZER_SUBWORDS_WORDPIECE_H

#include "tokenizer/stages/stage.h"
#include "tokenizer/subwords/vocab.h"

struct berth_wordpiece_rules {
    const char *prefix;  /* of a token that continues a word */
    const char *unknown; /* the token for words that have none */
    size_t max_chars;    /* a longer word is unknown */
};

/*
 * berth_wordpiece - greedy longest match from the left: "unable" is un, ##able
 * where these are tokens. A word with a part that is not in the vocabulary is
 * unknown as a whole. The time is proportional to the word, however long it and
 * its pieces are.
 *
 *   vocab  indexed; lives longer than the stage
 *   rules  copied
 *   name   the file, for messages
 *   out    owned: its free()
 *
 * Errors: BERTH_ERR_MEMORY.
 * Source: Wu et al. 2016 (arXiv:1609.08144); models/wordpiece of tokenizers.
 */
enum berth_status berth_wordpiece(const struct berth_vocab *vocab,
                                  const struct berth_wordpiece_rules *rules,
                                  const char *name, struct berth_subwords *out,
                                  struct berth_error *err);

#endif
