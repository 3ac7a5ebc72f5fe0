/*
 * peak_avx2vnni.c - 14 chains of 8-bit dot products.
 */
#include "bench/peak.h"

#include <immintrin.h>

#define INSTRUCTION "%{vex%} vpdpbusd"

enum {
    OPERATIONS = 2 * 32,
    CHAINS = 14
};

typedef __m256i vec;

#include "bench/peak_chains.h"

double peak_dot_avx2vnni(long n)
{
    return OPERATIONS * chains(n, _mm256_set1_epi8(3), _mm256_set1_epi8(1));
}
