/*
 * peak_avx512.c - 24 chains, enough to hide the latency of a multiply-add.
 */
#include "bench/peak.h"

#include <immintrin.h>

enum {
    LANES = 16,
    CHAINS = 24
};

double peak_fma_avx512(long n)
{
    const __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(1e-3f);
    __m512 sum[CHAINS];

#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm512_set1_ps((float)i);
    for (long k = 0; k < n; k++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++) {
            sum[i] = _mm512_fmadd_ps(sum[i], x, y);
            /* Keeps the chain: nothing may be computed ahead. */
            __asm__ volatile("" : "+v"(sum[i]));
        }
    }
    return (double)n * CHAINS * LANES * 2.0;
}
