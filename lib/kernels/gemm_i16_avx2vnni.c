/*
 * gemm_i16_avx2vnni.c - tiles of 6 rows by 16 columns for gemm_i16.h, by
 * VPDPWSSD.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#define TILE_ROWS    6
#define TILE_COLUMNS 2

typedef __m256i sums;

INLINE sums no_sums(void)
{
    return _mm256_setzero_si256();
}

INLINE sums broadcast_pair(int32_t two)
{
    return _mm256_set1_epi32(two);
}

INLINE sums load_pairs(const int16_t *p)
{
    return _mm256_load_si256((const void *)p);
}

INLINE void dot(sums *sum, sums a, sums b)
{
    *sum = _mm256_dpwssd_avx_epi32(*sum, a, b);
}

INLINE vec scaled(sums sum, vec scale)
{
    return _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale);
}

#include "lib/kernels/gemm_i16.h"

void berth_kernels_use_gemm_i16_avx2vnni(struct berth_kernels *k)
{
    k->gemm_i16 = gemm_i16;
}
