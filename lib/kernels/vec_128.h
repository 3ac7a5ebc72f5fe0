/*
 * vec_128.h - vectors of 4 floats in the vector extensions of GCC and Clang,
 * for the kernel files of every CPU: the compiler makes NEON, SSE2 or what else
 * there is of them. Static, so that nothing compiled for one CPU can be linked
 * into another.
 */
#ifndef LIB_KERNELS_VEC_128_H
#define LIB_KERNELS_VEC_128_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    VL = 4
};

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(16)));
typedef int32_t ints __attribute__((vector_size(16)));
typedef uint8_t bytes __attribute__((vector_size(16)));
typedef int16_t shorts __attribute__((vector_size(16)));
typedef int64_t longs __attribute__((vector_size(16)));
typedef size_t mask; /* so many lanes, the first */

/* Where a vector is in memory, with whatever else is there. */
typedef int32_t ints_at __attribute__((vector_size(16), aligned(1), may_alias));

INLINE vec set1(float x)
{
    return (vec){x, x, x, x};
}

/* The second half of the lanes is added to the first until one is left. */
INLINE float sum_of_lanes(vec x)
{
    return x[0] + x[2] + (x[1] + x[3]);
}

/* a * b + c, rounded once; or as the compiler makes it of this, which is once
 * or twice. GCC makes one vector instruction of either where the CPU has it. */
INLINE vec fma_(vec a, vec b, vec c)
{
#ifdef FMA_AS_COMPILED
    return a * b + c;
#else
    return (vec){
        __builtin_fmaf(a[0], b[0], c[0]), __builtin_fmaf(a[1], b[1], c[1]),
        __builtin_fmaf(a[2], b[2], c[2]), __builtin_fmaf(a[3], b[3], c[3])};
#endif
}

INLINE vec accumulate(vec sum, vec a, vec b)
{
    return fma_(a, b, sum);
}

INLINE mask first_lanes(size_t n)
{
    return n;
}

INLINE ints set1_ints(int32_t x)
{
    return (ints){x, x, x, x};
}

#include "lib/kernels/vec.h"

/* The other lanes are 0. Each of some lanes by itself: nothing beyond them may
 * be touched. */
INLINE vec load_some(const float *p, mask some)
{
    /* GCC would warn of lanes that are not loaded. */
    __asm__("" : "+r"(p));
    if (some >= VL)
        return load(p);
    return (vec){some > 0 ? p[0] : 0.0f, some > 1 ? p[1] : 0.0f,
                 some > 2 ? p[2] : 0.0f, 0.0f};
}

INLINE void store_some(float *p, mask some, vec x)
{
    if (some >= VL) {
        store(p, x);
        return;
    }
    if (some > 0)
        p[0] = x[0];
    if (some > 1)
        p[1] = x[1];
    if (some > 2)
        p[2] = x[2];
}

/* The first lanes, so many as are left, or all. */
INLINE void store_left(float *p, size_t left, vec x)
{
    store_some(p, lanes(left), x);
}

INLINE ints load_ints(const void *p)
{
    return *(const ints_at *)p;
}

/* Byte k of each lane, with its sign. */
INLINE ints byte_of(ints x, size_t k)
{
    return x << (int)(24 - 8 * k) >> 24;
}

/* Lane k of x in all lanes. */
INLINE vec lane_of(vec x, const int k)
{
    return k == 0   ? __builtin_shufflevector(x, x, 0, 0, 0, 0)
           : k == 1 ? __builtin_shufflevector(x, x, 1, 1, 1, 1)
           : k == 2 ? __builtin_shufflevector(x, x, 2, 2, 2, 2)
                    : __builtin_shufflevector(x, x, 3, 3, 3, 3);
}

INLINE ints lane_of_ints(ints x, const int k)
{
    return k == 0   ? __builtin_shufflevector(x, x, 0, 0, 0, 0)
           : k == 1 ? __builtin_shufflevector(x, x, 1, 1, 1, 1)
           : k == 2 ? __builtin_shufflevector(x, x, 2, 2, 2, 2)
                    : __builtin_shufflevector(x, x, 3, 3, 3, 3);
}

INLINE vec to_floats(ints x)
{
    return __builtin_convertvector(x, vec);
}

/* a where is has all bits of a lane, b where it has none. */
INLINE vec choose(ints is, vec a, vec b)
{
    return (vec)(((ints)a & is) | ((ints)b & ~is));
}

INLINE bytes load_bytes(const void *p)
{
    typedef uint8_t at __attribute__((vector_size(16), aligned(1), may_alias));

    return *(const at *)p;
}

INLINE shorts load_shorts(const void *p)
{
    return (shorts)load_ints(p);
}

/* The first eight bytes, and the last, widened. */
INLINE shorts low_bytes(bytes x)
{
    return (shorts)__builtin_shufflevector(x, (bytes){0}, 0, 16, 1, 17, 2, 18,
                                           3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

INLINE shorts high_bytes(bytes x)
{
    return (shorts)__builtin_shufflevector(x, (bytes){0}, 8, 24, 9, 25, 10, 26,
                                           11, 27, 12, 28, 13, 29, 14, 30, 15,
                                           31);
}

/* sum + the products of the low halves of lanes and those of the high ones. */
INLINE ints add_pairs(ints sum, shorts a, shorts b)
{
#if defined(__SSE2__)
    return sum + (ints)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
    const ints x = (ints)a, y = (ints)b;

    sum += (x << 16 >> 16) * (y << 16 >> 16);
    return sum + (x >> 16) * (y >> 16);
#endif
}

/* Four halves in the first 8 bytes. */
INLINE shorts load_halves(const void *p)
{
    typedef int64_t at __attribute__((aligned(1), may_alias));

    return (shorts)(longs){*(const at *)p, 0};
}

/* The first four of a and of b in turn: lanes of which a are the low parts. */
INLINE ints join(shorts a, shorts b)
{
    return (ints)__builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

INLINE vec load_bf16(const void *p)
{
    return (vec)join((shorts){0}, load_halves(p));
}

#if defined(__aarch64__)
/* By name: GCC 12 converts one half after another. */
INLINE vec from_halves(shorts h)
{
    return (vec)vcvt_f32_f16(vget_low_f16((float16x8_t)h));
}
#else
/* Exponent and fraction in the places of a float's, times what parts the
 * biases: subnormal halves come out right, too. Then infinity and NaN, which
 * becomes quiet. */
INLINE vec from_halves(shorts halves)
{
    const ints h = join(halves, (shorts){0}), size = h & 0x7fff;
    const ints number = (ints)((vec)(size << 13) * 0x1p112f);
    const ints none = size << 13 | 0x7f800000 | ((size > 0x7c00) & 0x400000);

    return (vec)((ints)choose(size > 0x7bff, (vec)none, (vec)number) |
                 (h << 16 & INT32_MIN));
}
#endif

INLINE vec load_f16(const void *p)
{
    return from_halves(load_halves(p));
}

#endif
