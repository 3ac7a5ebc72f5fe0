/*
 * byte_level.h - the words of GPT-2, whose tokens are made of bytes.
 */
#ifndef TOKENIZER_SPLITTERS_BYTE_LEVEL_H
#define TOKENIZER_SPLITTERS_BYTE_LEVEL_H

#include "tokenizer/stages/stage.h"

/*
 * berth_byte_level_splitter - a blank stays with the word after it: "it's so"
 * is "it", "'s", " so". Words keep their bytes; how tokens spell these is in
 * unicode/byte_alphabet.h.
 *
 *   add_prefix_space  a stretch begins with a blank, which has the place of the
 *                     first character
 *   use_regex         else a stretch stays one word
 *   out               owned: its free()
 *
 * False: out of memory.
 * Source: pre_tokenizers/byte_level.rs of tokenizers.
 */
bool berth_byte_level_splitter(bool add_prefix_space, bool use_regex,
                               struct berth_splitter *out);

#endif
