/*
 * filter.h - normalizers that drop characters, or put a blank in their place.
 * Each is a step of berth_normalizer_sequence(). False: out of memory.
 */
#ifndef TOKENIZER_NORMALIZERS_FILTER_H
#define TOKENIZER_NORMALIZERS_FILTER_H

#include "tokenizer/stages/stage.h"

/* berth_strip_accents_normalizer - drops marks (M* of Unicode 9.0), those that
 * stand alone: the text was taken apart before. Source: StripAccents of
 * tokenizers. */
bool berth_strip_accents_normalizer(struct berth_normalizer *out);

/* berth_nmt_normalizer - drops control characters, and has a blank for other
 * white space and for what has no width. Source: Nmt of tokenizers, after
 * SentencePiece. */
bool berth_nmt_normalizer(struct berth_normalizer *out);

/* berth_strip_normalizer - drops the white space that a text begins (left) or
 * ends with (right). Source: Strip of tokenizers. */
bool berth_strip_normalizer(bool left, bool right,
                            struct berth_normalizer *out);

#endif
