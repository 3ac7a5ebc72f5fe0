/*
 * gemm_float_avx512.c - float matrix product, tiles of up to 9 rows by 48
 * columns.
 *
 * 27 sums, 3 vectors of B and a broadcast of A fill the 32 registers. A wide
 * tile needs fewer loads for each multiply-add than a square one, which counts
 * when the other hyper-thread of the core is busy.
 */
#include "lib/kernels/kernels.h"

#include <immintrin.h>

enum {
    VL = 16,
    COLUMNS = 3,
    ROWS = 9
};

#define INLINE static inline __attribute__((always_inline))

/* VL elements of a panel, as floats. */
INLINE __m512 load(const char *p, const enum berth_format format)
{
    if (format == BERTH_FORMAT_F32)
        return _mm512_load_ps((const void *)p);
    const __m256i h = _mm256_loadu_si256((const void *)p);
    if (format == BERTH_FORMAT_F16)
        return _mm512_cvtph_ps(h);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16));
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
    __m512 sum[ROWS][COLUMNS];

#pragma GCC unroll 9
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            sum[r][c] = _mm512_setzero_ps();
    }
    for (size_t k = 0; k < g->k; k++) {
        __m512 bv[COLUMNS];
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            bv[c] = load(b + (size_t)c * step, format);
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++) {
            __m512 av = _mm512_set1_ps(a[(size_t)r * lda + k]);
#pragma GCC unroll 3
            for (int c = 0; c < columns; c++)
                sum[r][c] = _mm512_fmadd_ps(av, bv[c], sum[r][c]);
        }
        b += (size_t)columns * step;
    }

    const __m512 scale = _mm512_set1_ps(g->scale);
#pragma GCC unroll 3
    for (int c = 0; c < columns; c++) {
        const size_t at = (size_t)c * VL;
        if (at >= g->n)
            break;
        const size_t left = g->n - at;
        const __mmask16 mask =
            left >= VL ? (__mmask16)0xffff : (__mmask16)((1u << left) - 1);
        __m512 bias = _mm512_setzero_ps();
        if (g->bias != NULL)
            bias = _mm512_maskz_loadu_ps(mask, g->bias + at);
        float *out = g->c + row * g->ldc + at;
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++)
            _mm512_mask_storeu_ps(out + (size_t)r * g->ldc, mask,
                                  _mm512_fmadd_ps(sum[r][c], scale, bias));
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
    case 6:
        tile(g, i, 6, columns, format);
        break;
    case 7:
        tile(g, i, 7, columns, format);
        break;
    case 8:
        tile(g, i, 8, columns, format);
        break;
    default:
        break;
    }
}

INLINE void gemm(const struct berth_gemm *g, const enum berth_format format)
{
    if (g->width == 3 * VL)
        tiles(g, 3, format);
    else if (g->width == 2 * VL)
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

/* 16 x 16 blocks, transposed in registers: rows of src are read once, whole
 * cache lines of the panel are written. */
INLINE void transpose_block(const float *src, size_t ld, size_t n, size_t k,
                            float *panel, size_t width)
{
    const __mmask16 mask =
        k >= VL ? (__mmask16)0xffff : (__mmask16)((1u << k) - 1);
    __m512 r[VL], t[VL];

#pragma GCC unroll 16
    for (size_t i = 0; i < VL; i++)
        r[i] = i < n ? _mm512_maskz_loadu_ps(mask, src + i * ld)
                     : _mm512_setzero_ps();
#pragma GCC unroll 8
    for (int i = 0; i < VL; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < VL; i += 4) {
        r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < VL; i++) {
        if (i < k)
            _mm512_store_ps(panel + i * width, r[i]);
    }
}

static void pack_transposed_avx512(const float *src, size_t ld, size_t n,
                                   size_t k, float *panel, size_t width)
{
    for (size_t j = 0; j < width; j += VL) {
        const size_t rows = j < n ? n - j : 0;
        for (size_t i = 0; i < k; i += VL)
            transpose_block(src + j * ld + i, ld, rows, k - i,
                            panel + i * width + j, width);
    }
}

void berth_kernels_use_gemm_float_avx512(struct berth_kernels *k)
{
    k->panel_width = COLUMNS * VL;
    k->panel_unit = VL;
    k->gemm[BERTH_FORMAT_F32] = gemm_f32;
    k->gemm[BERTH_FORMAT_F16] = gemm_f16;
    k->gemm[BERTH_FORMAT_BF16] = gemm_bf16;
    k->pack_transposed = pack_transposed_avx512;
}
