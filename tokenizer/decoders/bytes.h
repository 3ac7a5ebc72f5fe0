/*
 * bytes.h - decoders that SentencePiece's BPE needs beside others: tokens that
 * are bytes, one piece of all, and blanks that go.
 */
#ifndef TOKENIZER_DECODERS_BYTES_H
#define TOKENIZER_DECODERS_BYTES_H

#include "tokenizer/stages/stage.h"

/* berth_byte_fallback_decoder - tokens <0xE2>, <0x82>, <0xAC> in a row are a
 * piece of these bytes; where they are not UTF-8, U+FFFD for each. Source:
 * decoders/byte_fallback.rs of tokenizers. */
struct berth_decoder berth_byte_fallback_decoder(void);

/* berth_fuse_decoder - all tokens as one piece. Source: decoders/fuse.rs. */
struct berth_decoder berth_fuse_decoder(void);

/*
 * berth_strip_decoder - every token without up to so many of a character.
 *
 *   content      one character, copied
 *   start, stop  how many at its start, and at its end
 *   out          owned: its free()
 *
 * False: out of memory.
 * Source: decoders/strip.rs of tokenizers.
 */
bool berth_strip_decoder(const char *content, size_t start, size_t stop,
                         struct berth_decoder *out);

#endif
