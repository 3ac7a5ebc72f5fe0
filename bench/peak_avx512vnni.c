/*
 * peak_avx512vnni.c - 24 chains of 8-bit dot products.
 */
#include "bench/peak.h"

#include <immintrin.h>

enum {
    LANES = 64,
    CHAINS = 24
};

double peak_dot_avx512vnni(long n)
{
    const __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(1);
    __m512i sum[CHAINS];

#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm512_set1_epi32(i);
    for (long k = 0; k < n; k++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            __asm__ volatile("vpdpbusd %2, %1, %0"
                             : "+v"(sum[i])
                             : "v"(x), "v"(y));
    }
    return (double)n * CHAINS * LANES * 2.0;
}
