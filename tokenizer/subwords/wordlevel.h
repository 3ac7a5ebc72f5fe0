/*
 * wordlevel.h - every word is a token, or unknown.
 */
#ifndef TOKENIZER_SUBWORDS_WORDLEVEL_H
#define TOKENIZER_SUBWORDS_WORDLEVEL_H

#include "tokenizer/stages/stage.h"
#include "tokenizer/subwords/vocab.h"

/*
 * berth_wordlevel - whole words.
 *
 *   vocab    indexed; lives longer than the stage
 *   unknown  the token for words that the vocabulary lacks
 *   out      owned: its free()
 *
 * False: out of memory.
 * Source: models/wordlevel of tokenizers.
 */
bool berth_wordlevel(const struct berth_vocab *vocab, const char *unknown,
                     struct berth_subwords *out);

#endif
