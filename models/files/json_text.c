/*
 * json_text.c - JSON that is written in pieces.
 */
#include "models/files/json_text.h"

#include <math.h>
#include <stdint.h>

static void put_escaped(FILE *out, const char *s, size_t n)
{
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)s[i];
        char escape[8];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        fwrite_unlocked(s + from, 1, i - from, out);
        snprintf(escape, sizeof(escape), "\\u%04x", c);
        fputs_unlocked(escape, out);
        from = i + 1;
    }
    fwrite_unlocked(s + from, 1, n - from, out);
}

void berth_json_put(FILE *out, const char *before, const char *s, size_t n)
{
    fputs_unlocked("\"", out);
    fputs_unlocked(before, out);
    put_escaped(out, s, n);
    fputs_unlocked("\"", out);
}

void berth_json_put_number(FILE *out, double x)
{
    enum {
        BITS = 60, /* after the point; times ten there is still room */
        DIGITS = 18
    };
    const uint64_t one = UINT64_C(1) << BITS;
    uint64_t whole = (uint64_t)fabs(x);
    uint64_t rest = (uint64_t)((fabs(x) - (double)whole) * (double)one);
    char text[DIGITS + BITS + 16];
    size_t at = 16, end = at, digits = 0;

    text[end++] = '.';
    do {
        rest *= 10;
        text[end++] = (char)('0' + (rest >> BITS));
        rest &= one - 1;
        digits += digits > 0 || whole > 0 || text[end - 1] != '0';
    } while (rest > 0 && digits < DIGITS);
    do {
        text[--at] = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole > 0);
    if (signbit(x))
        text[--at] = '-';
    fwrite_unlocked(text + at, 1, end - at, out);
}

void berth_base64_put(FILE *out, const unsigned char *data, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        char four[4] = {'=', '=', '=', '='};
        uint32_t bits = 0;
        const size_t left = n - i < 3 ? n - i : 3;

        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < left ? data[i + k] : 0U);
        for (size_t k = 0; k <= left; k++)
            four[k] = letters[bits >> (18 - 6 * k) & 63];
        fwrite_unlocked(four, 1, 4, out);
    }
}
