/*
 * fastbpe.h - tokens of fastBPE back to text.
 */
#ifndef TOKENIZER_DECODERS_FASTBPE_H
#define TOKENIZER_DECODERS_FASTBPE_H

#include "tokenizer/stages/stage.h"

/* berth_fastbpe_decoder - blanks between tokens, but after "low@@" none; no
 * white space at the ends. Source: PhobertTokenizer of transformers 5.24. */
struct berth_decoder berth_fastbpe_decoder(void);

#endif
