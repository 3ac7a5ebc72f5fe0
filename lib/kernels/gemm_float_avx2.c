/*
 * gemm_float_avx2.c - tiles of 6 rows by 16 columns for gemm_float.h: 12 sums,
 * 2 vectors of B and 2 of A in the 16 registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#define TILE_ROWS    6
#define TILE_COLUMNS 2
#define PASS_ROWS    6

#include "lib/kernels/gemm_float.h"

void berth_kernels_use_gemm_float_avx2(struct berth_kernels *k)
{
    use_gemm(k);
}
