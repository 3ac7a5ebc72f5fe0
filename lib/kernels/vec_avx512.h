/*
 * vec_avx512.h - vectors of 16 floats, for the kernel files of AVX-512: what
 * more than one of them needs. Static, so that nothing compiled for one CPU can
 * be linked into another.
 */
#ifndef LIB_KERNELS_VEC_AVX512_H
#define LIB_KERNELS_VEC_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    VL = 16
};

#define INLINE static inline __attribute__((always_inline))

typedef __m512 vec;
typedef __m512i ints; /* of 32 bits */
typedef __mmask16 mask;

INLINE vec set1(float x)
{
    return _mm512_set1_ps(x);
}

INLINE vec fma_(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

INLINE vec accumulate(vec sum, vec a, vec b)
{
    return fma_(a, b, sum);
}

/* The second half of the lanes is added to the first until one is left. */
INLINE float sum_of_lanes(vec x)
{
    const __m256 half =
        _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    __m128 y = _mm_add_ps(_mm256_castps256_ps128(half),
                          _mm256_extractf128_ps(half, 1));

    y = _mm_add_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_add_ss(y, _mm_movehdup_ps(y)));
}

/* The first n lanes, n <= VL. */
INLINE mask first_lanes(size_t n)
{
    return (mask)((1u << n) - 1);
}

INLINE ints set1_ints(int32_t x)
{
    return _mm512_set1_epi32(x);
}

#include "lib/kernels/vec.h"

INLINE vec load_some(const float *p, mask some)
{
    return _mm512_maskz_loadu_ps(some, p);
}

INLINE void store_some(float *p, mask some, vec x)
{
    _mm512_mask_storeu_ps(p, some, x);
}

/* The first lanes, so many as are left, or all. */
INLINE void store_left(float *p, size_t left, vec x)
{
    store_some(p, lanes(left), x);
}

INLINE vec load_f16(const void *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256(p));
}

INLINE vec from_bf16(__m256i h)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16));
}

INLINE vec load_bf16(const void *p)
{
    return from_bf16(_mm256_loadu_si256(p));
}

/* Aligned. */
INLINE ints load_ints(const void *p)
{
    return _mm512_load_si512(p);
}

/* Byte k of each lane, with its sign. */
INLINE ints byte_of(ints x, size_t k)
{
    const __m128i left = _mm_cvtsi32_si128((int)(24 - 8 * k));

    return _mm512_srai_epi32(_mm512_sll_epi32(x, left), 24);
}

INLINE vec to_floats(ints x)
{
    return _mm512_cvtepi32_ps(x);
}

#endif
