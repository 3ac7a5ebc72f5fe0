/*
 * char_sets.h - sets of characters that patterns, splitters and normalizers ask
 * for. A character may be in several.
 *
 * Source: Hugging Face's tokenizers 0.23, whose crates know Unicode 16
 * (letters, numbers, words), 17 (numerals), 9.0 (accents) and 8.0
 * (punctuation).
 */
#ifndef TOKENIZER_UNICODE_CHAR_SETS_H
#define TOKENIZER_UNICODE_CHAR_SETS_H

#include <stddef.h>
#include <stdint.h>

enum {
    BERTH_SET_LETTER = 1,  /* \p{L} */
    BERTH_SET_NUMBER = 2,  /* \p{N} */
    BERTH_SET_NUMERAL = 4, /* the same, of a later version: for Digits */
    BERTH_SET_WORD = 8,    /* \w of Rust's regular expressions */
    BERTH_SET_ACCENT = 16, /* M*: what StripAccents drops */
    BERTH_SET_SPACE = 32,  /* White_Space */
    BERTH_SET_PUNCT = 64   /* P*, and the symbols of ASCII */
};

/* Of ASCII. */
extern const unsigned char berth_ascii_sets[128];

/* berth_char_sets_wide - the sets of a character that is not ASCII. */
unsigned berth_char_sets_wide(uint32_t cp);

/* berth_char_sets - the sets of any character. */
static inline unsigned berth_char_sets(uint32_t cp)
{
    return cp < 0x80 ? berth_ascii_sets[cp] : berth_char_sets_wide(cp);
}

#endif
