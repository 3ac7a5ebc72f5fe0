/*
 * bert.h - stage 2 of BERT: words, split at white space and punctuation.
 */
#ifndef TOKENIZER_SPLITTERS_BERT_H
#define TOKENIZER_SPLITTERS_BERT_H

#include "tokenizer/stages/stage.h"

/*
 * berth_bert_splitter - white space is no part of a word; a punctuation
 * character is a word of its own: "don't  go" is don, ', t, go. Cannot fail.
 *
 * Source: BertPreTokenizer of tokenizers.
 */
struct berth_splitter berth_bert_splitter(void);

#endif
