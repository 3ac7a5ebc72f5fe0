/*
 * utf8.c - one pass over bytes that ought to be UTF-8.
 */
#include "cli/base/utf8.h"

#include <string.h>
#include <utf8proc.h>

/* How many bytes a UTF-8 sequence has that begins with c; 0: none does. The
 * second byte is in [*low, *high] (Unicode 15, table 3-7). */
static size_t length_of(unsigned char c, unsigned char *low,
                        unsigned char *high)
{
    *low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    *high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

size_t utf8_next(const char *s, size_t size, bool *bad)
{
    unsigned char low, high;
    size_t n = length_of((unsigned char)s[0], &low, &high);

    *bad = n == 0;
    for (size_t i = 1; i < n; i++) {
        unsigned char c = i < size ? (unsigned char)s[i] : 0;
        if (c < low || c > high) {
            *bad = true;
            return i;
        }
        low = 0x80;
        high = 0xbf;
    }
    return n > 0 ? n : 1;
}

/* Whether one of n words of memory at s has a byte that is not ASCII. */
static bool is_wide(const char *s, size_t n)
{
    uint64_t word, all = 0;

    for (size_t i = 0; i < n; i++) {
        memcpy(&word, s + i * sizeof(word), sizeof(word));
        all |= word;
    }
    return (all & UINT64_C(0x8080808080808080)) != 0;
}

/* Most text is ASCII: where it is no more, or not far before. */
static size_t skip_ascii(const char *s, size_t size)
{
    enum {
        WORD = sizeof(uint64_t),
        WORDS = 4
    };
    size_t i = 0;

    while (size - i >= WORDS * WORD && !is_wide(s + i, WORDS))
        i += WORDS * WORD;
    while (size - i >= WORD && !is_wide(s + i, 1))
        i += WORD;
    /* The last bytes, with some that were seen before them. */
    return size >= WORD && size - i < WORD && !is_wide(s + size - WORD, 1)
               ? size
               : i;
}

/* States of a check without a branch: what the next byte has to be. The state
 * is how far the row of that byte is shifted to get the next one. */
enum {
    BAD = 0, /* it does not matter any more */
    FIRST = 6,
    LAST = 12,     /* 80..BF */
    LAST_TWO = 18, /* 80..BF twice */
    BEHIND_E0 = 24,
    BEHIND_ED = 30,
    BEHIND_F0 = 36,
    BEHIND_F1 = 42, /* 80..BF three times */
    BEHIND_F4 = 48,
    STATE = 63 /* the bits of a state */
};

#define TO(from, to) ((uint64_t)(to) << (from))
#define X2(row)      row, row
#define X3(row)      row, row, row
#define X4(row)      X2(row), X2(row)
#define X16(row)     X4(row), X4(row), X4(row), X4(row)
#define ANY_TAIL                                                               \
    (TO(LAST, FIRST) | TO(LAST_TWO, LAST) | TO(BEHIND_F1, LAST_TWO))

/* A row a byte, by table 3-7. */
static const uint64_t rows[256] = {
    X16(TO(FIRST, FIRST)), /* 00..7F */
    X16(TO(FIRST, FIRST)),
    X16(TO(FIRST, FIRST)),
    X16(TO(FIRST, FIRST)),
    X16(TO(FIRST, FIRST)),
    X16(TO(FIRST, FIRST)),
    X16(TO(FIRST, FIRST)),
    X16(TO(FIRST, FIRST)),
    X16(ANY_TAIL | TO(BEHIND_ED, LAST) | TO(BEHIND_F4, LAST_TWO)), /* 80..8F */
    X16(ANY_TAIL | TO(BEHIND_ED, LAST) | TO(BEHIND_F0, LAST_TWO)), /* 90..9F */
    X16(ANY_TAIL | TO(BEHIND_E0, LAST) | TO(BEHIND_F0, LAST_TWO)), /* A0..BF */
    X16(ANY_TAIL | TO(BEHIND_E0, LAST) | TO(BEHIND_F0, LAST_TWO)),
    X2(BAD),             /* C0, C1 */
    X2(TO(FIRST, LAST)), /* C2..DF */
    X4(TO(FIRST, LAST)),
    X4(TO(FIRST, LAST)),
    X4(TO(FIRST, LAST)),
    X16(TO(FIRST, LAST)),
    TO(FIRST, BEHIND_E0),
    X4(TO(FIRST, LAST_TWO)), /* E1..EC */
    X4(TO(FIRST, LAST_TWO)),
    X4(TO(FIRST, LAST_TWO)),
    TO(FIRST, BEHIND_ED),
    X2(TO(FIRST, LAST_TWO)), /* EE, EF */
    TO(FIRST, BEHIND_F0),
    X3(TO(FIRST, BEHIND_F1)), /* F1..F3 */
    TO(FIRST, BEHIND_F4),
    X3(BAD), /* F5..FF */
    X4(BAD),
    X4(BAD)};

static bool is_good(const char *s, size_t i, size_t size)
{
    uint64_t state = FIRST;

    for (; i < size; i++)
        state = rows[(unsigned char)s[i]] >> (state & STATE);
    return (state & STATE) == FIRST;
}

size_t utf8_count_bad(const char *s, size_t size)
{
    size_t count = 0, i = skip_ascii(s, size);

    if (is_good(s, i, size))
        return 0;
    while (i < size) {
        bool bad;
        size_t n = utf8_next(s + i, size - i, &bad);

        if (bad)
            count += n;
        i += n;
    }
    return count;
}

bool utf8_is_punctuation(uint32_t c)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

    if (c < 0x80)
        return (c > 0x20 && c < 0x30) || (c > 0x39 && c < 0x41) ||
               (c > 0x5a && c < 0x61) || (c > 0x7a && c < 0x7f);
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

size_t utf8_put(char to[UTF8_MAX], uint32_t code)
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = n - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    to[0] = (char)(first[n] | code);
    return n;
}
