/*
 * utf8.c - decoding, and the character classes the tokenizer asks for.
 */
#include "tokenizer/unicode/utf8.h"

#include "tokenizer/unicode/char_sets.h"
#include "tokenizer/unicode/unicode_fixes.h"

#include <string.h>
#include <utf8proc.h>

/* Bytes after the first, and the range of the second byte, by first byte: table
 * 3-7 of the Unicode standard. */
static size_t lead(unsigned char c, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (c >= 0xc2 && c <= 0xdf)
        return 1;
    if (c >= 0xe0 && c <= 0xef) {
        *low = c == 0xe0 ? 0xa0 : 0x80;
        *high = c == 0xed ? 0x9f : 0xbf;
        return 2;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        *low = c == 0xf0 ? 0x90 : 0x80;
        *high = c == 0xf4 ? 0x8f : 0xbf;
        return 3;
    }
    return 0;
}

size_t berth_utf8_decode(const unsigned char *s, size_t n, uint32_t *cp)
{
    static const unsigned char first_bits[] = {0, 0x1f, 0x0f, 0x07};
    unsigned char low, high;
    size_t more;
    uint32_t c;

    *cp = s[0];
    if (s[0] < 0x80)
        return 1;
    *cp = BERTH_REPLACEMENT;
    more = lead(s[0], &low, &high);
    if (more == 0)
        return 1;
    c = s[0] & first_bits[more];
    for (size_t i = 1; i <= more; i++) {
        if (i == n || s[i] < low || s[i] > high)
            return i;
        c = c << 6 | (s[i] & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    *cp = c;
    return more + 1;
}

size_t berth_utf8_decode_before(const unsigned char *s, size_t end,
                                uint32_t *cp)
{
    for (size_t back = end < BERTH_UTF8_MAX ? end : BERTH_UTF8_MAX; back > 1;
         back--) {
        if (berth_utf8_decode(s + end - back, back, cp) == back)
            return back;
    }
    return berth_utf8_decode(s + end - 1, 1, cp);
}

size_t berth_utf8_encode(uint32_t cp, char *out)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

/* Where the run of ASCII that begins at s + i ends, as far as whole words of
 * memory tell. */
static size_t skip_ascii(const unsigned char *s, size_t i, size_t n)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t word;

    while (n - i >= sizeof(word)) {
        memcpy(&word, s + i, sizeof(word));
        if ((word & high) != 0)
            break;
        i += sizeof(word);
    }
    return i;
}

size_t berth_utf8_error(const unsigned char *s, size_t n)
{
    static const unsigned char replacement[] = {0xef, 0xbf, 0xbd};
    uint32_t cp;

    for (size_t i = skip_ascii(s, 0, n); i < n;) {
        size_t size = berth_utf8_decode(s + i, n - i, &cp);

        if (cp == BERTH_REPLACEMENT &&
            (size != 3 || memcmp(s + i, replacement, 3) != 0))
            return i;
        i += size;
        if (size > 1 && i < n && s[i] < 0x80)
            i = skip_ascii(s, i, n);
    }
    return n;
}

static enum berth_char_class class_of(utf8proc_category_t category)
{
    switch (category) {
    case UTF8PROC_CATEGORY_MN:
        return BERTH_CHAR_MARK;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
        return BERTH_CHAR_CONTROL;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return BERTH_CHAR_PUNCT;
    default:
        return BERTH_CHAR_PLAIN;
    }
}

static enum berth_char_class ascii_class(uint32_t cp)
{
    if (cp < 0x20 || cp == 0x7f)
        return BERTH_CHAR_CONTROL;
    if ((cp > 0x20 && cp < '0') || (cp > '9' && cp < 'A') ||
        (cp > 'Z' && cp < 'a') || cp > 'z')
        return BERTH_CHAR_PUNCT;
    return BERTH_CHAR_PLAIN;
}

enum berth_char_class berth_char_class(uint32_t cp)
{
    utf8proc_category_t category;
    enum berth_char_class class;

    if (cp < 0x80)
        return ascii_class(cp);
    category = utf8proc_category((utf8proc_int32_t)cp);
    class = class_of(category);
    /* A letter has always been one: only the rest needs the tables. */
    if (class == BERTH_CHAR_PLAIN && category <= UTF8PROC_CATEGORY_LO &&
        category != UTF8PROC_CATEGORY_CN)
        return class;
    berth_unicode_fix_class(cp, &class);
    return class;
}

bool berth_char_is_python_space(uint32_t cp)
{
    return (cp >= 0x1c && cp <= 0x1f) || berth_char_is_space(cp);
}

bool berth_char_is_space(uint32_t cp)
{
    if (cp < 0x80)
        return cp == ' ' || (cp >= 0x09 && cp <= 0x0d);
    return cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 ||
           cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

bool berth_char_is_chinese(uint32_t cp)
{
    return (cp >= 0x4e00 && cp <= 0x9fff) || (cp >= 0x3400 && cp <= 0x4dbf) ||
           (cp >= 0x20000 && cp <= 0x2a6df) ||
           (cp >= 0x2a700 && cp <= 0x2b81f) ||
           (cp >= 0x2b920 && cp <= 0x2ceaf) || (cp >= 0xf900 && cp <= 0xfaff) ||
           (cp >= 0x2f800 && cp <= 0x2fa1f);
}

bool berth_char_is_word(uint32_t cp)
{
    return (berth_char_sets(cp) & BERTH_SET_WORD) != 0;
}

size_t berth_char_lower(uint32_t cp, uint32_t *out)
{
    /* SpecialCasing.txt: the only lower case of two characters. */
    if (cp == 0x130) {
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    out[0] = berth_unicode_fix_lower(
        cp, (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp));
    return 1;
}

size_t berth_char_decompose(uint32_t cp, uint32_t *out)
{
    utf8proc_int32_t parts[BERTH_DECOMPOSED_MAX];
    utf8proc_ssize_t n;

    out[0] = cp;
    if (cp < 0xc0)
        return 1;
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts,
                                BERTH_DECOMPOSED_MAX, UTF8PROC_DECOMPOSE, NULL);
    if (n < 1 || n > BERTH_DECOMPOSED_MAX ||
        (n == 1 && parts[0] == (utf8proc_int32_t)cp) || berth_unicode_keeps(cp))
        return 1;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = (uint32_t)parts[i];
    return (size_t)n;
}

unsigned berth_char_combining(uint32_t cp)
{
    unsigned class;

    if (cp < 0x300)
        return 0;
    class =
        (unsigned)utf8proc_get_property((utf8proc_int32_t)cp)->combining_class;
    return class != 0 && !berth_unicode_keeps(cp) ? class : 0;
}
