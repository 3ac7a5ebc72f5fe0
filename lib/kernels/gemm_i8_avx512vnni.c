/*
 * gemm_i8_avx512vnni.c - tiles of up to 9 rows by 48 columns: 27 sums, 3
 * vectors of B and a broadcast of A fill the 32 registers.
 */
#include "lib/kernels/kernels.h"

#define TILE_ROWS 9

#include "lib/kernels/gemm_i8_avx512.h"

void berth_kernels_use_gemm_i8_avx512vnni(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8;
    k->i8_levels = BERTH_I8_LEVELS;
    k->fit_i8 = NULL;
}
