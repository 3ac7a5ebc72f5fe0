/*
 * json_python.c - what Python writes into JSON files and JSON has no word for.
 *
 * Source: json.decoder and json.scanner of CPython 3.13.
 */
#include "lib/json_python.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ESCAPE = 6,      /* bytes of \uXXXX */
    INT_DIGITS = 19, /* from this many on, a number may not fit 64 bits */
    DIGITS = 14,     /* kept of such a number */
    EXPONENT_MAX = 307
};

/* The code unit of an escape \uXXXX at s; -1: it is none. s is terminated. */
static long escape_at(const char *s)
{
    if (s[0] != '\\' || s[1] != 'u' ||
        strspn(s + 2, "0123456789abcdefABCDEF") < 4)
        return -1;
    char digits[5] = {s[2], s[3], s[4], s[5], '\0'};

    return strtol(digits, NULL, 16);
}

/* Replaces escapes of the string [s, end) that UTF-8 cannot hold. */
static void mend_string(char *s, const char *end, bool is_key)
{
    const char *instead = is_key ? "\\ufffd" : "\\u0000";

    while (s < end) {
        const long unit = escape_at(s);
        const bool high = unit >= 0xd800 && unit < 0xdc00;
        const long next = high ? escape_at(s + ESCAPE) : -1;

        if (*s != '\\') {
            s++;
            continue;
        }
        if (high && next >= 0xdc00 && next < 0xe000) {
            s += 2 * ESCAPE;
            continue;
        }
        if (high || (unit >= 0xdc00 && unit < 0xe000) || (unit == 0 && is_key))
            memcpy(s, instead, ESCAPE);
        s += unit >= 0 ? ESCAPE : 2;
    }
}

/* Mends the string whose opening quote is before s; returns what comes after
 * it. */
static char *pass_string(char *s, const char *end)
{
    char *close = s;

    while (close < end && *close != '"')
        close += *close == '\\' && close + 1 < end ? 2 : 1;
    if (close >= end)
        return close;
    const char *behind = close + 1 + strspn(close + 1, " \t\r\n");
    mend_string(s, close, *behind == ':');
    return close + 1;
}

/* Bytes of a JSON number; 0: there is none. *whole: an integer. */
static size_t number_length(const char *s, bool *whole)
{
    const char *const digits = "0123456789";
    size_t n = *s == '-';
    const size_t integer = strspn(s + n, digits);

    *whole = true;
    if (integer == 0 || (integer > 1 && s[n] == '0'))
        return 0;
    n += integer;
    if (s[n] == '.' && strspn(s + n + 1, digits) > 0) {
        n += 1 + strspn(s + n + 1, digits);
        *whole = false;
    }
    if (s[n] == 'e' || s[n] == 'E') {
        const size_t sign = s[n + 1] == '-' || s[n + 1] == '+';
        const size_t power = strspn(s + n + 1 + sign, digits);

        if (power > 0) {
            n += 1 + sign + power;
            *whole = false;
        }
    }
    return n;
}

/* Replaces n bytes by text, and blanks after it. */
static void put(char *s, size_t n, const char *text)
{
    const size_t used = strlen(text);

    memcpy(s, text, used);
    memset(s + used, ' ', n - used);
}

static void put_infinity(char *s, size_t n)
{
    put(s, n, *s == '-' ? "-1e308" : "1e308");
}

/* 1234567890123456789012 as 1.2345678901234e21; the sign stays in front. */
static void put_large(char *s, size_t n)
{
    const size_t power = n - 1;
    char text[DIGITS + 16];

    if (power > EXPONENT_MAX)
        put(s, n, "1e308");
    else {
        snprintf(text, sizeof(text), "%c.%.*se%zu", s[0], DIGITS - 1, s + 1,
                 power);
        put(s, n, text);
    }
}

static void mend_number(char *s, size_t n)
{
    bool whole;
    const size_t sign = *s == '-';

    if (number_length(s, &whole) != n)
        return;
    if (whole && n - sign >= INT_DIGITS)
        put_large(s + sign, n - sign);
    else if (!whole && isinf(strtod(s, NULL)))
        put_infinity(s, n);
}

static bool is_word(const char *s, size_t n, const char *word)
{
    return n == strlen(word) && memcmp(s, word, n) == 0;
}

/* Mends what begins at s, outside of strings; returns what comes after it. */
static char *pass(char *s, const char *end)
{
    const size_t n = strspn(s, "0123456789+-."
                               "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    if (*s == '"')
        return pass_string(s + 1, end);
    if (n == 0)
        return s + 1;
    if (is_word(s, n, "NaN"))
        memcpy(s, "9e9", n);
    else if (is_word(s, n, "Infinity") || is_word(s, n, "-Infinity"))
        put_infinity(s, n);
    else
        mend_number(s, n);
    return s + n;
}

char *berth_json_from_python(const void *data, size_t size)
{
    char *copy = size < SIZE_MAX ? malloc(size + 1) : NULL;

    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '\0';
    for (char *s = copy; s < copy + size;)
        s = pass(s, copy + size);
    return copy;
}
