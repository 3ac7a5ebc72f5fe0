/*
 * gemm_i8_avx2vnni.c - tiles of up to 6 rows by 16 columns for gemm_i8.h, on
 * CPUs that have VPDPBUSD without AVX-512: 12 sums, 2 vectors of B and a
 * broadcast of A in the 16 registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#define TILE_ROWS    6
#define TILE_COLUMNS 2

/* sum + a (unsigned) * b (signed), four products a lane. */
INLINE ints dot(ints sum, ints a, ints b)
{
    return _mm256_dpbusd_avx_epi32(sum, a, b);
}

#include "lib/kernels/gemm_i8.h"

void berth_kernels_use_gemm_i8_avx2vnni(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8;
    k->i8_levels = BERTH_I8_LEVELS;
    k->fit_i8 = NULL;
}
