/*
 * vec_avx2.h - vectors of 8 floats, for the kernel files of AVX2: what more
 * than one of them needs. Static, so that nothing compiled for one CPU can be
 * linked into another.
 */
#ifndef LIB_KERNELS_VEC_AVX2_H
#define LIB_KERNELS_VEC_AVX2_H

#include <immintrin.h>
#include <stddef.h>

enum {
    VL = 8
};

#define INLINE static inline __attribute__((always_inline))

typedef __m256 vec;
typedef __m256i mask;

INLINE vec set1(float x)
{
    return _mm256_set1_ps(x);
}

INLINE vec load(const void *p)
{
    return _mm256_loadu_ps(p);
}

INLINE vec fma_(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* The first n lanes, n <= VL. */
INLINE mask first_lanes(size_t n)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), index);
}

/* All of them where n is more. */
INLINE mask lanes(size_t n)
{
    return first_lanes(n >= VL ? VL : n);
}

INLINE vec load_some(const float *p, mask some)
{
    return _mm256_maskload_ps(p, some);
}

INLINE void store_some(float *p, mask some, vec x)
{
    _mm256_maskstore_ps(p, some, x);
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

#endif
