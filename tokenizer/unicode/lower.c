/*
 * lower.c - Final_Sigma of Unicode's SpecialCasing.txt, which is the only rule
 * there that looks at other characters in any language.
 */
#include "tokenizer/unicode/lower.h"

#include <utf8proc.h>

enum {
    SIGMA = 0x3a3,
    SMALL_SIGMA = 0x3c3,
    FINAL_SIGMA = 0x3c2
};

struct range {
    uint32_t first;
    uint32_t last;
};

/* Cased, beside what Unicode's categories say (Other_Lowercase and
 * Other_Uppercase without modifiers, which count for nothing here). */
static const struct range other_cased[] = {
    {0xaa, 0xaa},       {0xba, 0xba},       {0x2160, 0x217f},
    {0x24b6, 0x24e9},   {0x1f130, 0x1f149}, {0x1f150, 0x1f169},
    {0x1f170, 0x1f189},
};

/* What stands inside words: Word_Break is MidLetter, MidNumLet or
 * Single_Quote. */
static const struct range inside_words[] = {
    {0x27, 0x27},     {0x2e, 0x2e},     {0x3a, 0x3a},     {0xb7, 0xb7},
    {0x387, 0x387},   {0x55f, 0x55f},   {0x5f4, 0x5f4},   {0x2018, 0x2019},
    {0x2024, 0x2024}, {0x2027, 0x2027}, {0xfe13, 0xfe13}, {0xfe52, 0xfe52},
    {0xfe55, 0xfe55}, {0xff07, 0xff07}, {0xff0e, 0xff0e}, {0xff1a, 0xff1a},
};

static bool is_among(uint32_t cp, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    }
    return false;
}

static bool is_ignorable(uint32_t cp)
{
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return true;
    default:
        return is_among(cp, inside_words,
                        sizeof(inside_words) / sizeof(*inside_words));
    }
}

static bool is_cased(uint32_t cp)
{
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
        return true;
    default:
        return is_among(cp, other_cased,
                        sizeof(other_cased) / sizeof(*other_cased));
    }
}

/* Whether a cased character comes before byte at, what is ignored left out. */
static bool cased_before(const unsigned char *word, size_t at)
{
    while (at > 0) {
        uint32_t cp;

        at -= berth_utf8_decode_before(word, at, &cp);
        if (!is_ignorable(cp))
            return is_cased(cp);
    }
    return false;
}

static bool cased_after(const unsigned char *word, size_t at, size_t n)
{
    while (at < n) {
        uint32_t cp;

        at += berth_utf8_read(word + at, &cp);
        if (!is_ignorable(cp))
            return is_cased(cp);
    }
    return false;
}

size_t berth_utf8_lower(const char *word, size_t at, size_t n, size_t *size,
                        char out[2 * BERTH_UTF8_MAX])
{
    const unsigned char *bytes = (const unsigned char *)word;
    uint32_t cp, lower[2];
    size_t n_lower, written = 0;

    *size = berth_utf8_read(bytes + at, &cp);
    n_lower = berth_char_lower(cp, lower);
    if (cp == SIGMA)
        lower[0] = cased_before(bytes, at) && !cased_after(bytes, at + *size, n)
                       ? FINAL_SIGMA
                       : SMALL_SIGMA;
    for (size_t i = 0; i < n_lower; i++)
        written += berth_utf8_encode(lower[i], out + written);
    return written;
}
