/*
 * vec_avx2.h - vectors of 8 floats, for the kernel files of AVX2: what more
 * than one of them needs. Static, so that nothing compiled for one CPU can be
 * linked into another.
 */
#ifndef LIB_KERNELS_VEC_AVX2_H
#define LIB_KERNELS_VEC_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    VL = 8
};

#define INLINE static inline __attribute__((always_inline))

typedef __m256 vec;
typedef __m256i ints; /* of 32 bits */
typedef __m256i mask;

INLINE vec set1(float x)
{
    return _mm256_set1_ps(x);
}

INLINE vec fma_(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* sum + a * b, rounded once. In assembly because GCC 12, where a loop has many
 * of these, keeps copies of the sums. */
INLINE vec accumulate(vec sum, vec a, vec b)
{
    __asm__("vfmadd231ps %[b], %[a], %[sum]"
            : [sum] "+x"(sum)
            : [a] "x"(a), [b] "x"(b));
    return sum;
}

/* The second half of the lanes is added to the first until one is left. */
INLINE float sum_of_lanes(vec x)
{
    __m128 y =
        _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));

    y = _mm_add_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_add_ss(y, _mm_movehdup_ps(y)));
}

/* The first n lanes, n <= VL. */
INLINE mask first_lanes(size_t n)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), index);
}

INLINE ints set1_ints(int32_t x)
{
    return _mm256_set1_epi32(x);
}

#include "lib/kernels/vec.h"

INLINE vec load_some(const float *p, mask some)
{
    return _mm256_maskload_ps(p, some);
}

INLINE void store_some(float *p, mask some, vec x)
{
    _mm256_maskstore_ps(p, some, x);
}

/* The first lanes, so many as are left, or all, which is most often so: some
 * CPUs have a masked store in microcode. */
INLINE void store_left(float *p, size_t left, vec x)
{
    if (left >= VL)
        store(p, x);
    else
        store_some(p, first_lanes(left), x);
}

INLINE vec load_f16(const void *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128(p));
}

INLINE vec from_bf16(__m128i h)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
}

INLINE vec load_bf16(const void *p)
{
    return from_bf16(_mm_loadu_si128(p));
}

/* Aligned. */
INLINE ints load_ints(const void *p)
{
    return _mm256_load_si256(p);
}

/* Byte k of each lane, with its sign. */
INLINE ints byte_of(ints x, size_t k)
{
    const __m128i left = _mm_cvtsi32_si128((int)(24 - 8 * k));

    return _mm256_srai_epi32(_mm256_sll_epi32(x, left), 24);
}

INLINE vec to_floats(ints x)
{
    return _mm256_cvtepi32_ps(x);
}

#endif
