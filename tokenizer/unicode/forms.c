/*
 * forms.c - utf8proc's decompositions and compositions, maybe without those
 * that came after Unicode 9.0. What once was one has stayed the same.
 */
#include "tokenizer/unicode/forms.h"

#include "tokenizer/unicode/unicode_fixes.h"
#include "tokenizer/unicode/utf8.h"

#include <utf8proc.h>

size_t berth_char_decompose_compat(uint32_t cp, bool newest, uint32_t *out)
{
    utf8proc_int32_t parts[BERTH_COMPAT_MAX];
    utf8proc_ssize_t n;

    out[0] = cp;
    if (cp < 0xa0)
        return 1;
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, BERTH_COMPAT_MAX,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, NULL);
    if (n < 1 || n > BERTH_COMPAT_MAX ||
        (n == 1 && parts[0] == (utf8proc_int32_t)cp) ||
        (!newest && berth_unicode_keeps_compat(cp)))
        return 1;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = (uint32_t)parts[i];
    return (size_t)n;
}

static uint32_t compose_hangul(uint32_t first, uint32_t second)
{
    const uint32_t syllables = 0xac00, leads = 0x1100, vowels = 0x1161,
                   tails = 0x11a7;

    if (first - leads < 19 && second - vowels < 21)
        return syllables + ((first - leads) * 21 + second - vowels) * 28;
    if (first - syllables < 11172 && (first - syllables) % 28 == 0 &&
        second > tails && second - tails < 28)
        return first + second - tails;
    return 0;
}

/* Only these come second: they are cheap to know. */
static bool may_be_second(uint32_t cp)
{
    utf8proc_category_t category;

    if (cp < 0x300)
        return false;
    category = utf8proc_category((utf8proc_int32_t)cp);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC;
}

uint32_t berth_char_compose(uint32_t first, uint32_t second, bool newest)
{
    utf8proc_int32_t pair[3] = {(utf8proc_int32_t)first,
                                (utf8proc_int32_t)second};

    if (second >= 0x1161 && second < 0x11c3)
        return compose_hangul(first, second);
    if (!may_be_second(second) ||
        utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE) !=
            1 ||
        (!newest && berth_unicode_keeps((uint32_t)pair[0])))
        return 0;
    return (uint32_t)pair[0];
}

unsigned berth_char_class_of_mark(uint32_t cp, bool newest)
{
    if (!newest)
        return berth_char_combining(cp);
    return (unsigned)utf8proc_get_property((utf8proc_int32_t)cp)
        ->combining_class;
}
