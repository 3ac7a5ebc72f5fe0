/*
 * bpe.h - tokens of characters back to text, where a mark ends a word.
 */
#ifndef TOKENIZER_DECODERS_BPE_H
#define TOKENIZER_DECODERS_BPE_H

#include "tokenizer/stages/stage.h"

/*
 * berth_bpe_decoder - the mark, "</w>", becomes a blank, but nothing at the end
 * of the text.
 *
 *   suffix  of a token that ends a word; copied
 *   out     owned: its free()
 *
 * False: out of memory.
 * Source: decoders/bpe.rs of tokenizers.
 */
bool berth_bpe_decoder(const char *suffix, struct berth_decoder *out);

#endif
