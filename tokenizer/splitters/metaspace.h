/*
 * metaspace.h - SentencePiece's blanks: U+2581 in their place, and before the
 * first word.
 */
#ifndef TOKENIZER_SPLITTERS_METASPACE_H
#define TOKENIZER_SPLITTERS_METASPACE_H

#include "tokenizer/stages/stage.h"

/* Which stretches of text get a mark in front, unless they begin with one. */
enum berth_prepend {
    BERTH_PREPEND_ALWAYS = 0,
    BERTH_PREPEND_FIRST, /* only what begins where the text does */
    BERTH_PREPEND_NEVER
};

/*
 * berth_metaspace_splitter - blanks (U+0020) become the mark, which begins a
 * new word: "new york" is _new, _york. A prefix has the place of the first
 * character.
 *
 *   mark   one character, for example U+2581; copied
 *   split  else a stretch stays one word
 *   out    owned: its free()
 *
 * False: out of memory.
 * Source: pre_tokenizers/metaspace.rs of tokenizers.
 */
bool berth_metaspace_splitter(const char *mark, enum berth_prepend prepend,
                              bool split, struct berth_splitter *out);

#endif
