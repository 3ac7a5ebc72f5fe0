/*
 * rows_bf16_amx.c - rows of floats rounded to bfloat16, for the tiles.
 *
 * 2^x: a polynomial of degree 3 in the fraction of x, as in rowops_levels.h.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

#include <math.h>

enum {
    BOTH = 2 * VL
};

/* Those of two vectors, one after the other. */
INLINE __m512i round_two(vec first, vec second)
{
    return (__m512i)_mm512_cvtne2ps_pbh(second, first);
}

static void split_one(const float *x, size_t n, float *parts)
{
    size_t i = 0;

    for (; i + BOTH <= n; i += BOTH, parts += VL)
        _mm512_store_si512(parts, round_two(load(x + i), load(x + i + VL)));
    if (i < n) {
        const mask high = n - i > VL ? lanes(n - i - VL) : 0;

        _mm512_store_si512(parts, round_two(load_some(x + i, lanes(n - i)),
                                            load_some(x + i + VL, high)));
    }
}

/* A bfloat16 in the upper half of each lane; subnormal numbers stay. */
INLINE ints round_bits(vec x)
{
    const ints bits = _mm512_castps_si512(x);
    const ints odd =
        _mm512_and_si512(_mm512_srli_epi32(bits, 16), set1_ints(1));
    const ints rounded =
        _mm512_add_epi32(bits, _mm512_add_epi32(odd, set1_ints(0x7fff)));
    const mask nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);

    return _mm512_mask_or_epi32(rounded, nan, bits, set1_ints(0x400000));
}

static void round_pairs(const float *x, size_t ld, size_t m, size_t n,
                        void *out)
{
    const size_t end = berth_split_steps(m);
    uint32_t *to = out;

    for (size_t i = 0; i < end; i += 2, x += 2 * ld, to += n) {
        for (size_t j = 0; j < n; j += VL) {
            const mask some = lanes(n - j);
            const vec a = load_some(x + j, i < m ? some : 0);
            const vec b = load_some(x + ld + j, i + 1 < m ? some : 0);

            _mm512_mask_storeu_epi32(
                to + j, some,
                _mm512_mask_blend_epi16(0xaaaaaaaa,
                                        _mm512_srli_epi32(round_bits(a), 16),
                                        round_bits(b)));
        }
    }
}

static void narrow_bf16(const float *x, void *out, size_t n)
{
    uint16_t *to = out;

    for (size_t i = 0; i < n; i += VL) {
        const mask some = lanes(n - i);

        _mm256_mask_storeu_epi16(to + i, some,
                                 _mm512_cvtepi32_epi16(_mm512_srli_epi32(
                                     round_bits(load_some(x + i, some)), 16)));
    }
}

/* 2^x, x <= 0. */
INLINE vec power_of_2(vec x)
{
    const vec f =
        _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    vec y = fma_(set1(0.0770670548f), f, set1(0.22764498f));

    y = fma_(fma_(y, f, set1(0.695116818f)), f, set1(1.0f));
    return _mm512_scalef_ps(y, x);
}

/* Those of n lanes, from the largest on; lanes beyond them are 0. */
INLINE vec weights(const float *x, mask some, vec top)
{
    const vec y = _mm512_mask_loadu_ps(set1(-INFINITY), some, x);

    return power_of_2(mul(_mm512_sub_ps(y, top), set1(1.44269504f)));
}

static vec largest_of(const float *x, size_t n)
{
    vec top[2] = {set1(-INFINITY), set1(-INFINITY)};
    size_t i = 0;

    for (; i + BOTH <= n; i += BOTH) {
        top[0] = _mm512_max_ps(top[0], load(x + i));
        top[1] = _mm512_max_ps(top[1], load(x + i + VL));
    }
    for (; i < n; i += VL)
        top[0] = _mm512_max_ps(
            top[0], _mm512_mask_loadu_ps(set1(-INFINITY), lanes(n - i), x + i));
    return set1(_mm512_reduce_max_ps(_mm512_max_ps(top[0], top[1])));
}

static float softmax_bf16(const float *x, size_t n, void *out)
{
    const vec top = largest_of(x, n);
    uint16_t *to = out;
    /* Of what is rounded: so weights sum to 1. */
    const __m512bh one = (__m512bh)_mm512_set1_epi16(0x3f80);
    vec sum = set1(0.0f);

    for (size_t i = 0; i < n; i += BOTH) {
        const size_t left = n - i;
        const vec a = weights(x + i, lanes(left), top);
        const vec b =
            weights(x + i + VL, left > VL ? lanes(left - VL) : 0, top);

        const __m512i both = round_two(a, b);

        sum = _mm512_dpbf16_ps(sum, (__m512bh)both, one);
        _mm512_mask_storeu_epi16(
            to + i, left < BOTH ? ((__mmask32)1 << left) - 1 : ~(__mmask32)0,
            both);
    }
    return 1.0f / _mm512_reduce_add_ps(sum);
}

void berth_kernels_use_rows_bf16_amx(struct berth_kernels *k)
{
    k->split[BERTH_FORMAT_BF16] = split_one;
    k->round_pairs = round_pairs;
    k->narrow_bf16 = narrow_bf16;
    k->softmax_bf16 = softmax_bf16;
}
