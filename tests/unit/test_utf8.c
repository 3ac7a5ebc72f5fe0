/*
 * test_utf8.c - decoding, and character classes where Unicode versions differ.
 */
#include "tests/guard.h"
#include "tests/tap.h"
#include "tokenizer/unicode/lower.h"

#include <string.h>

/* The decoder reads no byte after its n: the text ends at a guard page. */
static size_t decode(const char *bytes, size_t n, uint32_t *cp)
{
    static char *end;

    if (end == NULL)
        end = guarded_end(16);
    memcpy(end - n, bytes, n);
    return berth_utf8_decode((unsigned char *)end - n, n, cp);
}

static void check_decode(void)
{
    static const struct {
        const char *bytes;
        size_t n, size;
        uint32_t cp;
    } cases[] = {
        {"a", 1, 1, 'a'},
        {"\0", 1, 1, 0},
        {"\xc3\xa9", 2, 2, 0xe9},
        {"\xe4\xb8\xad", 3, 3, 0x4e2d},
        {"\xf0\x9f\x98\x80", 4, 4, 0x1f600},
        {"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
        {"\xef\xbf\xbd", 3, 3, 0xfffd},
        {"\x80", 1, 1, 0xfffd},
        {"\xc0\x80", 2, 1, 0xfffd},     /* overlong */
        {"\xc3", 1, 1, 0xfffd},         /* cut off */
        {"\xe0\x80\x80", 3, 1, 0xfffd}, /* overlong */
        {"\xe4\xb8", 2, 2, 0xfffd},     /* cut off: one for both */
        {"\xe4\xb8"
         "a",
         3, 2, 0xfffd},
        {"\xed\xa0\x80", 3, 1, 0xfffd},     /* a surrogate */
        {"\xf0\x80\x80\x80", 4, 1, 0xfffd}, /* overlong */
        {"\xf0\x9f\x98", 3, 3, 0xfffd},
        {"\xf0\x9f"
         "aa",
         4, 2, 0xfffd},
        {"\xf4\x90\x80\x80", 4, 1, 0xfffd}, /* after U+10FFFF */
        {"\xf5\x80\x80\x80", 4, 1, 0xfffd},
        {"\xff", 1, 1, 0xfffd},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint32_t cp = 1;
        size_t size = decode(cases[i].bytes, cases[i].n, &cp);

        EQUAL_SIZE(size, cases[i].size,
                   "case %zu decodes to U+%04X of %zu bytes: size", i,
                   (unsigned)cp, size);
        EQUAL_INT(cp, cases[i].cp,
                  "case %zu decodes to U+%04X of %zu bytes: cp", i,
                  (unsigned)cp, size);
    }
}

static void check_round_trip(void)
{
    size_t bad = 0;

    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        char text[8] = "x";
        uint32_t got, before;
        size_t n;

        if (cp >= 0xd800 && cp <= 0xdfff)
            continue;
        n = berth_utf8_encode(cp, text + 1);
        if (berth_utf8_decode((unsigned char *)text + 1, n, &got) != n ||
            berth_utf8_decode_before((unsigned char *)text, n + 1, &before) !=
                n ||
            got != cp || before != cp)
            bad++;
        if (berth_utf8_error((unsigned char *)text, n + 1) != n + 1)
            bad++;
    }
    CHECK(bad == 0, "every code point is encoded and decoded back");
}

static void check_error(void)
{
    static const char text[] = "0123456789abcdef\xc3\xa9"
                               "0123456789\xc3(";
    uint32_t cp;

    CHECK(berth_utf8_error((const unsigned char *)text, sizeof(text) - 1) == 28,
          "the first byte that is not UTF-8 is found");
    CHECK(berth_utf8_error((const unsigned char *)text, 28) == 28,
          "in front of it all is well");
    EQUAL_INT(berth_utf8_decode_before((const unsigned char *)text, 29, &cp), 1,
              "a bad byte read backwards: utf8_decode_before");
    EQUAL_INT(cp, BERTH_REPLACEMENT, "a bad byte read backwards: cp");
}

/* Rows chosen where one Unicode version or another is wrong. */
static void check_classes(void)
{
    static const struct {
        uint32_t cp;
        enum berth_char_class class;
    } cases[] = {
        {'a', BERTH_CHAR_PLAIN},      {'$', BERTH_CHAR_PUNCT},
        {'~', BERTH_CHAR_PUNCT},      {0x20, BERTH_CHAR_PLAIN},
        {0x7f, BERTH_CHAR_CONTROL},   {0xad, BERTH_CHAR_CONTROL},
        {0x300, BERTH_CHAR_MARK},     {0x2014, BERTH_CHAR_PUNCT},
        {0x20ac, BERTH_CHAR_PLAIN},   {0xe000, BERTH_CHAR_CONTROL},
        {0x8e3, BERTH_CHAR_MARK},     {0x8d4, BERTH_CHAR_PLAIN},
        {0x8e2, BERTH_CHAR_PLAIN},    {0x1dfb, BERTH_CHAR_PLAIN},
        {0x2e42, BERTH_CHAR_PUNCT},   {0x2e43, BERTH_CHAR_PLAIN},
        {0x166d, BERTH_CHAR_PUNCT},   {0x1734, BERTH_CHAR_MARK},
        {0x111c9, BERTH_CHAR_PUNCT},  {0xa8fc, BERTH_CHAR_PUNCT},
        {0x10ffff, BERTH_CHAR_PLAIN}, {0x10fffd, BERTH_CHAR_CONTROL},
        {0x4e2d, BERTH_CHAR_PLAIN},   {0x1f600, BERTH_CHAR_PLAIN},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        CHECK(berth_char_class(cases[i].cp) == cases[i].class,
              "U+%04X is of class %d", (unsigned)cases[i].cp,
              (int)cases[i].class);
    CHECK(berth_char_is_chinese(0x2b920) && !berth_char_is_chinese(0x2b820),
          "extension E begins where the reference has it");
    CHECK(berth_char_is_space(0x3000) && !berth_char_is_space(0x200b),
          "U+3000 is white space, U+200B is not");
    CHECK(berth_char_is_word(0xe9), "letters of words: char_is_word");
    CHECK(berth_char_is_word('_'), "letters of words: char_is_word");
    CHECK(berth_char_is_word(0x24b6), "letters of words: char_is_word");
    CHECK(!berth_char_is_word('-'), "letters of words: not char_is_word");
}

static void check_forms(void)
{
    static const uint32_t lower[][2] = {
        {'A', 'a'},       {0xc9, 0xe9},       {0x3a3, 0x3c3},
        {0x212a, 'k'},    {0x1c89, 0x1c8a},   {0xa7cb, 0x264},
        {0xa7ce, 0xa7cf}, {0x10d50, 0x10d70}, {0x16ea0, 0x16ebb},
        {0x13a0, 0xab70}, {0x4e2d, 0x4e2d},   {0x10ffff, 0x10ffff},
    };
    uint32_t parts[BERTH_DECOMPOSED_MAX];

    for (size_t i = 0; i < sizeof(lower) / sizeof(*lower); i++) {
        EQUAL_INT(berth_char_lower(lower[i][0], parts), 1,
                  "U+%04X in lower case: char_lower", (unsigned)lower[i][0]);
        EQUAL_INT(parts[0], lower[i][1], "U+%04X in lower case: parts[0]",
                  (unsigned)lower[i][0]);
    }
    EQUAL_INT(berth_char_lower(0x130, parts), 2,
              "U+0130 in lower case is two: char_lower");
    EQUAL_INT(parts[0], 'i', "U+0130 in lower case is two: parts[0]");
    EQUAL_INT(parts[1], 0x307, "U+0130 in lower case is two: parts[1]");
    EQUAL_INT(berth_char_decompose(0x1eaf, parts), 3,
              "U+1EAF is three: char_decompose");
    EQUAL_INT(parts[0], 'a', "U+1EAF is three: parts[0]");
    EQUAL_INT(berth_char_decompose(0xac01, parts), 3,
              "Hangul is decomposed: char_decompose");
    EQUAL_INT(parts[2], 0x11a8, "Hangul is decomposed: parts[2]");
    CHECK(berth_char_decompose(0x11938, parts) == 1,
          "what Unicode 13 decomposed stays");
    EQUAL_INT(berth_char_combining(0x8d4), 230,
              "combining classes of Unicode 9: char_combining");
    EQUAL_INT(berth_char_combining(0x1df6), 0,
              "combining classes of Unicode 9: char_combining");
    EQUAL_INT(berth_char_combining(0x345), 240,
              "combining classes of Unicode 9: char_combining");
}

/* Any four bytes of the edges of all ranges, and fewer of them. */
static void check_valid(void)
{
    static const unsigned char edges[] = {
        0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
        0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
        0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    const size_t n = sizeof(edges);
    size_t bad = 0, good = 0;

    for (size_t k = 0; k < n * n * n * n; k++) {
        const unsigned char s[] = {edges[k % n], edges[k / n % n],
                                   edges[k / n / n % n], edges[k / n / n / n]};

        for (size_t size = 0; size <= sizeof(s); size++) {
            bool valid = berth_utf8_error(s, size) == size;

            bad += berth_utf8_is_valid(s, size) != valid;
            good += valid;
        }
    }
    EQUAL_SIZE(bad, 0, "texts that one function takes and the other does not");
    CHECK(good > n * n * n * n, "%zu texts are UTF-8", good);
}

/* As Python's str.lower() has it. */
static void check_lower_words(void)
{
    static const struct {
        const char *word, *lower;
    } words[] = {
        {"\u03a3", "\u03c3"},
        {"\u0391\u03a3", "\u03b1\u03c2"},
        {"\u0391\u03a3\u0391", "\u03b1\u03c3\u03b1"},
        {"\u0391\u0301\u03a3.", "\u03b1\u0301\u03c2."},
        {"\u0391\u03a3'\u0391", "\u03b1\u03c3'\u03b1"},
        {"1\u03a3", "1\u03c3"},
        {"\U0001f150\u03a3", "\U0001f150\u03c2"},
        {"\u02b0\u03a3", "\u02b0\u03c3"},
        {"\u0130X", "i\u0307x"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        const char *word = words[i].word;
        char found[64];
        size_t n = 0, size;

        for (size_t at = 0; word[at] != '\0'; at += size)
            n += berth_utf8_lower(word, at, strlen(word), &size, found + n);
        found[n] = '\0';
        EQUAL_TEXT(found, words[i].lower, "%s in lower case", word);
    }
}

int main(void)
{
    check_valid();
    check_decode();
    check_round_trip();
    check_error();
    check_classes();
    check_forms();
    check_lower_words();
    return tap_done();
}
