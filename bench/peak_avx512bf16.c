/*
 * peak_avx512bf16.c - 24 chains of dot products of bfloat16.
 */
#include "bench/peak.h"

#include <immintrin.h>

#define INSTRUCTION "vdpbf16ps"

enum {
    OPERATIONS = 2 * 32,
    CHAINS = 24
};

typedef __m512i vec;

#include "bench/peak_chains.h"

double peak_dot_avx512bf16(long n)
{
    return OPERATIONS *
           chains(n, _mm512_set1_epi16(0x3f00), _mm512_set1_epi16(0x3f00));
}
