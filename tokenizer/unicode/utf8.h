/*
 * utf8.h - decoding, and what the BERT tokenizer asks of a character.
 *
 * Answers are those of Hugging Face's tokenizers 0.23, whose crates carry
 * Unicode 8.0 (categories), 9.0 (decomposition) and 17 (lower case).
 */
#ifndef TOKENIZER_UNICODE_UTF8_H
#define TOKENIZER_UNICODE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BERTH_REPLACEMENT = 0xfffd, /* what bytes that are not UTF-8 become */
    BERTH_UTF8_MAX = 4,
    BERTH_DECOMPOSED_MAX = 4,
    BERTH_LOWERED_MAX = 2
};

enum berth_char_class {
    BERTH_CHAR_PLAIN = 0,
    BERTH_CHAR_MARK,    /* Mn */
    BERTH_CHAR_CONTROL, /* Cc, Cf, Co; U+0009, U+000A, U+000D too */
    BERTH_CHAR_PUNCT    /* P*, and the ASCII symbols */
};

/*
 * berth_utf8_decode - one character of s (n bytes, at least 1).
 *
 * Returns its bytes. What is not UTF-8 becomes U+FFFD, one for each longest
 * start of a character (as Rust's from_utf8_lossy and Python's "replace").
 */
size_t berth_utf8_decode(const unsigned char *s, size_t n, uint32_t *cp);

/* berth_utf8_decode_before - the same for the character that ends at s + end;
 * end is at least 1. */
size_t berth_utf8_decode_before(const unsigned char *s, size_t end,
                                uint32_t *cp);

/* berth_utf8_encode - writes cp; returns the bytes written, 1 .. 4. */
size_t berth_utf8_encode(uint32_t cp, char *out);

/* berth_utf8_error - the place of the first byte that is not UTF-8; n when
 * there is none. */
size_t berth_utf8_error(const unsigned char *s, size_t n);

/* berth_utf8_is_valid - whether there is none; faster where s is short. */
bool berth_utf8_is_valid(const unsigned char *s, size_t n);

/* berth_utf8_size - bytes of the character that begins with this one, in text
 * that is UTF-8. */
static inline size_t berth_utf8_size(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* berth_utf8_read - the character at s, in text that is UTF-8. It checks
 * nothing. */
static inline size_t berth_utf8_read(const unsigned char *s, uint32_t *cp)
{
    size_t size = berth_utf8_size(s[0]);

    if (size == 1)
        *cp = s[0];
    else if (size == 2)
        *cp = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    else if (size == 3)
        *cp = (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    else
        *cp = (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 |
              (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
    return size;
}

/* berth_utf8_is_ascii - whether all of s is ASCII. */
bool berth_utf8_is_ascii(const char *s, size_t n);

enum berth_char_class berth_char_class(uint32_t cp);

/* White_Space of the Unicode standard, unchanged since 6.3. */
bool berth_char_is_space(uint32_t cp);

/* \s of Python's regular expressions: U+001C .. U+001F, too. */
bool berth_char_is_python_space(uint32_t cp);

/* What BERT puts blanks around. Source: tokenizers normalizers/bert.rs, whose
 * extension E starts at U+2B920. */
bool berth_char_is_chinese(uint32_t cp);

/* \w of Rust's regular expressions. */
bool berth_char_is_word(uint32_t cp);

/* berth_char_lower - lower case of one character, without context; returns how
 * many were written, 1 or 2. */
size_t berth_char_lower(uint32_t cp, uint32_t *out);

/* berth_char_decompose - full canonical decomposition, each part in its own
 * order; returns how many were written, 1 .. 4. */
size_t berth_char_decompose(uint32_t cp, uint32_t *out);

/* berth_char_combining - canonical combining class. */
unsigned berth_char_combining(uint32_t cp);

#endif
