/*
 * gemm_i8_avx2.c - 8-bit product without VNNI: both operands widened to 16
 * bits, so that VPMADDWD is exact (VPMADDUBSW would saturate).
 *
 * A vector holds 4 columns of 4 inputs; VPMADDWD leaves two partial sums a
 * column, added at the end of a group.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#include <string.h>

enum {
    ROWS = 3,
    GROUP_STEPS = BERTH_I8_GROUP / 4
};

/* Four inputs of a row as 16 bits, repeated. */
INLINE __m256i broadcast(const uint8_t *p)
{
    int32_t four;

    memcpy(&four, p, sizeof(four));
    return _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four)));
}

INLINE __m256i widen(const int8_t *p)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)p));
}

/* The integer sums of 8 columns, in order, from partial sums of 4 and 4. */
INLINE __m256i columns_of(__m256i low, __m256i high)
{
    const __m256i sums = _mm256_hadd_epi32(low, high);

    return _mm256_permute4x64_epi64(sums, 0xd8);
}

/* 8 columns of up to ROWS rows. */
INLINE void group(const struct berth_gemm_i8 *g, const uint8_t *a,
                  const int8_t *b, size_t steps, __m256 scale, __m256 *sum,
                  const int rows)
{
    __m256i acc[ROWS][2];

#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
        acc[r][0] = acc[r][1] = _mm256_setzero_si256();
    for (size_t k = 0; k < steps; k++) {
        const __m256i low = widen(b), high = widen(b + 16);
#pragma GCC unroll 3
        for (int r = 0; r < rows; r++) {
            const __m256i av = broadcast(a + (size_t)r * g->lda + 4 * k);
            acc[r][0] = _mm256_add_epi32(acc[r][0], _mm256_madd_epi16(av, low));
            acc[r][1] =
                _mm256_add_epi32(acc[r][1], _mm256_madd_epi16(av, high));
        }
        b += g->width * BERTH_I8_STEP;
    }
#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
        sum[r] = _mm256_fmadd_ps(
            _mm256_cvtepi32_ps(columns_of(acc[r][0], acc[r][1])), scale,
            sum[r]);
}

INLINE void finish(const struct berth_gemm_i8 *g, size_t row, size_t at,
                   const __m256 *sum, const int rows)
{
    const mask some = lanes(g->n - at);
    const __m256 sums = _mm256_loadu_ps(g->sums + at);
    __m256 bias = _mm256_setzero_ps();

    if (g->bias != NULL)
        bias = _mm256_maskload_ps(g->bias + at, some);
#pragma GCC unroll 3
    for (int r = 0; r < rows; r++) {
        const size_t i = row + (size_t)r;
        const __m256 rest =
            _mm256_fmadd_ps(_mm256_set1_ps(g->a_min[i]), sums, bias);
        const __m256 y =
            _mm256_fmadd_ps(_mm256_set1_ps(g->a_scale[i]), sum[r], rest);
        _mm256_maskstore_ps(g->c + i * g->ldc + at, some, y);
    }
}

INLINE void tile(const struct berth_gemm_i8 *g, size_t row, size_t at,
                 const int rows)
{
    const uint8_t *a = g->a + row * g->lda;
    const size_t steps = (g->k + 3) / 4;
    const float *scales = g->scales + at;
    const int8_t *b = g->panel + at * BERTH_I8_STEP;
    __m256 sum[ROWS];

#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
        sum[r] = _mm256_setzero_ps();
    for (size_t k = 0; k < steps; k += GROUP_STEPS) {
        const size_t left = steps - k;
        group(g, a + 4 * k, b + k * g->width * BERTH_I8_STEP,
              left < GROUP_STEPS ? left : GROUP_STEPS, _mm256_loadu_ps(scales),
              sum, rows);
        scales += g->width;
    }
    finish(g, row, at, sum, rows);
}

/* One input of 8 columns as floats: byte k % 4 of each lane. */
INLINE __m256 weights_of(const int8_t *b, size_t k)
{
    const __m128i left = _mm_cvtsi32_si128((int)(24 - 8 * (k % 4)));
    const __m256i four = _mm256_loadu_si256((const void *)b);

    return _mm256_cvtepi32_ps(
        _mm256_srai_epi32(_mm256_sll_epi32(four, left), 24));
}

static void add_outlier(const struct berth_gemm_i8 *g,
                        const struct berth_outlier *o, float *c)
{
    const int8_t *b = g->panel + o->k / BERTH_I8_STEP * g->width * 4;
    const float *scales = g->scales + o->k / BERTH_I8_GROUP * g->width;
    const __m256 rest = _mm256_set1_ps(o->rest);

    for (size_t at = 0; at < g->n; at += VL) {
        const mask some = lanes(g->n - at);
        const __m256 by = _mm256_mul_ps(rest, _mm256_loadu_ps(scales + at));
        const __m256 y = _mm256_maskload_ps(c + at, some);
        _mm256_maskstore_ps(
            c + at, some, _mm256_fmadd_ps(by, weights_of(b + at * 4, o->k), y));
    }
}

static void gemm_i8_avx2(const struct berth_gemm_i8 *g)
{
    for (size_t at = 0; at < g->n; at += VL) {
        size_t i = 0;
        for (; i + ROWS <= g->m; i += ROWS)
            tile(g, i, at, ROWS);
        if (g->m - i == 2)
            tile(g, i, at, 2);
        else if (g->m - i == 1)
            tile(g, i, at, 1);
    }
    for (size_t i = 0; i < g->m; i++) {
        for (uint32_t x = 0; x < g->n_outliers[i]; x++)
            add_outlier(g, &g->outliers[i * g->max_outliers + x],
                        g->c + i * g->ldc);
    }
}

void berth_kernels_use_gemm_i8_avx2(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8_avx2;
}
