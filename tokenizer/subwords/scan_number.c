/*
 * scan_number.c - the scores of pieces: decimal numbers to doubles.
 *
 * A quarter of a million of them are read while a program starts: most of a
 * large tokenizer.json are digits. "-9.21034" is 921034 / 10^5: both are long
 * doubles without an error, and their quotient nearly always tells which double
 * is nearest. jansson reads what is left.
 */
#include "tokenizer/subwords/scan.h"

#include "lib/json.h"
#include "lib/status.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXACT_POWER = 22,      /* 10^22 is a double without an error */
    LONG_POWER = 27,       /* 10^27 is a long double of 64 bits without one */
    POWER_MAX = 308,       /* of a double */
    EXPONENT_MAX = 1000000 /* beyond it is beyond any double */
};

/* digits * 10^exponent */
struct decimal {
    uint64_t digits;
    int exponent;
    bool cut; /* not all digits had room */
    bool negative;
};

static bool is_digit(const struct berth_scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* How many of eight bytes, from the lowest on, are digits: '0' to '9' are 0x30
 * to 0x39, and 0x3a + 6 is 0x40. (A carry of that sum may spoil the bytes after
 * the first that is none.) */
static unsigned count_digits(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0xf0;
    uint64_t other = ((eight & high) ^ ones * 0x30) |
                     (((eight + ones * 6) & high) ^ ones * 0x30);

    return other == 0 ? 8 : (unsigned)__builtin_ctzll(other) / 8;
}

/* The number of eight digits, the lowest byte first. Each step joins
 * neighbours: eight digits to four numbers below 100, to two below 10000, to
 * one. */
static uint64_t join_digits(uint64_t n)
{
    n = (n & UINT64_C(0x0f0f0f0f0f0f0f0f)) * (10 * 0x100 + 1) >> 8;
    n = (n & UINT64_C(0x00ff00ff00ff00ff)) * (100 * 0x10000 + 1) >> 16;
    return (n & UINT64_C(0x0000ffff0000ffff)) *
               (UINT64_C(10000) * 0x100000000 + 1) >>
           32;
}

/* Digits after the point, as long as eight more have room. Fewer than eight
 * become so by zeros in front. */
static void read_eights(struct berth_scan *s, struct decimal *d)
{
    static const uint64_t tens[] = {1,      10,      100,      1000,     10000,
                                    100000, 1000000, 10000000, 100000000};
    unsigned n = 8;

    while (n == 8 && s->end - s->at >= 8 &&
           d->digits < UINT64_MAX / 100000000) {
        uint64_t eight = berth_scan_eight(s->at);

        n = count_digits(eight);
        if (n == 0)
            return;
        d->digits = d->digits * tens[n] + join_digits(eight << 8 * (8 - n));
        d->exponent -= (int)n;
        s->at += n;
    }
}

/* A run of digits, each of which moves the exponent by step: 0 before the
 * point, -1 after it. Where the digits are too many for 64 bits, the rest is
 * cut off. */
static void read_digits(struct berth_scan *s, struct decimal *d, int step)
{
    for (; is_digit(s); s->at++) {
        unsigned digit = *s->at - (unsigned)'0';

        d->cut = d->cut || d->digits > (UINT64_MAX - digit) / 10;
        if (!d->cut) {
            d->digits = d->digits * 10 + digit;
            d->exponent += step;
        } else if (step == 0 && d->exponent < EXPONENT_MAX) {
            d->exponent++;
        }
    }
}

static bool read_exponent(struct berth_scan *s, struct decimal *d)
{
    bool negative = false;
    int exponent = 0;

    s->at++;
    if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
        negative = *s->at++ == '-';
    if (!is_digit(s))
        return false;
    for (; is_digit(s); s->at++) {
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*s->at - '0');
    }
    d->exponent += negative ? -exponent : exponent;
    return true;
}

/* A number as JSON has it. False: it is none. */
static bool read_decimal(struct berth_scan *s, struct decimal *d)
{
    *d = (struct decimal){.negative = berth_scan_eat(s, '-')};
    if (!is_digit(s))
        return false;
    if (*s->at == '0')
        s->at++;
    else
        read_digits(s, d, 0);
    if (is_digit(s))
        return false; /* 01 */
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!is_digit(s))
            return false;
        read_eights(s, d);
        if (is_digit(s))
            read_digits(s, d, -1);
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E'))
        return read_exponent(s, d);
    return true;
}

static const double powers[EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The nearest double, by jansson. */
static enum berth_status read_slowly(const struct berth_scan *s,
                                     const char *text, size_t n, double *out)
{
    char *list = malloc(n + 2);
    json_t *root = NULL;
    enum berth_status status;

    if (list == NULL)
        return berth_fail(s->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          s->name);
    list[0] = '[';
    memcpy(list + 1, text, n);
    list[n + 1] = ']';
    status = berth_json_parse(list, n + 2, s->name, &root, s->err);
    free(list);
    if (status == BERTH_OK)
        *out = json_number_value(json_array_get(root, 0));
    json_decref(root);
    return status;
}

/* digits / 10^power as the nearest double; false: that cannot be told so. */
static bool divide(uint64_t digits, int power, double *out)
{
    long double ten =
        (long double)powers[power < EXACT_POWER ? power : EXACT_POWER];
    long double quotient, error;

    if (power > EXACT_POWER)
        ten *= (long double)powers[power - EXACT_POWER];
    quotient = (long double)digits / ten;
    error = quotient * LDBL_EPSILON;
    *out = (double)quotient;
    return (double)(quotient - error) == (double)(quotient + error);
}

/* Source: serde_json::de, f64_from_parts(). */
static enum berth_status round_as_rust(const struct berth_scan *s,
                                       struct decimal d, double *out)
{
    double value = (double)d.digits;

    for (; d.exponent < -POWER_MAX && value != 0; d.exponent += POWER_MAX)
        value /= 1e308;
    if (value != 0 && d.exponent <= POWER_MAX) {
        int size = d.exponent < 0 ? -d.exponent : d.exponent;
        double power = powers[size <= EXACT_POWER ? size : 0];

        if (size > EXACT_POWER) {
            char text[8];
            int n = snprintf(text, sizeof(text), "1e%d", size);
            enum berth_status status = read_slowly(s, text, (size_t)n, &power);

            if (status != BERTH_OK)
                return status;
        }
        value = d.exponent < 0 ? value / power : value * power;
    } else if (value != 0) {
        value = (double)INFINITY;
    }
    *out = value;
    return BERTH_OK;
}

static enum berth_status round_exactly(const struct berth_scan *s,
                                       struct decimal d, const char *text,
                                       size_t n, double *out)
{
    if (d.digits == 0) {
        *out = 0;
        return BERTH_OK;
    }
    if (!d.cut && d.exponent <= 0 && d.exponent >= -LONG_POWER &&
        divide(d.digits, -d.exponent, out))
        return BERTH_OK;
    return read_slowly(s, text, n, out);
}

enum berth_status berth_scan_number(struct berth_scan *s, bool exact,
                                    double *out)
{
    const unsigned char *begin;
    struct decimal d;
    enum berth_status status;

    (void)berth_scan_peek(s);
    begin = s->at;
    if (!read_decimal(s, &d))
        return berth_scan_fail(s, "a score, a number");
    if (d.negative)
        begin++;
    status = exact ? round_exactly(s, d, (const char *)begin,
                                   (size_t)(s->at - begin), out)
                   : round_as_rust(s, d, out);
    if (status != BERTH_OK)
        return status;
    if (!isfinite(*out))
        return berth_scan_fail(s, "a score that is a double");
    if (d.negative)
        *out = -*out;
    return BERTH_OK;
}
