/*
 * rowops_avx2.c - vectors of 8 floats for the row kernels of rowops.h.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

/* Of a NaN and a number these give the second operand. */
INLINE vec min_(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}
INLINE vec max_(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}
INLINE vec abs_(vec x)
{
    return _mm256_andnot_ps(set1(-0.0f), x);
}
INLINE vec round_(vec x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE float largest(vec x)
{
    __m128 y =
        _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));

    y = _mm_max_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_max_ss(y, _mm_shuffle_ps(y, y, 1)));
}

/* x 2^n in two steps, as n may be 128. */
INLINE vec scale_by_power(vec x, vec n)
{
    const __m256i i = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(i, 1);
    const __m256i rest = _mm256_sub_epi32(i, half);
    const __m256i bias = _mm256_set1_epi32(127);
    const __m256i a = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    const __m256i b = _mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23);

    return mul(mul(x, _mm256_castsi256_ps(a)), _mm256_castsi256_ps(b));
}

/* 0 where x < limit, else y; x where x is NaN. */
INLINE vec zero_if_less(vec y, vec x, vec limit)
{
    const vec less = _mm256_cmp_ps(x, limit, _CMP_LT_OQ);
    const vec nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);

    return _mm256_andnot_ps(less, _mm256_blendv_ps(y, x, nan));
}

INLINE vec keep_nan(vec y, vec x)
{
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

INLINE vec copy_sign(vec magnitude, vec sign)
{
    const vec bit = set1(-0.0f);

    return _mm256_or_ps(_mm256_andnot_ps(bit, magnitude),
                        _mm256_and_ps(bit, sign));
}

INLINE vec load_tail(const float *p, size_t n, float other)
{
    const mask some = first_lanes(n);

    return _mm256_blendv_ps(set1(other), load_some(p, some),
                            _mm256_castsi256_ps(some));
}

/* n < 8 halves, which may end where readable memory ends. */
INLINE __m128i load_halves(const void *p, size_t n)
{
    uint16_t h[VL] = {0};

    __builtin_memcpy(h, p, n * sizeof(h[0]));
    return _mm_loadu_si128((const void *)h);
}

INLINE vec load_f16_tail(const void *p, size_t n)
{
    return _mm256_cvtph_ps(load_halves(p, n));
}

INLINE vec load_bf16_tail(const void *p, size_t n)
{
    return from_bf16(load_halves(p, n));
}

INLINE void store_f16(void *p, vec x)
{
    _mm_storeu_si128(p, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

INLINE void store_f16_tail(void *p, size_t n, vec x)
{
    uint16_t h[VL];

    store_f16(h, x);
    __builtin_memcpy(p, h, n * sizeof(h[0]));
}

/* Levels 0 .. 255, to the nearest, ties to even, in the lower 8 bytes. */
INLINE __m128i to_bytes(vec x)
{
    const __m256i level =
        _mm256_cvtps_epi32(min_(max_(x, set1(0.0f)), set1(255.0f)));
    const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(level),
                                           _mm256_extracti128_si256(level, 1));

    return _mm_packus_epi16(words, words);
}

INLINE void store_bytes(uint8_t *p, vec x)
{
    _mm_storel_epi64((void *)p, to_bytes(x));
}

/* Those of four vectors; what is beyond them is packed to the nearest, too. */
INLINE void store_bytes_4(uint8_t *p, const vec *x)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i low =
        _mm256_packs_epi32(_mm256_cvtps_epi32(x[0]), _mm256_cvtps_epi32(x[1]));
    const __m256i high =
        _mm256_packs_epi32(_mm256_cvtps_epi32(x[2]), _mm256_cvtps_epi32(x[3]));

    _mm256_storeu_si256((void *)p, _mm256_permutevar8x32_epi32(
                                       _mm256_packus_epi16(low, high), order));
}

INLINE void store_bytes_tail(uint8_t *p, size_t n, vec x)
{
    uint8_t bytes[VL];

    store_bytes(bytes, x);
    __builtin_memcpy(p, bytes, n);
}

/* Which lanes are below low or above high. */
INLINE unsigned outside(vec x, vec low, vec high)
{
    return (unsigned)_mm256_movemask_ps(_mm256_or_ps(
        _mm256_cmp_ps(x, low, _CMP_LT_OQ), _mm256_cmp_ps(x, high, _CMP_GT_OQ)));
}

/* Levels of 16 bits, to the nearest, ties to even. */
INLINE void store_levels(int16_t *p, vec x)
{
    const __m256i level = _mm256_cvtps_epi32(x);

    _mm_storeu_si128((void *)p,
                     _mm_packs_epi32(_mm256_castsi256_si128(level),
                                     _mm256_extracti128_si256(level, 1)));
}

INLINE void store_levels_tail(int16_t *p, size_t n, vec x)
{
    int16_t levels[VL];

    store_levels(levels, x);
    __builtin_memcpy(p, levels, n * sizeof(levels[0]));
}

/* The levels of n lanes of a, each followed by that of b. */
INLINE void store_pairs(int16_t *p, size_t n, vec a, vec b)
{
    const __m256i high = _mm256_slli_epi32(_mm256_cvtps_epi32(b), 16);

    _mm256_maskstore_epi32(
        (void *)p, first_lanes(n),
        _mm256_blend_epi16(_mm256_cvtps_epi32(a), high, 0xaa));
}

/* What is less makes nothing of a level. */
INLINE vec floor_(vec x)
{
    return _mm256_floor_ps(max_(set1(-126.0f), x));
}

/* x less the next whole number below; of -infinity anything. */
INLINE vec fraction(vec x)
{
    return sub(max_(set1(-126.0f), x), floor_(x));
}

/* y 2^n, n that whole number. */
INLINE vec scale_by_floor(vec y, vec x)
{
    const __m256i n = _mm256_slli_epi32(_mm256_cvtps_epi32(floor_(x)), 23);

    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y), n));
}

#include "lib/kernels/rowops.h"
#include "lib/kernels/rowops_levels.h"

void berth_kernels_use_rowops_avx2(struct berth_kernels *k)
{
    use_rowops(k);
    use_rowops_levels(k);
}
