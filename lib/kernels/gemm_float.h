/*
 * gemm_float.h - the float matrix product, written once over vectors. Included
 * by gemm_float_<isa>.c alone, which brings vec, VL, the operations on vectors
 * and the largest tile: TILE_ROWS rows by TILE_COLUMNS vectors. Everything here
 * is static, so that nothing compiled for one CPU can be linked into another.
 */
#ifndef LIB_KERNELS_GEMM_FLOAT_H
#define LIB_KERNELS_GEMM_FLOAT_H

enum {
    LINE = 64,   /* bytes of the cache */
    AHEAD = 4096 /* bytes of a panel in 16 bits */
};

INLINE size_t element(const enum berth_format format)
{
    return format == BERTH_FORMAT_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* VL elements of a panel, as floats. */
INLINE vec load_panel(const char *p, const enum berth_format format)
{
    return format == BERTH_FORMAT_F32   ? load(p)
           : format == BERTH_FORMAT_F16 ? load_f16(p)
                                        : load_bf16(p);
}

/* C = scale * sum + bias for one tile; columns from n on are not written. */
INLINE void finish(const struct berth_gemm *g, size_t row,
                   vec (*sum)[TILE_COLUMNS], const int rows, const int columns)
{
    const vec scale = set1(g->scale);

#pragma GCC unroll 3
    for (int c = 0; c < columns; c++) {
        const size_t at = (size_t)c * VL;
        if (at >= g->n)
            break;
        const mask some = lanes(g->n - at);
        vec bias = set1(0.0f);
        if (g->bias != NULL)
            bias = load_some(g->bias + at, some);
        float *out = g->c + row * g->ldc + at;
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++)
            store_some(out + (size_t)r * g->ldc, some,
                       fma_(sum[r][c], scale, bias));
    }
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
    vec sum[TILE_ROWS][TILE_COLUMNS];

#pragma GCC unroll 9
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            sum[r][c] = set1(0.0f);
    }
    for (size_t k = 0; k < g->k; k++) {
        vec bv[TILE_COLUMNS];
        /* With few rows memory is waited for. Floats fill its bandwidth as they
         * are; fetched ahead they came later. */
        if (row == 0 && format != BERTH_FORMAT_F32) {
            __builtin_prefetch(b + AHEAD);
            __builtin_prefetch(b + AHEAD + LINE);
        }
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            bv[c] = load_panel(b + (size_t)c * step, format);
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++) {
            const vec av = set1(a[(size_t)r * lda + k]);
#pragma GCC unroll 3
            for (int c = 0; c < columns; c++)
                sum[r][c] = fma_(av, bv[c], sum[r][c]);
        }
        b += (size_t)columns * step;
    }
    finish(g, row, sum, rows, columns);
}

/* A whole panel; the last rows in a tile of their own size. */
INLINE void tiles(const struct berth_gemm *g, const int columns,
                  const enum berth_format format)
{
    size_t i = 0;

    for (; i + TILE_ROWS <= g->m; i += TILE_ROWS)
        tile(g, i, TILE_ROWS, columns, format);
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
#if TILE_ROWS > 6
    case 6:
        tile(g, i, 6, columns, format);
        break;
    case 7:
        tile(g, i, 7, columns, format);
        break;
    case 8:
        tile(g, i, 8, columns, format);
        break;
#endif
    default:
        break;
    }
}

INLINE void gemm(const struct berth_gemm *g, const enum berth_format format)
{
#if TILE_COLUMNS > 2
    if (g->width == 3 * VL)
        tiles(g, 3, format);
    else
#endif
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

static inline void use_gemm(struct berth_kernels *k)
{
    k->panel_width = TILE_COLUMNS * VL;
    k->panel_unit = VL;
    k->gemm[BERTH_FORMAT_F32] = gemm_f32;
    k->gemm[BERTH_FORMAT_F16] = gemm_f16;
    k->gemm[BERTH_FORMAT_BF16] = gemm_bf16;
}

#endif
