/*
 * rowops_vector.c - vectors of 4 floats for the row kernels of rowops.h.
 */
#include "lib/kernels/kernels.h"
#ifndef __FP_FAST_FMAF /* the library's function would be all of the time */
#define FMA_AS_COMPILED
#endif
#include "lib/kernels/vec_128.h"

/* Of a NaN and a number these give the second operand. */
INLINE vec min_(vec a, vec b)
{
    return choose(a < b, a, b);
}
INLINE vec max_(vec a, vec b)
{
    return choose(a > b, a, b);
}
INLINE vec abs_(vec x)
{
    return (vec)((ints)x & 0x7fffffff);
}

/* To the nearest, ties to even, of what is below 2^22: the last place of such a
 * sum is 1. */
INLINE vec round_(vec x)
{
    const vec shift = set1(0x1.8p23f);

    return x + shift - shift;
}
INLINE ints to_ints(vec x)
{
    const vec shift = set1(0x1.8p23f);

    return (ints)(x + shift) - (ints)shift;
}

INLINE float largest(vec x)
{
    const vec y = max_(x, __builtin_shufflevector(x, x, 2, 3, 0, 1));

    return y[0] > y[1] ? y[0] : y[1];
}

/* x 2^n in two steps, as n may be 128. */
INLINE vec scale_by_power(vec x, vec n)
{
    const ints i = to_ints(n), half = i >> 1, rest = i - half;

    return x * (vec)((half + 127) << 23) * (vec)((rest + 127) << 23);
}

/* 0 where x < limit, else y; x where x is NaN. */
INLINE vec zero_if_less(vec y, vec x, vec limit)
{
    return (vec)((ints)choose(x == x, y, x) & ~(x < limit));
}

INLINE vec keep_nan(vec y, vec x)
{
    return choose(x == x, y, x);
}

INLINE vec copy_sign(vec magnitude, vec sign)
{
    return choose(set1_ints(INT32_MIN), sign, magnitude);
}

INLINE vec load_tail(const float *p, size_t n, float other)
{
    return (vec){n > 0 ? p[0] : other, n > 1 ? p[1] : other,
                 n > 2 ? p[2] : other, other};
}

/* n < 4 halves, which may end where readable memory ends. */
INLINE shorts some_halves(const void *p, size_t n)
{
    shorts h = {0};

    memcpy(&h, p, n * sizeof(h[0]));
    return h;
}

INLINE vec load_f16_tail(const void *p, size_t n)
{
    return from_halves(some_halves(p, n));
}

INLINE vec load_bf16_tail(const void *p, size_t n)
{
    return (vec)join((shorts){0}, some_halves(p, n));
}

/* The low halves of lanes, in the first 8 bytes. */
INLINE shorts low_halves(ints x)
{
    return __builtin_shufflevector((shorts)x, (shorts)x, 0, 2, 4, 6, 0, 2, 4,
                                   6);
}

INLINE void store_halves(void *p, size_t n, shorts h)
{
    memcpy(p, &h, n * sizeof(h[0]));
}

#if defined(__aarch64__)
INLINE shorts to_halves(vec x)
{
    const float16x4_t h = vcvt_f16_f32((float32x4_t)x);

    return (shorts)vcombine_f16(h, h);
}
#else
/*
 * What is lost of a fraction is lost by adding a power of two whose last place
 * is that of a half: 2^-1 for subnormal ones, else 2^13 times the number's own.
 * NaN is quiet, with as much of its fraction as fits.
 */
INLINE shorts to_halves(vec x)
{
    const ints size = (ints)x & 0x7fffffff;
    const vec magnitude = (vec)size;
    const ints small = (ints)(magnitude + set1(0.5f)) - (ints)set1(0.5f);
    const ints normal = (size - (112 << 23) + 0xfff + (size >> 13 & 1)) >> 13;
    const ints nan = 0x7e00 | (size >> 13 & 0x1ff);
    ints h = (ints)choose(size < 0x38800000, (vec)small, (vec)normal);

    h = (ints)choose(size >= 0x47800000, (vec)set1_ints(0x7c00), (vec)h);
    h = (ints)choose(size > 0x7f800000, (vec)nan, (vec)h);
    return low_halves(h | ((ints)x >> 16 & 0x8000));
}
#endif

INLINE void store_f16(void *p, vec x)
{
    store_halves(p, VL, to_halves(x));
}

INLINE void store_f16_tail(void *p, size_t n, vec x)
{
    store_halves(p, n, to_halves(x));
}

/* Levels 0 .. 255, to the nearest, ties to even. */
INLINE ints to_levels(vec x)
{
    return to_ints(min_(max_(x, set1(0.0f)), set1(255.0f)));
}

INLINE void store_bytes_tail(uint8_t *p, size_t n, vec x)
{
    const ints level = to_levels(x);

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)level[i];
}

INLINE void store_bytes(uint8_t *p, vec x)
{
    store_bytes_tail(p, VL, x);
}

/* The first halves of the lanes of a and then of b. */
INLINE shorts pack(ints a, ints b)
{
    return __builtin_shufflevector((shorts)a, (shorts)b, 0, 2, 4, 6, 8, 10, 12,
                                   14);
}

INLINE void store_bytes_4(uint8_t *p, const vec *x)
{
    const bytes a = (bytes)pack(to_levels(x[0]), to_levels(x[1]));
    const bytes b = (bytes)pack(to_levels(x[2]), to_levels(x[3]));
    const bytes all = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14,
                                              16, 18, 20, 22, 24, 26, 28, 30);

    memcpy(p, &all, sizeof(all));
}

/* Which lanes are below low or above high. */
INLINE unsigned outside(vec x, vec low, vec high)
{
    const ints bits = ((x < low) | (x > high)) & (ints){1, 2, 4, 8};

    return (unsigned)(bits[0] | bits[1] | bits[2] | bits[3]);
}

/* Levels of 16 bits, to the nearest, ties to even. */
INLINE void store_levels_tail(int16_t *p, size_t n, vec x)
{
    store_halves(p, n, low_halves(to_ints(x)));
}

INLINE void store_levels(int16_t *p, vec x)
{
    store_levels_tail(p, VL, x);
}

/* The levels of n lanes of a, each followed by that of b. */
INLINE void store_pairs(int16_t *p, size_t n, vec a, vec b)
{
    const ints both = (to_ints(a) & 0xffff) | to_ints(b) << 16;

    memcpy(p, &both, n * sizeof(both[0]));
}

/* What is less makes nothing of a level. */
INLINE vec floor_(vec x)
{
    const vec y = max_(set1(-126.0f), x), n = round_(y);

    return n - (vec)((n > y) & (ints)set1(1.0f));
}

/* x less the next whole number below; of -infinity anything. */
INLINE vec fraction(vec x)
{
    return max_(set1(-126.0f), x) - floor_(x);
}

/* y 2^n, n that whole number. */
INLINE vec scale_by_floor(vec y, vec x)
{
    return (vec)((ints)y + (to_ints(floor_(x)) << 23));
}

#include "lib/kernels/rowops.h"
#include "lib/kernels/rowops_levels.h"

void berth_kernels_use_rowops_vector(struct berth_kernels *k)
{
    use_rowops(k);
    use_rowops_levels(k);
}
