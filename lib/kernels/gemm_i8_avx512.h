/*
 * gemm_i8_avx512.h - gemm_i8.h over the vectors of AVX-512, for those who say
 * TILE_ROWS.
 */
#ifndef LIB_KERNELS_GEMM_I8_AVX512_H
#define LIB_KERNELS_GEMM_I8_AVX512_H

#include "lib/kernels/vec_avx512.h"

#define TILE_COLUMNS 3

/* sum + a (unsigned) * b (signed), four products a lane. In assembly because
 * GCC 12 spills the sums of a large tile around the intrinsic. */
INLINE ints dot(ints sum, ints a, ints b)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

#include "lib/kernels/gemm_i8.h"

#endif
