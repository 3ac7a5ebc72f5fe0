/*
 * gemm_i16_avx2.c - tiles of 6 rows by 16 columns for gemm_i16.h, by VPMADDWD.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#define TILE_ROWS    6
#define TILE_COLUMNS 2

/* sum + a * b, two products a lane. */
INLINE ints dot(ints sum, ints a, ints b)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}

#include "lib/kernels/gemm_i16.h"

void berth_kernels_use_gemm_i16_avx2(struct berth_kernels *k)
{
    k->gemm_i16 = gemm_i16;
}
