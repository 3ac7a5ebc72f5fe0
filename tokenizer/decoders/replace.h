/*
 * replace.h - tokens back to text where a mark stands for a blank.
 */
#ifndef TOKENIZER_DECODERS_REPLACE_H
#define TOKENIZER_DECODERS_REPLACE_H

#include "tokenizer/stages/stage.h"

/* A mark, wherever it is in a token, and what it becomes. */
struct berth_mark {
    const char *mark;  /* "": there is none */
    const char *first; /* in the first token */
    const char *other;
    const char *last; /* in the last one; NULL: as in the others */
};

/*
 * berth_replace_decoder - with </w> as the mark, a blank, but nothing for the
 * last one, low, er</w>, now</w> is "lower now".
 *
 *   mark  copied
 *   out   owned: its free()
 *
 * False: out of memory.
 * Source: decoders/bpe.rs and normalizers/replace.rs of tokenizers.
 */
bool berth_replace_decoder(const struct berth_mark *mark,
                           struct berth_decoder *out);

#endif
