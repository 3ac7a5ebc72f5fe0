/*
 * gemm_i8_avx512.h - gemm_i8.h over the vectors of AVX-512, for those who say
 * TILE_ROWS.
 */
#ifndef LIB_KERNELS_GEMM_I8_AVX512_H
#define LIB_KERNELS_GEMM_I8_AVX512_H

#include "lib/kernels/vec_avx512.h"

#define TILE_COLUMNS 3

typedef __m512i ints;

INLINE ints set1_ints(int32_t x)
{
    return _mm512_set1_epi32(x);
}

INLINE ints load_ints(const void *p)
{
    return _mm512_load_si512(p);
}

INLINE vec to_floats(ints x)
{
    return _mm512_cvtepi32_ps(x);
}

INLINE void store(float *p, vec x)
{
    _mm512_store_ps(p, x);
}

INLINE vec mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}

/* sum + a (unsigned) * b (signed), four products a lane. In assembly because
 * GCC 12 spills the sums of a large tile around the intrinsic. */
INLINE ints dot(ints sum, ints a, ints b)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

/* One input of 16 columns as floats: byte k of each lane. */
INLINE vec weights_of(const int8_t *b, size_t k)
{
    const __m128i left = _mm_cvtsi32_si128((int)(24 - 8 * k));

    return to_floats(
        _mm512_srai_epi32(_mm512_sll_epi32(load_ints(b), left), 24));
}

#include "lib/kernels/gemm_i8.h"

#endif
