/*
 * words.h - the marks of tokens: what of a word they are.
 */
#ifndef TOKENIZER_WORDS_H
#define TOKENIZER_WORDS_H

#include "tokenizer/pipeline.h"

/* berth_words_build - the words that need a text of their own; needs the
 * vocabulary and its stages. False: out of memory. */
bool berth_words_build(struct berth_tokenizer *tokenizer);

void berth_words_free(struct berth_words *words);

/* berth_words_mark - what the marks in a token's text, which is filled in, say
 * of its word. Cannot fail. */
void berth_words_mark(const struct berth_tokenizer *tokenizer, int32_t id,
                      struct berth_token *token);

#endif
