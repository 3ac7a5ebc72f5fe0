/*
 * sequence.h - splitters one after the other: each splits the words of the one
 * before it.
 */
#ifndef TOKENIZER_SPLITTERS_SEQUENCE_H
#define TOKENIZER_SPLITTERS_SEQUENCE_H

#include "tokenizer/stages/stage.h"

/*
 * berth_splitter_sequence - n steps, which may be none: then a stretch of text
 * is one word.
 *
 *   steps  out owns what they own; where it fails, they are the caller's
 *   out    owned: its free()
 *
 * False: out of memory.
 */
bool berth_splitter_sequence(const struct berth_splitter *steps, size_t n,
                             struct berth_splitter *out);

#endif
