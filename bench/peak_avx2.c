/*
 * peak_avx2.c - 14 chains, enough to hide the latency of a multiply-add; and
 * loads of memory, which need no wider registers to be as fast as it is.
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

double peak_read_avx2(const char *p, size_t size, size_t ahead)
{
    enum {
        STEP = 512,
        LINE = 64
    };

    for (size_t at = 0; at < size; at += STEP) {
#pragma GCC unroll 16
        for (size_t i = 0; i < STEP; i += LINE) {
            const __m256i *line = (const __m256i *)(p + at + i);

            /* Past the end nothing is fetched: no fault either. */
            if (ahead > 0)
                _mm_prefetch(p + at + i + ahead, _MM_HINT_T0);
            __asm__ volatile("" ::"x"(_mm256_load_si256(line)),
                             "x"(_mm256_load_si256(line + 1)));
        }
    }
    return (double)size;
}
