/*
 * gemm_i16.h - the product of 16-bit levels, written once over vectors.
 * Included by gemm_i16_<isa>.c alone, which brings vec, VL, the operations
 * on vectors of floats and of integers, dot(), and the largest tile: TILE_ROWS
 * rows by TILE_COLUMNS vectors. Everything here is static, so that nothing
 * compiled for one CPU can be linked into another.
 */
#ifndef LIB_KERNELS_GEMM_I16_H
#define LIB_KERNELS_GEMM_I16_H

INLINE void finish(const struct berth_gemm_i16 *g, size_t row, size_t first,
                   ints (*sum)[TILE_COLUMNS], const int rows, const int columns)
{
#pragma GCC unroll 3
    for (int c = 0; c < columns; c++) {
        const size_t at = first + (size_t)c * VL;
        if (at >= g->n)
            break;
        const size_t left = g->n - at;
        float *out = g->c + row * g->ldc + at;
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++)
            store_left(
                out + (size_t)r * g->ldc, left,
                mul(to_floats(sum[r][c]), set1(g->a_scale[row + (size_t)r])));
    }
}

/* rows and columns are constants wherever this is inlined, so that the sums
 * live in registers. */
INLINE void tile(const struct berth_gemm_i16 *g, size_t row, size_t first,
                 const int rows, const int columns)
{
    const int16_t *a = g->a + row * g->lda;
    const int16_t *b = g->panel + 2 * first;
    const size_t lda = g->lda;
    ints sum[TILE_ROWS][TILE_COLUMNS];

#pragma GCC unroll 9
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            sum[r][c] = set1_ints(0);
    }
    for (size_t k = 0; k < g->k; k += 2) {
        ints bv[TILE_COLUMNS];
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            bv[c] = load_ints(b + (size_t)c * 2 * VL);
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++) {
            const ints av = broadcast(a + (size_t)r * lda + k);
#pragma GCC unroll 3
            for (int c = 0; c < columns; c++)
                sum[r][c] = dot(sum[r][c], av, bv[c]);
        }
        b += 2 * g->width;
    }
    finish(g, row, first, sum, rows, columns);
}

/* The last rows in a tile of their own size. */
INLINE void tiles(const struct berth_gemm_i16 *g, size_t first,
                  const int columns)
{
    size_t i = 0;

    for (; i + TILE_ROWS <= g->m; i += TILE_ROWS)
        tile(g, i, first, TILE_ROWS, columns);
    switch (g->m - i) {
    case 1:
        tile(g, i, first, 1, columns);
        break;
    case 2:
        tile(g, i, first, 2, columns);
        break;
    case 3:
        tile(g, i, first, 3, columns);
        break;
    case 4:
        tile(g, i, first, 4, columns);
        break;
    case 5:
        tile(g, i, first, 5, columns);
        break;
#if TILE_ROWS > 6
    case 6:
        tile(g, i, first, 6, columns);
        break;
    case 7:
        tile(g, i, first, 7, columns);
        break;
    case 8:
        tile(g, i, first, 8, columns);
        break;
#endif
    default:
        break;
    }
}

/* A panel may be wider than a tile: another level's. */
static void gemm_i16(const struct berth_gemm_i16 *g)
{
    for (size_t first = 0; first < g->n; first += TILE_COLUMNS * VL) {
        const size_t left = g->width - first;
#if TILE_COLUMNS > 2
        if (left >= 3 * VL)
            tiles(g, first, 3);
        else
#endif
            if (left >= 2 * VL)
            tiles(g, first, 2);
        else
            tiles(g, first, 1);
    }
}

#endif
