/*
 * sequence.h - normalizers one after the other.
 */
#ifndef TOKENIZER_NORMALIZERS_SEQUENCE_H
#define TOKENIZER_NORMALIZERS_SEQUENCE_H

#include "tokenizer/stages/stage.h"

/*
 * berth_normalizer_sequence - n steps, which may be none. Each gets what the
 * one before it made, and the first one UTF-8, with U+FFFD for what is not: so
 * any normalizer but BERT's must be in a sequence, even alone.
 *
 *   steps  out owns what they own; where it fails, they are the caller's
 *   out    owned: its free()
 *
 * False: out of memory.
 */
bool berth_normalizer_sequence(const struct berth_normalizer *steps, size_t n,
                               struct berth_normalizer *out);

#endif
