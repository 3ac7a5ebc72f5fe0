/*
 * spelling.h - how the vocabulary writes a token.
 */
#ifndef TOKENIZER_SPELLING_H
#define TOKENIZER_SPELLING_H

#include "tokenizer/pipeline.h"

/* berth_spelling - the text of an id (n bytes), that of an added token first;
 * NULL: there is none. *declared: a file says that it is special. */
const char *berth_spelling(const struct berth_tokenizer *tokenizer, int32_t id,
                           size_t *n, bool *declared);

#endif
