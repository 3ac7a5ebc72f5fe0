/*
 * utf8.h - what is UTF-8, and what is not.
 */
#ifndef CLI_BASE_UTF8_H
#define CLI_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UTF8_MAX = 4 /* bytes of a character */
};

/*
 * utf8_next - bytes of the character at s (size bytes, at least 1).
 *
 *   bad  out: it is none, but the longest start of one; print a single U+FFFD
 *        for it, as the tokenizer does (Unicode 15, table 3-7)
 */
size_t utf8_next(const char *s, size_t size, bool *bad);

/* utf8_count_bad - how many bytes of s belong to no character. */
size_t utf8_count_bad(const char *s, size_t size);

/* utf8_is_punctuation - a code point that BERT splits off words as a mark: a
 * category P, or all of ASCII that is neither letter nor digit. */
bool utf8_is_punctuation(uint32_t code);

/* utf8_put - writes a code point that is no surrogate; returns its bytes. */
size_t utf8_put(char to[UTF8_MAX], uint32_t code);

#endif
