/*
 * peak_avx512bf16.c - 24 chains of dot products of bfloat16.
 */
#include "bench/peak.h"

#include <immintrin.h>

enum {
    PAIRS = 16,
    CHAINS = 24
};

double peak_dot_avx512bf16(long n)
{
    const __m512i x = _mm512_set1_epi16(0x3f00), y = x;
    __m512 sum[CHAINS];

#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm512_set1_ps((float)i);
    for (long k = 0; k < n; k++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            __asm__ volatile("vdpbf16ps %2, %1, %0"
                             : "+v"(sum[i])
                             : "v"(x), "v"(y));
    }
    return (double)n * CHAINS * PAIRS * 2 * 2.0;
}
