/*
 * peak_avx2vnni.c - 14 chains of 8-bit dot products.
 */
#include "bench/peak.h"

#include <immintrin.h>

enum {
    LANES = 32,
    CHAINS = 14
};

double peak_dot_avx2vnni(long n)
{
    const __m256i x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(1);
    __m256i sum[CHAINS];

#pragma GCC unroll 14
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm256_set1_epi32(i);
    for (long k = 0; k < n; k++) {
#pragma GCC unroll 14
        for (int i = 0; i < CHAINS; i++)
            __asm__ volatile("%{vex%} vpdpbusd %2, %1, %0"
                             : "+x"(sum[i])
                             : "x"(x), "x"(y));
    }
    return (double)n * CHAINS * LANES * 2.0;
}
