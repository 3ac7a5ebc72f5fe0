/*
 * peak_avx2.c - 14 chains of multiply-adds; and loads of memory, which need no
 * wider registers to be as fast as it is.
 */
#include "bench/peak.h"

#include <immintrin.h>

#define INSTRUCTION "vfmadd132ps"

enum {
    OPERATIONS = 2 * 8,
    CHAINS = 14
};

typedef __m256 vec;

#include "bench/peak_chains.h"

double peak_fma_avx2(long n)
{
    return OPERATIONS *
           chains(n, _mm256_set1_ps(1e-3f), _mm256_set1_ps(0.999f));
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
