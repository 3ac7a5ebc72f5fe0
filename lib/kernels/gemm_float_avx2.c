/*
 * gemm_float_avx2.c - tiles of 6 rows by 16 columns for gemm_float.h: 12 sums,
 * 2 vectors of B and 2 of A in the 16 registers.
 */
#include "lib/kernels/kernels.h"

#include <immintrin.h>

#define TILE_ROWS    6
#define TILE_COLUMNS 2

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

INLINE vec fma_(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* The first n lanes. */
INLINE mask lanes(size_t n)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n >= VL ? VL : (int)n), index);
}

INLINE vec load_some(const float *p, mask some)
{
    return _mm256_maskload_ps(p, some);
}

INLINE void store_some(float *p, mask some, vec x)
{
    _mm256_maskstore_ps(p, some, x);
}

/* VL elements of a panel, as floats. */
INLINE vec load(const char *p, const enum berth_format format)
{
    if (format == BERTH_FORMAT_F32)
        return _mm256_load_ps((const void *)p);
    const __m128i h = _mm_loadu_si128((const void *)p);
    if (format == BERTH_FORMAT_F16)
        return _mm256_cvtph_ps(h);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
}

#include "lib/kernels/gemm_float.h"

void berth_kernels_use_gemm_float_avx2(struct berth_kernels *k)
{
    use_gemm(k);
}
