/*
 * test_number.c - floats as text: exact spellings, and for every exponent and a
 * stride through all floats that the decimal reads back, that none is shorter
 * and that none as short is closer.
 */
#include "cli/base/buffer.h"
#include "cli/output/number.h"
#include "tests/tap.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct buffer b;

static const char *spelled(float x, int digits)
{
    buffer_clear(&b);
    buffer_float(&b, x, digits);
    buffer_putc(&b, '\0');
    return b.data;
}

static const char *spelled_double(double x, int digits)
{
    buffer_clear(&b);
    buffer_double(&b, x, digits);
    buffer_putc(&b, '\0');
    return b.data;
}

static void check_spelling(void)
{
    static const struct {
        float x;
        int digits;
        const char *want;
    } cases[] = {
        {0.0f, 0, "0"},
        {-0.0f, 0, "-0"},
        {1.0f, 0, "1"},
        {0.1f, 0, "0.1"},
        {-3.5f, 0, "-3.5"},
        {100.0f, 0, "100"},
        {1e-10f, 0, "1e-10"},
        {1.5e20f, 0, "1.5e+20"},
        {1e20f, 0, "1e+20"},
        {16777216.0f, 0, "16777216"},
        {33554450.0f, 0, "33554450"}, /* 3.355445e7: the shortest */
        {0.0001f, 0, "0.0001"},
        {0.00012345f, 0, "0.00012345"},
        {0.00009f, 0, "9e-05"},
        {1e16f, 0, "1e+16"},
        {9e15f, 0, "9000000000000000"},
        {1e-45f, 0, "1e-45"},
        {1.17549435e-38f, 0, "1.1754944e-38"},
        {FLT_MAX, 0, "3.4028235e+38"},
        {0.3f, 0, "0.3"},
        {1.0f / 3.0f, 0, "0.33333334"},
        {1.0f / 3.0f, 3, "0.333"},
        {2.0f / 3.0f, 3, "0.667"},
        {0.5f, 4, "0.5"},
        {123456.0f, 2, "120000"},
        {-9.99f, 2, "-10"},
        {0.1f, 17, "0.10000000149011612"},
        {0.1f, 99, "0.10000000149011612"},
        {0.0f, 3, "0"},
        {INFINITY, 0, "inf"},
        {-INFINITY, 3, "-inf"},
        {NAN, 0, "NaN"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *got = spelled(cases[i].x, cases[i].digits);
        CHECK(strcmp(got, cases[i].want) == 0, "%s is spelled %s",
              cases[i].want, got);
    }
}

/* Digits of a spelling without leading and trailing zeros. */
static int n_digits(const char *s)
{
    int n = 0, zeros = 0;

    for (; *s != '\0' && *s != 'e'; s++) {
        if (*s < '0' || *s > '9')
            continue;
        if (*s == '0') {
            zeros += n > 0;
            continue;
        }
        n += zeros + 1;
        zeros = 0;
    }
    return n;
}

/* Whether some decimal of n digits reads back to x: the nearest, or, where the
 * interval is lopsided, the next one up. */
static bool fits_in(float x, int n)
{
    char text[32], *e;
    unsigned long long digits = 0;
    int exponent;

    snprintf(text, sizeof(text), "%.*e", n - 1, (double)x);
    if (strtof(text, NULL) == x)
        return true;
    for (e = text; *e != 'e'; e++) {
        if (*e != '.')
            digits = digits * 10 + (unsigned long long)(*e - '0');
    }
    exponent = (int)strtol(e + 1, NULL, 10) - (n - 1);
    snprintf(text, sizeof(text), "%llue%d", digits + 1, exponent);
    return strtof(text, NULL) == x;
}

/* The nearest decimal of n digits, when it reads back, is what must be
 * written; compared as doubles, which tell such decimals apart. */
static bool is_closest(float x, const char *s, int n)
{
    char text[32];

    snprintf(text, sizeof(text), "%.*e", n - 1, (double)x);
    return strtof(text, NULL) != x || fabs(strtod(s, NULL) - (double)x) <=
                                          fabs(strtod(text, NULL) - (double)x);
}

static bool is_right(float x)
{
    const char *s = spelled(x, 0);
    int n = n_digits(s);

    if (strtof(s, NULL) == x && (n == 1 || !fits_in(x, n - 1)) &&
        is_closest(x, s, n))
        return true;
    printf("# %a is spelled %s\n", (double)x, s);
    return false;
}

static float from_bits(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

static void check_all(uint32_t stride)
{
    bool edges = true, strided = true;

    for (uint32_t exponent = 0; exponent < 255; exponent++) {
        for (uint32_t i = 0; i < 400; i++) {
            uint32_t first = exponent << 23 | i;
            uint32_t last = exponent << 23 | (0x7fffff - i);
            edges = edges && (first == 0 || is_right(from_bits(first)));
            edges = edges && is_right(from_bits(last));
        }
    }
    CHECK(edges, "shortest and closest at the edges of every exponent");
    for (uint64_t u = 1; u < 0x7f800000; u += stride)
        strided = strided && is_right(from_bits((uint32_t)u));
    CHECK(strided, "shortest and closest on every %uth float",
          (unsigned)stride);
}

static void check_doubles(void)
{
    static const struct {
        double x;
        int digits;
        const char *want;
    } cases[] = {
        {0.1, 16, "0.1"},
        {0.1 + 0.2, 17, "0.30000000000000004"},
        {5e-324, 1, "5e-324"},
        {DBL_MAX, 17, "1.7976931348623157e+308"},
        {DBL_MAX, 99, "1.7976931348623157e+308"},
        {9007199254740993.0, 17, "9007199254740992"},
        {0x1p-44, 17, "5.6843418860808015e-14"},
        {0x1p-1022, 17, "2.2250738585072014e-308"},
        {12345.678, 3, "12300"},
        {-0.0, 3, "-0"},
        {1.0 / 3.0, 16, "0.3333333333333333"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *got = spelled_double(cases[i].x, cases[i].digits);
        CHECK(strcmp(got, cases[i].want) == 0, "double %s is spelled %s",
              cases[i].want, got);
    }
}

static void check_integers(void)
{
    buffer_clear(&b);
    buffer_size(&b, 0);
    buffer_putc(&b, ' ');
    buffer_size(&b, SIZE_MAX);
    buffer_putc(&b, ' ');
    buffer_int(&b, INT64_MIN);
    buffer_putc(&b, ' ');
    buffer_int(&b, -7);
    buffer_putc(&b, '\0');
    CHECK(strcmp(b.data, "0 18446744073709551615 -9223372036854775808 -7") == 0,
          "integers: %s", b.data);
    buffer_clear(&b);
    buffer_json_float(&b, NAN, 0);
    buffer_json_float(&b, -INFINITY, 3);
    buffer_json_float(&b, -2.5f, 0);
    buffer_putc(&b, '\0');
    CHECK(strcmp(b.data, "nullnull-2.5") == 0, "JSON has null: %s", b.data);
}

/* test_number [STRIDE]: the stride through all positive floats. */
static void check_lists(void)
{
    static const int32_t values[] = {INT32_MIN, 0, 7};

    buffer_clear(&b);
    buffer_ints(&b, values, 0, ',');
    EQUAL_SIZE(b.size, 0, "a list of none");
    buffer_ints(&b, values, 1, ',');
    buffer_ints(&b, values, 3, ' ');
    buffer_putc(&b, '\0');
    EQUAL_TEXT(b.data, "-2147483648-2147483648 0 7",
               "lists of one and of three");
}

int main(int argc, char **argv)
{
    check_spelling();
    check_all(argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 10007);
    check_doubles();
    check_integers();
    check_lists();
    buffer_free(&b);
    return tap_done();
}
