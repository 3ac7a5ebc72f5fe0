/*
 * rowops_avx512.c - vectors of 16 floats for the row kernels of rowops.h.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

/* Of a NaN and a number these give the second operand. */
INLINE vec min_(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}
INLINE vec max_(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}
INLINE vec abs_(vec x)
{
    return _mm512_abs_ps(x);
}
INLINE vec round_(vec x)
{
    return _mm512_roundscale_ps(x,
                                _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
INLINE float largest(vec x)
{
    return _mm512_reduce_max_ps(x);
}
INLINE vec scale_by_power(vec x, vec n)
{
    return _mm512_scalef_ps(x, n);
}

/* 0 where x < limit, else y; x where x is NaN. */
INLINE vec zero_if_less(vec y, vec x, vec limit)
{
    const __mmask16 less = _mm512_cmp_ps_mask(x, limit, _CMP_LT_OQ);
    const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);

    y = _mm512_mask_mov_ps(y, nan, x);
    return _mm512_maskz_mov_ps((__mmask16)~less, y);
}

INLINE vec keep_nan(vec y, vec x)
{
    return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), x);
}

INLINE vec copy_sign(vec magnitude, vec sign)
{
    const vec bit = set1(-0.0f);

    return _mm512_or_ps(_mm512_andnot_ps(bit, magnitude),
                        _mm512_and_ps(bit, sign));
}

INLINE vec load_tail(const float *p, size_t n, float other)
{
    return _mm512_mask_loadu_ps(set1(other), first_lanes(n), p);
}

INLINE vec load_f16_tail(const void *p, size_t n)
{
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_lanes(n), p));
}

INLINE vec load_bf16_tail(const void *p, size_t n)
{
    return from_bf16(_mm256_maskz_loadu_epi16(first_lanes(n), p));
}

INLINE void store_f16(void *p, vec x)
{
    _mm256_storeu_si256(p, _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

INLINE void store_f16_tail(void *p, size_t n, vec x)
{
    _mm256_mask_storeu_epi16(p, first_lanes(n),
                             _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

/* Levels 0 .. 255, to the nearest, ties to even. */
INLINE __m128i to_bytes(vec x)
{
    const __m512i level = _mm512_cvtps_epi32(max_(x, set1(0.0f)));

    return _mm512_cvtusepi32_epi8(level);
}

INLINE void store_bytes(uint8_t *p, vec x)
{
    _mm_storeu_si128((void *)p, to_bytes(x));
}

/* Those of four vectors; what is beyond them is packed to the nearest, too. */
INLINE void store_bytes_4(uint8_t *p, const vec *x)
{
    const __m512i order =
        _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i low =
        _mm512_packs_epi32(_mm512_cvtps_epi32(x[0]), _mm512_cvtps_epi32(x[1]));
    const __m512i high =
        _mm512_packs_epi32(_mm512_cvtps_epi32(x[2]), _mm512_cvtps_epi32(x[3]));

    _mm512_storeu_si512(
        p, _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high)));
}

INLINE void store_bytes_tail(uint8_t *p, size_t n, vec x)
{
    _mm_mask_storeu_epi8(p, first_lanes(n), to_bytes(x));
}

/* Which lanes are below low or above high. */
INLINE unsigned outside(vec x, vec low, vec high)
{
    return (unsigned)_mm512_cmp_ps_mask(x, low, _CMP_LT_OQ) |
           (unsigned)_mm512_cmp_ps_mask(x, high, _CMP_GT_OQ);
}

/* Levels of 16 bits, to the nearest, ties to even. */
INLINE __m256i to_levels(vec x)
{
    return _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(x));
}

INLINE void store_levels(int16_t *p, vec x)
{
    _mm256_storeu_si256((void *)p, to_levels(x));
}

INLINE void store_levels_tail(int16_t *p, size_t n, vec x)
{
    _mm256_mask_storeu_epi16(p, first_lanes(n), to_levels(x));
}

/* The levels of n lanes of a, each followed by that of b. */
INLINE void store_pairs(int16_t *p, size_t n, vec a, vec b)
{
    const __m512i high = _mm512_slli_epi32(_mm512_cvtps_epi32(b), 16);

    _mm512_mask_storeu_epi32(
        p, first_lanes(n),
        _mm512_mask_mov_epi16(_mm512_cvtps_epi32(a), 0xaaaaaaaa, high));
}

/* x less the next whole number below; of -infinity 0. */
INLINE vec fraction(vec x)
{
    return _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

/* y 2^n, n that whole number. */
INLINE vec scale_by_floor(vec y, vec x)
{
    return _mm512_scalef_ps(y, x);
}

#include "lib/kernels/rowops.h"
#include "lib/kernels/rowops_levels.h"

void berth_kernels_use_rowops_avx512(struct berth_kernels *k)
{
    use_rowops(k);
    use_rowops_levels(k);
}
