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
        fwrite(s + from, 1, i - from, out);
        snprintf(escape, sizeof(escape), "\\u%04x", c);
        fputs(escape, out);
        from = i + 1;
    }
    fwrite(s + from, 1, n - from, out);
}

void berth_json_put(FILE *out, const char *before, const char *s, size_t n)
{
    fputs("\"", out);
    fputs(before, out);
    put_escaped(out, s, n);
    fputs("\"", out);
}

void berth_json_put_number(FILE *out, double x)
{
    char text[64];
    double rest = fabs(x);
    const double whole = floor(rest);
    size_t n = (size_t)snprintf(text, sizeof(text), "%s%.0f.",
                                signbit(x) ? "-" : "", whole);
    size_t digits = whole > 0 ? n - 1 - (signbit(x) ? 1 : 0) : 0;

    /* Each step is exact: times ten the rest has one bit less after the point,
     * and the digit that goes has the four more before it. */
    rest -= whole;
    do {
        rest *= 10;
        text[n++] = (char)('0' + (int)rest);
        digits += digits > 0 || rest >= 1;
        rest -= floor(rest);
    } while (rest > 0 && digits < 18 && n < sizeof(text));
    fwrite(text, 1, n, out);
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
        fwrite(four, 1, 4, out);
    }
}
