/*
 * metaspace.h - pieces with SentencePiece's blanks back to text.
 */
#ifndef TOKENIZER_DECODERS_METASPACE_H
#define TOKENIZER_DECODERS_METASPACE_H

#include "tokenizer/stages/stage.h"

/*
 * berth_metaspace_decoder - every mark becomes a blank.
 *
 *   mark      one character, for example U+2581; copied
 *   prefixed  the first token's marks stand for nothing
 *   out       owned: its free()
 *
 * False: out of memory.
 * Source: pre_tokenizers/metaspace.rs of tokenizers.
 */
bool berth_metaspace_decoder(const char *mark, bool prefixed,
                             struct berth_decoder *out);

#endif
