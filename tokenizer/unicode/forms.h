/*
 * forms.h - the steps of the normalization forms of Unicode: in version 9.0, as
 * tokenizers have them, or, if newest, in that of utf8proc, as Python's are in
 * about that version. U+32FF became two characters in between.
 */
#ifndef TOKENIZER_UNICODE_FORMS_H
#define TOKENIZER_UNICODE_FORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BERTH_COMPAT_MAX = 18 /* of U+FDFA */
};

/* berth_char_decompose_compat - full compatible decomposition, each part in its
 * own order: "fi" for U+FB01; returns how many were written. */
size_t berth_char_decompose_compat(uint32_t cp, bool newest, uint32_t *out);

/* berth_char_compose - U+00E9 for "e" and U+0301; 0: the two do not compose. */
uint32_t berth_char_compose(uint32_t first, uint32_t second, bool newest);

/* berth_char_class_of_mark - canonical combining class. */
unsigned berth_char_class_of_mark(uint32_t cp, bool newest);

#endif
