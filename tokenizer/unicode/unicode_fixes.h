/*
 * unicode_fixes.h - the reference's Unicode where utf8proc's may differ.
 */
#ifndef TOKENIZER_UNICODE_UNICODE_FIXES_H
#define TOKENIZER_UNICODE_UNICODE_FIXES_H

#include "tokenizer/unicode/utf8.h"

/* berth_unicode_fix_class - the class of cp in Unicode 8.0, where a later
 * version has, or may get, another. False: utf8proc is right. */
bool berth_unicode_fix_class(uint32_t cp, enum berth_char_class *out);

/* berth_unicode_keeps - whether Unicode 9.0 neither decomposes nor reorders cp
 * whatever a later version says. */
bool berth_unicode_keeps(uint32_t cp);

/* berth_unicode_keeps_compat - whether Unicode 9.0 does not even take cp apart
 * for NFKD. */
bool berth_unicode_keeps_compat(uint32_t cp);

/* berth_unicode_fix_lower - the lower-case form of cp in Unicode 17, where
 * utf8proc says lower. */
uint32_t berth_unicode_fix_lower(uint32_t cp, uint32_t lower);

#endif
