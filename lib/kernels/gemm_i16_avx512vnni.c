/*
 * gemm_i16_avx512vnni.c - tiles of 9 rows by 48 columns for gemm_i16.h, by
 * VPDPWSSD: twice the multiply-adds of the float product's.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

#define TILE_ROWS    9
#define TILE_COLUMNS 3

/* sum + a * b, two products a lane. In assembly because GCC 12 spills the sums
 * of a large tile around the intrinsic. */
INLINE ints dot(ints sum, ints a, ints b)
{
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

#include "lib/kernels/gemm_i16.h"

void berth_kernels_use_gemm_i16_avx512vnni(struct berth_kernels *k)
{
    k->gemm_i16 = gemm_i16;
}
