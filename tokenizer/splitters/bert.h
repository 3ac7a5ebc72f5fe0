/*
 * bert.h - stage 2: words, split at white space and punctuation.
 */
#ifndef TOKENIZER_SPLITTERS_BERT_H
#define TOKENIZER_SPLITTERS_BERT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * berth_pretokenize - the first word of bytes [at, n): [*begin, *end). White
 * space is no part of it; a punctuation character is a word of its own. False:
 * there is none.
 *
 * Source: BertPreTokenizer of tokenizers.
 */
bool berth_pretokenize(const char *bytes, size_t at, size_t n, size_t *begin,
                       size_t *end);

#endif
