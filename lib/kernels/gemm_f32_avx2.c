/*
 * gemm_f32_avx2.c - float matrix product, tiles of up to 6 rows by 16 columns:
 * 12 sums, 2 vectors of B and 2 of A in the 16 registers.
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

INLINE void tile(const struct berth_gemm_f32 *g, size_t row, const int rows,
                 const int columns)
{
    const float *a = g->a + row * g->lda;
    const float *b = g->panel;
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
            bv[c] = _mm256_load_ps(b + c * VL);
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            __m256 av = _mm256_broadcast_ss(a + (size_t)r * lda + k);
#pragma GCC unroll 2
            for (int c = 0; c < columns; c++)
                sum[r][c] = _mm256_fmadd_ps(av, bv[c], sum[r][c]);
        }
        b += columns * VL;
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

#define TILES(columns)                                                         \
    INLINE void tiles_##columns(const struct berth_gemm_f32 *g)                \
    {                                                                          \
        size_t i = 0;                                                          \
        for (; i + ROWS <= g->m; i += ROWS)                                    \
            tile(g, i, ROWS, columns);                                         \
        switch (g->m - i) {                                                    \
        case 1:                                                                \
            tile(g, i, 1, columns);                                            \
            break;                                                             \
        case 2:                                                                \
            tile(g, i, 2, columns);                                            \
            break;                                                             \
        case 3:                                                                \
            tile(g, i, 3, columns);                                            \
            break;                                                             \
        case 4:                                                                \
            tile(g, i, 4, columns);                                            \
            break;                                                             \
        case 5:                                                                \
            tile(g, i, 5, columns);                                            \
            break;                                                             \
        default:                                                               \
            break;                                                             \
        }                                                                      \
    }

TILES(1)
TILES(2)

static void gemm_f32_avx2(const struct berth_gemm_f32 *g)
{
    if (g->width == 2 * VL)
        tiles_2(g);
    else
        tiles_1(g);
}

void berth_kernels_use_gemm_f32_avx2(struct berth_kernels *k)
{
    k->panel_width = COLUMNS * VL;
    k->panel_unit = VL;
    k->gemm_f32 = gemm_f32_avx2;
}
