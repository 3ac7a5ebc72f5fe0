/*
 * gemm_float_avx2.c - float matrix product, tiles of up to 6 rows by 16
 * columns: 12 sums, 2 vectors of B and 2 of A in the 16 registers.
 */
#include "lib/kernels/kernels.h"

#include <immintrin.h>

enum {
    VL = 8,
    COLUMNS = 2,
    ROWS = 6
};

#define INLINE static inline __attribute__((always_inline))

/* The first left lanes. */
INLINE __m256i lanes(size_t left)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const int n = left >= VL ? VL : (int)left;

    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), index);
}

/* VL elements of a panel, as floats. */
INLINE __m256 load(const char *p, const enum berth_format format)
{
    if (format == BERTH_FORMAT_F32)
        return _mm256_load_ps((const void *)p);
    const __m128i h = _mm_loadu_si128((const void *)p);
    if (format == BERTH_FORMAT_F16)
        return _mm256_cvtph_ps(h);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
}

INLINE size_t element(const enum berth_format format)
{
    return format == BERTH_FORMAT_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* rows, columns and format are constants wherever this is inlined, so that the
 * sums live in registers. */
INLINE void tile(const struct berth_gemm *g, size_t row, const int rows,
                 const int columns, const enum berth_format format)
{
    const float *a = g->a + row * g->lda;
    const char *b = g->panel;
    const size_t step = VL * element(format);
    const size_t lda = g->lda;
    __m256 sum[ROWS][COLUMNS];

#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 2
        for (int c = 0; c < columns; c++)
            sum[r][c] = _mm256_setzero_ps();
    }
    for (size_t k = 0; k < g->k; k++) {
        __m256 bv[COLUMNS];
#pragma GCC unroll 2
        for (int c = 0; c < columns; c++)
            bv[c] = load(b + (size_t)c * step, format);
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            __m256 av = _mm256_broadcast_ss(a + (size_t)r * lda + k);
#pragma GCC unroll 2
            for (int c = 0; c < columns; c++)
                sum[r][c] = _mm256_fmadd_ps(av, bv[c], sum[r][c]);
        }
        b += (size_t)columns * step;
    }

    const __m256 scale = _mm256_set1_ps(g->scale);
#pragma GCC unroll 2
    for (int c = 0; c < columns; c++) {
        const size_t at = (size_t)c * VL;
        if (at >= g->n)
            break;
        const __m256i mask = lanes(g->n - at);
        __m256 bias = _mm256_setzero_ps();
        if (g->bias != NULL)
            bias = _mm256_maskload_ps(g->bias + at, mask);
        float *out = g->c + row * g->ldc + at;
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++)
            _mm256_maskstore_ps(out + (size_t)r * g->ldc, mask,
                                _mm256_fmadd_ps(sum[r][c], scale, bias));
    }
}

INLINE void tiles(const struct berth_gemm *g, const int columns,
                  const enum berth_format format)
{
    size_t i = 0;

    for (; i + ROWS <= g->m; i += ROWS)
        tile(g, i, ROWS, columns, format);
    switch (g->m - i) {
    case 1:
        tile(g, i, 1, columns, format);
        break;
    case 2:
        tile(g, i, 2, columns, format);
        break;
    case 3:
        tile(g, i, 3, columns, format);
        break;
    case 4:
        tile(g, i, 4, columns, format);
        break;
    case 5:
        tile(g, i, 5, columns, format);
        break;
    default:
        break;
    }
}

INLINE void gemm(const struct berth_gemm *g, const enum berth_format format)
{
    if (g->width == 2 * VL)
        tiles(g, 2, format);
    else
        tiles(g, 1, format);
}

static void gemm_f32(const struct berth_gemm *g)
{
    gemm(g, BERTH_FORMAT_F32);
}

static void gemm_f16(const struct berth_gemm *g)
{
    gemm(g, BERTH_FORMAT_F16);
}

static void gemm_bf16(const struct berth_gemm *g)
{
    gemm(g, BERTH_FORMAT_BF16);
}

void berth_kernels_use_gemm_float_avx2(struct berth_kernels *k)
{
    k->panel_width = COLUMNS * VL;
    k->panel_unit = VL;
    k->gemm[BERTH_FORMAT_F32] = gemm_f32;
    k->gemm[BERTH_FORMAT_F16] = gemm_f16;
    k->gemm[BERTH_FORMAT_BF16] = gemm_bf16;
}
