/*
 * peak_avx2.c - 14 chains, enough to hide the latency of a multiply-add.
 */
#include "bench/peak.h"

#include <immintrin.h>

enum {
    LANES = 8,
    CHAINS = 14
};

double peak_fma_avx2(long n)
{
    const __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(1e-3f);
    __m256 sum[CHAINS];

#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm256_set1_ps((float)i);
    for (long k = 0; k < n; k++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++) {
            sum[i] = _mm256_fmadd_ps(sum[i], x, y);
            /* Keeps the chain: nothing may be computed ahead. */
            __asm__ volatile("" : "+x"(sum[i]));
        }
    }
    return (double)n * CHAINS * LANES * 2.0;
}
