/*
 * peak_avx512vnni.c - 24 chains of 8-bit dot products.
 */
#include "bench/peak.h"

#include <immintrin.h>

#define INSTRUCTION "vpdpbusd"

enum {
    OPERATIONS = 2 * 64,
    CHAINS = 24
};

typedef __m512i vec;

#include "bench/peak_chains.h"

double peak_dot_avx512vnni(long n)
{
    return OPERATIONS * chains(n, _mm512_set1_epi8(3), _mm512_set1_epi8(1));
}
