/*
 * gemm_i8_avx2vnni.c - tiles of up to 6 rows by 16 columns for gemm_i8.h, on
 * CPUs that have VPDPBUSD without AVX-512: 12 sums, 2 vectors of B and a
 * broadcast of A in the 16 registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#define TILE_ROWS    6
#define TILE_COLUMNS 2

typedef __m256i ints;

INLINE ints set1_ints(int32_t x)
{
    return _mm256_set1_epi32(x);
}

INLINE ints load_ints(const void *p)
{
    return _mm256_load_si256(p);
}

INLINE vec to_floats(ints x)
{
    return _mm256_cvtepi32_ps(x);
}

INLINE void store(float *p, vec x)
{
    _mm256_store_ps(p, x);
}

INLINE vec mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}

/* sum + a (unsigned) * b (signed), four products a lane. */
INLINE ints dot(ints sum, ints a, ints b)
{
    return _mm256_dpbusd_avx_epi32(sum, a, b);
}

/* One input of 8 columns as floats: byte k of each lane. */
INLINE vec weights_of(const int8_t *b, size_t k)
{
    const __m128i left = _mm_cvtsi32_si128((int)(24 - 8 * k));

    return to_floats(
        _mm256_srai_epi32(_mm256_sll_epi32(load_ints(b), left), 24));
}

#include "lib/kernels/gemm_i8.h"

void berth_kernels_use_gemm_i8_avx2vnni(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8;
    k->i8_levels = BERTH_I8_LEVELS;
    k->fit_i8 = NULL;
}
