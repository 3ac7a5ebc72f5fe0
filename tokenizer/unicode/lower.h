/*
 * lower.h - lower case of a text, where a character may depend on others.
 */
#ifndef TOKENIZER_UNICODE_LOWER_H
#define TOKENIZER_UNICODE_LOWER_H

#include "tokenizer/unicode/utf8.h"

/*
 * berth_utf8_lower - lower case of the character at byte at of word (n bytes of
 * UTF-8): U+03A3, a capital sigma, has another where the word ends. Returns how
 * many bytes were written, at most half as many again as *size, which the
 * character had.
 *
 * Source: str.lower() of Python.
 */
size_t berth_utf8_lower(const char *word, size_t at, size_t n, size_t *size,
                        char out[2 * BERTH_UTF8_MAX]);

#endif
