/*
 * forms.h - the normalization forms of Unicode.
 */
#ifndef TOKENIZER_NORMALIZERS_FORMS_H
#define TOKENIZER_NORMALIZERS_FORMS_H

#include "tokenizer/stages/stage.h"

struct berth_form {
    bool compatible; /* U+FB01 is "fi": NFKC, NFKD */
    bool composed;   /* "e" U+0301 is U+00E9: NFC, NFKC; else the reverse */
    bool newest;     /* of Python; only NFKC and NFKD */
};

/*
 * berth_form_normalizer - a step of berth_normalizer_sequence().
 *
 *   out  owned: its free()
 *
 * False: out of memory.
 * Source: NFC, NFD, NFKC and NFKD of tokenizers, of Unicode 9.0; if newest,
 * unicodedata.normalize() of Python.
 */
bool berth_form_normalizer(struct berth_form form,
                           struct berth_normalizer *out);

#endif
