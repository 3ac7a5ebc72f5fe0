/*
 * number.c - floats and integers as text.
 *
 * A float becomes the decimal with the fewest digits that reads back to it; of
 * those the one closest to it. The method is Schubfach: of the multiples of
 * 10^k, for the k where at least one and at most ten fall into the interval of
 * reals that round to the float, first a multiple of 10^(k+1) is tried, then
 * the two neighbours of the float.
 *
 * Source: Raffaello Giulietti, "The Schubfach way to render doubles", 2021,
 * section 9; here for binary32, with 64-bit powers of ten.
 */
#include "cli/output/number.h"
#include "cli/base/buffer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_POWER = -45,
    LAST_POWER = 31,
    MAX_DIGITS = 17,
    MAX_SIZE = 32
};

/* floor(10^-k * 2^-r) + 1 with r such that it has 64 bits, for k = -45 .. 31;
 * tests/unit/test_number.c computes them again. */
static const uint64_t powers[LAST_POWER - FIRST_POWER + 1] = {
    0xb35dbf821ae4f38c, 0x8f7e32ce7bea5c70, 0xe596b7b0c643c71a,
    0xb7abc627050305ae, 0x92efd1b8d0cf37bf, 0xeb194f8e1ae525fe,
    0xbc143fa4e250eb32, 0x96769950b50d88f5, 0xf0bdc21abb48db21,
    0xc097ce7bc90715b4, 0x9a130b963a6c115d, 0xf684df56c3e01bc7,
    0xc5371912364ce306, 0x9dc5ada82b70b59e, 0xfc6f7c4045812297,
    0xc9f2c9cd04674edf, 0xa18f07d736b90be6, 0x813f3978f8940985,
    0xcecb8f27f4200f3b, 0xa56fa5b99019a5c9, 0x84595161401484a1,
    0xd3c21bcecceda101, 0xa968163f0a57b401, 0x878678326eac9001,
    0xd8d726b7177a8001, 0xad78ebc5ac620001, 0x8ac7230489e80001,
    0xde0b6b3a76400001, 0xb1a2bc2ec5000001, 0x8e1bc9bf04000001,
    0xe35fa931a0000001, 0xb5e620f480000001, 0x9184e72a00000001,
    0xe8d4a51000000001, 0xba43b74000000001, 0x9502f90000000001,
    0xee6b280000000001, 0xbebc200000000001, 0x9896800000000001,
    0xf424000000000001, 0xc350000000000001, 0x9c40000000000001,
    0xfa00000000000001, 0xc800000000000001, 0xa000000000000001,
    0x8000000000000001, 0xcccccccccccccccd, 0xa3d70a3d70a3d70b,
    0x83126e978d4fdf3c, 0xd1b71758e219652c, 0xa7c5ac471b478424,
    0x8637bd05af6c69b6, 0xd6bf94d5e57a42bd, 0xabcc77118461cefd,
    0x89705f4136b4a598, 0xdbe6fecebdedd5bf, 0xafebff0bcb24aaff,
    0x8cbccc096f5088cc, 0xe12e13424bb40e14, 0xb424dc35095cd810,
    0x901d7cf73ab0acda, 0xe69594bec44de15c, 0xb877aa3236a4b44a,
    0x9392ee8e921d5d08, 0xec1e4a7db69561a6, 0xbce5086492111aeb,
    0x971da05074da7bef, 0xf1c90080baf72cb2, 0xc16d9a0095928a28,
    0x9abe14cd44753b53, 0xf79687aed3eec552, 0xc612062576589ddb,
    0x9e74d1b791e07e49, 0xfd87b5f28300ca0e, 0xcad2f7f5359a3b3f,
    0xa2425ff75e14fc32, 0x81ceb32c4b43fcf5,
};

/* A number digits * 10^exponent. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* floor(log10(2^e)), floor(log10(3/4 * 2^e)) and floor(log2(10^e)), exact for
 * every exponent that a float has. */
static int log10_pow2(int e)
{
    return (int)(((int64_t)e * 1262611) >> 22);
}

static int log10_three_quarters_pow2(int e)
{
    return (int)(((int64_t)e * 1262611 - 524031) >> 22);
}

static int log2_pow10(int e)
{
    return (int)(((int64_t)e * 1741647) >> 19);
}

/* x * g / 2^64, rounded to odd: the last bit stays set when anything was cut
 * off, so that comparisons with multiples of 4 remain exact. */
static uint32_t scale(uint64_t g, uint32_t x)
{
    uint64_t low = (g & 0xffffffff) * x;
    uint64_t high = (g >> 32) * x + (low >> 32);

    return (uint32_t)(high >> 32) | ((uint32_t)high > 1);
}

/* The shortest decimal for c * 2^q; irregular: the float below is only half as
 * far away as the one above. */
static struct decimal shortest(uint32_t c, int q, bool irregular)
{
    int k = irregular ? log10_three_quarters_pow2(q) : log10_pow2(q);
    int h = q + log2_pow10(-k) + 1;
    uint64_t g = powers[k - FIRST_POWER];
    uint32_t outside = c & 1; /* the ends round to the even neighbour */
    uint32_t v = scale(g, (4 * c) << h);
    uint32_t low = scale(g, (4 * c - (irregular ? 1 : 2)) << h) + outside;
    uint32_t high = scale(g, (4 * c + 2) << h) - outside;
    uint32_t s = v / 4, t = s / 10;
    bool below, above;

    if (s >= 10) {
        below = low <= 40 * t;
        above = 40 * t + 40 <= high;
        if (below != above)
            return (struct decimal){below ? t : t + 1, k + 1};
    }
    below = low <= 4 * s;
    above = 4 * s + 4 <= high;
    if (below == above) /* both fit: the closer one, the even one of two */
        below = v < 4 * s + 2 || (v == 4 * s + 2 && (s & 1) == 0);
    return (struct decimal){below ? s : s + 1, k};
}

static struct decimal shortest_float(float x)
{
    uint32_t bits, fraction;
    int exponent;

    memcpy(&bits, &x, sizeof(bits));
    fraction = bits & 0x7fffff;
    exponent = (int)(bits >> 23 & 0xff);
    if (exponent == 0)
        return shortest(fraction, -149, false);
    return shortest(fraction | 0x800000, exponent - 150,
                    fraction == 0 && exponent > 1);
}

/* x correctly rounded to n significant digits, by the C library. */
static struct decimal rounded(double x, int n)
{
    char text[40], *e;
    struct decimal d = {0, 0};

    snprintf(text, sizeof(text), "%.*e", n - 1, x);
    for (e = text; *e != 'e'; e++) {
        if (*e >= '0' && *e <= '9')
            d.digits = d.digits * 10 + (uint64_t)(*e - '0');
    }
    d.exponent = (int)strtol(e + 1, NULL, 10) - (n - 1);
    return d;
}

static const char two_digits[] = "00010203040506070809"
                                 "10111213141516171819"
                                 "20212223242526272829"
                                 "30313233343536373839"
                                 "40414243444546474849"
                                 "50515253545556575859"
                                 "60616263646566676869"
                                 "70717273747576777879"
                                 "80818283848586878889"
                                 "90919293949596979899";

/* Digits of n, most significant first; returns their number. */
static int spell(uint64_t n, char *out)
{
    int size = 1, i;

    for (uint64_t rest = n; rest >= 10; rest /= 10000)
        size += rest < 100 ? 1 : rest < 1000 ? 2 : rest < 10000 ? 3 : 4;
    for (i = size; i > 1; n /= 100)
        memcpy(out + (i -= 2), two_digits + n % 100 * 2, 2);
    if (i == 1)
        out[0] = (char)('0' + n);
    return size;
}

static char *put_zeros(char *p, int n)
{
    for (; n > 0; n--)
        *p++ = '0';
    return p;
}

/* d.ddde-05: at least two digits of exponent, as printf and Python have it. */
static char *put_scientific(char *p, const char *digits, int size, int exponent)
{
    unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);

    *p++ = digits[0];
    if (size > 1) {
        *p++ = '.';
        memcpy(p, digits + 1, (size_t)size - 1);
        p += size - 1;
    }
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    if (e < 10)
        *p++ = '0';
    return p + spell(e, p);
}

/* Positional from 1e-4 up to 1e16, the bounds of Python's repr(). */
static char *put_decimal(char *p, struct decimal d)
{
    char digits[20];
    int size = spell(d.digits, digits);
    int point = size + d.exponent; /* digits before the point */

    while (size > 1 && digits[size - 1] == '0')
        size--;
    if (point <= -4 || point > 16)
        return put_scientific(p, digits, size, point - 1);
    if (point <= 0) {
        *p++ = '0';
        *p++ = '.';
        p = put_zeros(p, -point);
        memcpy(p, digits, (size_t)size);
        return p + size;
    }
    if (point >= size) {
        memcpy(p, digits, (size_t)size);
        return put_zeros(p + size, point - size);
    }
    memcpy(p, digits, (size_t)point);
    p[point] = '.';
    memcpy(p + point + 1, digits + point, (size_t)(size - point));
    return p + size + 1;
}

/* What needs no decimal; returns false for the other numbers. */
static bool put_special(struct buffer *b, double x)
{
    if (isnan(x))
        buffer_puts(b, "NaN");
    else if (isinf(x))
        buffer_puts(b, x < 0 ? "-inf" : "inf");
    else if (x == 0)
        buffer_puts(b, signbit(x) ? "-0" : "0");
    else
        return false;
    return true;
}

static void put_number(struct buffer *b, struct decimal d, bool negative)
{
    char *p = buffer_reserve(b, MAX_SIZE), *start = p;

    if (p == NULL)
        return;
    if (negative)
        *p++ = '-';
    b->size += (size_t)(put_decimal(p, d) - start);
}

static int at_most(int digits)
{
    return digits < MAX_DIGITS ? digits : MAX_DIGITS;
}

void buffer_float(struct buffer *b, float x, int digits)
{
    float size = fabsf(x);

    if (!put_special(b, (double)x))
        put_number(b,
                   digits > 0 ? rounded((double)size, at_most(digits))
                              : shortest_float(size),
                   x < 0);
}

void buffer_double(struct buffer *b, double x, int digits)
{
    if (!put_special(b, x))
        put_number(b, rounded(fabs(x), at_most(digits)), x < 0);
}

void buffer_size(struct buffer *b, size_t n)
{
    char *p = buffer_reserve(b, 20);

    if (p != NULL)
        b->size += (size_t)spell(n, p);
}

void buffer_int(struct buffer *b, int64_t n)
{
    if (n < 0)
        buffer_putc(b, '-');
    buffer_size(b, n < 0 ? 0 - (size_t)n : (size_t)n);
}

void buffer_ints(struct buffer *b, const int32_t *values, size_t n,
                 char between)
{
    for (size_t i = 0; i < n; i++) {
        buffer_between(b, i, between);
        buffer_int(b, values[i]);
    }
}

void buffer_json_float(struct buffer *b, float x, int digits)
{
    if (isfinite(x))
        buffer_float(b, x, digits);
    else
        buffer_puts(b, "null");
}

void buffer_floats(struct buffer *b, const float *x, size_t n, int digits,
                   char between)
{
    for (size_t i = 0; i < n; i++) {
        buffer_between(b, i, between);
        buffer_float(b, x[i], digits);
    }
}

void buffer_json_floats(struct buffer *b, const float *x, size_t n, int digits)
{
    for (size_t i = 0; i < n; i++) {
        buffer_between(b, i, ',');
        buffer_json_float(b, x[i], digits);
    }
}
