/*
 * graphemes.h - what a reader sees as one character: "e" U+0301, a syllable of
 * Hangul, a family of emoji.
 *
 * Source: extended grapheme clusters of UAX 29, with the properties that
 * Hugging Face's tokenizers 0.23 know.
 */
#ifndef TOKENIZER_UNICODE_GRAPHEMES_H
#define TOKENIZER_UNICODE_GRAPHEMES_H

#include <stddef.h>
#include <stdint.h>

enum berth_grapheme_kind {
    BERTH_GRAPHEME_OTHER = 0,
    BERTH_GRAPHEME_CR,
    BERTH_GRAPHEME_LF,
    BERTH_GRAPHEME_CONTROL,
    BERTH_GRAPHEME_PREPEND,
    BERTH_GRAPHEME_ZWJ,
    BERTH_GRAPHEME_EXTEND,
    BERTH_GRAPHEME_EXTEND_CONJUNCT, /* also inside a conjunct of consonants */
    BERTH_GRAPHEME_LINKER,          /* the virama, which makes a conjunct */
    BERTH_GRAPHEME_SPACING,
    BERTH_GRAPHEME_PICTURE,
    BERTH_GRAPHEME_CONSONANT,
    BERTH_GRAPHEME_REGIONAL,
    BERTH_GRAPHEME_L, /* Hangul: leading consonant, vowel, trailing one ... */
    BERTH_GRAPHEME_V,
    BERTH_GRAPHEME_T,
    BERTH_GRAPHEME_LV, /* ... and syllables of them */
    BERTH_GRAPHEME_LVT
};

/* berth_grapheme_kind - of a character that is neither ASCII nor Hangul nor a
 * regional indicator. */
enum berth_grapheme_kind berth_grapheme_kind(uint32_t cp);

/* What is known of the character at a place of a text. Start with {0}. */
struct berth_grapheme_known {
    size_t at; /* the place, if size is not 0 */
    size_t size;
    enum berth_grapheme_kind kind;
};

/*
 * berth_grapheme_end - where the cluster ends that begins at text + at, which
 * is UTF-8; at is below end. A cluster must begin there: at the start of the
 * text, or where another ends.
 *
 *   known  of the last call for this text: no character is looked up twice
 */
size_t berth_grapheme_end(const char *text, size_t at, size_t end,
                          struct berth_grapheme_known *known);

#endif
