/*
 * peak_avx512.c - 24 chains of multiply-adds.
 */
#include "bench/peak.h"

#include <immintrin.h>

#define INSTRUCTION "vfmadd132ps"

enum {
    OPERATIONS = 2 * 16,
    CHAINS = 24
};

typedef __m512 vec;

#include "bench/peak_chains.h"

double peak_fma_avx512(long n)
{
    return OPERATIONS *
           chains(n, _mm512_set1_ps(1e-3f), _mm512_set1_ps(0.999f));
}
