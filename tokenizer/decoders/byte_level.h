/*
 * byte_level.h - byte-level tokens back to text.
 */
#ifndef TOKENIZER_DECODERS_BYTE_LEVEL_H
#define TOKENIZER_DECODERS_BYTE_LEVEL_H

#include "tokenizer/stages/stage.h"

/*
 * berth_byte_level_decoder - the bytes that the characters of tokens stand for;
 * a token with a character that stands for none is its own text. Bytes that are
 * not UTF-8 become U+FFFD. All tokens become one piece.
 *
 * Source: decoders/byte_level.rs of tokenizers.
 */
struct berth_decoder berth_byte_level_decoder(void);

#endif
