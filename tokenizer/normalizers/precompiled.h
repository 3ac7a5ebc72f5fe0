/*
 * precompiled.h - the character map of SentencePiece: NFKC and more, as a table
 * that comes with the model.
 */
#ifndef TOKENIZER_NORMALIZERS_PRECOMPILED_H
#define TOKENIZER_NORMALIZERS_PRECOMPILED_H

#include "tokenizer/stages/stage.h"

/*
 * berth_precompiled_normalizer - of a map (n bytes), which is copied: "fi" for
 * U+FB01, a blank for U+3000, nothing for U+00AD.
 *
 *   where  for messages: the file and the place in it
 *   out    owned: its free(). Its text must be UTF-8: a step of
 *          berth_normalizer_sequence().
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 * Source: Precompiled of tokenizers, and spm_precompiled below it. A map is
 * u32 size, size bytes of u32 units of a double array (Darts), and then texts,
 * each ended by a zero byte; all of little endian.
 */
enum berth_status berth_precompiled_normalizer(const unsigned char *map,
                                               size_t n, const char *where,
                                               struct berth_normalizer *out,
                                               struct berth_error *err);

#endif
