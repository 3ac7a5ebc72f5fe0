/*
 * wordpiece.h - WordPiece tokens back to text.
 */
#ifndef TOKENIZER_DECODERS_WORDPIECE_H
#define TOKENIZER_DECODERS_WORDPIECE_H

#include "tokenizer/stages/stage.h"

/*
 * berth_wordpiece_decoder - blanks between words, none between their pieces.
 *
 *   prefix   of a token that continues a word
 *   cleanup  no blank before . , ? ! and similar
 *   out      owned: its free()
 *
 * False: out of memory.
 * Source: decoders/wordpiece.rs of tokenizers.
 */
bool berth_wordpiece_decoder(const char *prefix, bool cleanup,
                             struct berth_decoder *out);

#endif
