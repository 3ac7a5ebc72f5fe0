/*
 * gemm_i16_avx512vnni.c - tiles of 9 rows by 48 columns for gemm_i16.h, by
 * VPDPWSSD: twice the multiply-adds of the float product's.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

#define TILE_ROWS    9
#define TILE_COLUMNS 3

typedef __m512i sums;

INLINE sums no_sums(void)
{
    return _mm512_setzero_si512();
}

INLINE sums broadcast_pair(int32_t two)
{
    return _mm512_set1_epi32(two);
}

INLINE sums load_pairs(const int16_t *p)
{
    return _mm512_load_si512(p);
}

/* In assembly because GCC 12 spills the sums of a large tile around the
 * intrinsic. */
INLINE void dot(sums *sum, sums a, sums b)
{
    __asm__("vpdpwssd %2, %1, %0" : "+v"(*sum) : "v"(a), "v"(b));
}

INLINE vec scaled(sums sum, vec scale)
{
    return _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
}

#include "lib/kernels/gemm_i16.h"

void berth_kernels_use_gemm_i16_avx512vnni(struct berth_kernels *k)
{
    k->gemm_i16 = gemm_i16;
}
