/*
 * test_utf16.c - UTF-16 cut anywhere is the same UTF-8, and bytes that are not
 * UTF-8 are counted.
 */
#include <string.h>

#include "cli/base/utf8.h"
#include "cli/input/utf16.h"
#include "tests/tap.h"

#define S(text) text, sizeof(text) - 1

/* All of it in pieces of step bytes. */
static void expect_step(bool big, const char *in, size_t n, const char *want,
                        size_t n_want, size_t step)
{
    struct utf16 u = {.big = big};
    char out[128];
    size_t size = 0;

    for (size_t i = 0; i < n; i += step) {
        size_t now = n - i < step ? n - i : step;
        size_t got =
            utf16_decode(&u, (const unsigned char *)in + i, now, out + size);

        CHECK(got <= 3 * (now + 1) / 2 + 1, "within its room");
        size += got;
    }
    size += utf16_end(&u, out + size);
    CHECK(utf16_end(&u, out + size) == 0, "the end comes once");
    EQUAL_SIZE(size, n_want, "%zu bytes, %zu at a time: size", n, step);
    EQUAL_BYTES(out, size, want, size, "%zu bytes, %zu at a time: out", n,
                step);
}

static void expect(bool big, const char *in, size_t n, const char *want,
                   size_t n_want)
{
    for (size_t step = 1; step <= n; step++)
        expect_step(big, in, n, want, n_want, step);
}

static void check_decoding(void)
{
    expect(false, S("a\0\xe9\0\x20\x20\x3d\xd8\x00\xde\n\0"),
           S("a\xc3\xa9\xe2\x80\xa0\xf0\x9f\x98\x80\n"));
    expect(true, S("\0a\0\xe9\x20\x20\xd8\x3d\xde\x00\0\n"),
           S("a\xc3\xa9\xe2\x80\xa0\xf0\x9f\x98\x80\n"));
    expect(true, S("\xd8\x00\xff\xff\xdc\x00\xdb\xff\xdf\xff"),
           S("\xff\xef\xbf\xbf\xff\xf4\x8f\xbf\xbf"));
    expect(true, S("\xd8\x00\xd8\x00\xdc\x00"), S("\xff\xf0\x90\x80\x80"));
    expect(true, S("\0a\xd8\x00\x01"), S("a\xff\xff"));
}

static void check_bad(const char *s, size_t size, size_t want)
{
    char padded[64];

    /* Wherever it is among the words that are read at a time. */
    for (size_t i = 0; i < 20; i++) {
        memset(padded, 'a', sizeof(padded));
        memcpy(padded + i, s, size);
        CHECK(utf8_count_bad(padded, i + size + 9) == want,
              "%zu bytes of %zu at %zu", want, size, i);
        CHECK(utf8_count_bad(padded + i, size) == want, "or alone");
    }
}

static void check_counting(void)
{
    check_bad(S(""), 0);
    check_bad(S("\xc3\xa9 \xe2\x82\xac\xf0\x9f\x98\x80"), 0);
    check_bad(S("\xef\xbf\xbd"), 0);
    check_bad(S("caf\xe9"), 1);
    check_bad(S("\xf0\x9f\x98"), 3);
    check_bad(S("\xed\xa0\x80"), 3);
    check_bad(S("\xc0\xaf\xc3\xa9\xff"), 3);
    check_bad(S("\xf4\x90\x80\x80"), 4);
}

/* All sequences of four bytes at the borders of table 3-7, one by one. */
static void check_borders(void)
{
    static const unsigned char bytes[] = {
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
        0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    const size_t n = sizeof(bytes);
    size_t wrong = 0, good = 0;

    for (size_t i = 0; i < n * n * n * n; i++) {
        char s[4] = {(char)bytes[i % n], (char)bytes[i / n % n],
                     (char)bytes[i / n / n % n], (char)bytes[i / n / n / n]};
        size_t want = 0, size;
        bool bad;

        for (size_t at = 0; at < 4; at += size) {
            size = utf8_next(s + at, 4 - at, &bad);
            want += bad ? size : 0;
        }
        wrong += utf8_count_bad(s, 4) != want;
        good += want == 0;
    }
    EQUAL_INT(wrong, 0, "%zu of %zu sequences are UTF-8: wrong", good,
              n * n * n * n);
    CHECK(good > 0, "%zu of %zu sequences are UTF-8: good > 0", good,
          n * n * n * n);
}

int main(void)
{
    check_decoding();
    check_counting();
    check_borders();
    return tap_done();
}
