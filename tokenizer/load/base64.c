/*
 * base64.c - four letters of 6 bits are three bytes.
 */
#include "tokenizer/load/base64.h"

#include <stdint.h>

/* 64: no letter. A map of characters is 400 kB of them. */
static uint32_t value_of(char c)
{
    static const unsigned char values['z' - '+' + 1] = {
        62, 64, 64, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64,
        64, 64, 64, 64, 64, 64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,
        10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
        64, 64, 64, 64, 64, 64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
        36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51};

    return c >= '+' && c <= 'z' ? values[c - '+'] : 64;
}

/* Of one group of four, n letters of which are not padding. */
static bool decode_group(const char *text, size_t n, unsigned char *out)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i < n ? value_of(text[i]) : 0;

        if (value == 64)
            return false;
        bits = bits << 6 | value;
    }
    for (size_t i = 0; i + 1 < n; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    /* Bits that no byte takes are zero. */
    return n == 4 || (bits << (8 * (n - 1)) & 0xffffff) == 0;
}

bool berth_base64_decode(const char *text, size_t n, unsigned char *out,
                         size_t *size)
{
    *size = 0;
    if (n % 4 != 0)
        return false;
    for (size_t i = 0; i < n; i += 4) {
        size_t letters = 4;

        while (i + 4 == n && letters > 2 && text[i + letters - 1] == '=')
            letters--;
        if (!decode_group(text + i, letters, out + *size))
            return false;
        *size += letters - 1;
    }
    return true;
}

size_t berth_base64_encode(const unsigned char *bytes, size_t n, char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = 0;

    for (size_t at = 0; at < n; at += 3) {
        size_t have = n - at < 3 ? n - at : 3;
        uint32_t bits = 0;

        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < have ? bytes[at + i] : 0u);
        for (size_t i = 0; i < 4; i++)
            out[size++] = i <= have ? letters[bits >> (18 - 6 * i) & 63] : '=';
    }
    return size;
}
