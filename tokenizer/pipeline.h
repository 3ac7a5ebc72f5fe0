/*
 * pipeline.h - stages 1 to 3 over a whole text: its ids and byte offsets,
 * without special tokens around it.
 */
#ifndef TOKENIZER_PIPELINE_H
#define TOKENIZER_PIPELINE_H

#include "tokenizer/state.h"
#include "tokenizer/tokens.h"

/*
 * berth_split - the tokens of text (n bytes, at most UINT32_MAX) into side,
 * which is one of scratch; what it held is replaced.
 *
 *   plain  special tokens in the text are ordinary text
 *
 * False: out of memory.
 */
bool berth_split(const struct berth_tokenizer *tokenizer, const char *text,
                 size_t n, bool plain, struct berth_scratch *scratch,
                 struct berth_side *side);

#endif
