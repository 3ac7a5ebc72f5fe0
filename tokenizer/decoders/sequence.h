/*
 * sequence.h - decoders one after the other.
 */
#ifndef TOKENIZER_DECODERS_SEQUENCE_H
#define TOKENIZER_DECODERS_SEQUENCE_H

#include "tokenizer/stages/stage.h"

/*
 * berth_decoder_sequence - each of n steps takes the pieces of the one before.
 *
 *   steps  out owns what they own; where it fails, they are the caller's
 *   out    owned: its free()
 *
 * False: out of memory.
 * Source: decoders/sequence.rs of tokenizers.
 */
bool berth_decoder_sequence(const struct berth_decoder *steps, size_t n,
                            struct berth_decoder *out);

#endif
