/*
 * gemm_float.h - the float matrix product, written once over vectors. Included
 * by gemm_float_<isa>.c alone, which brings vec, VL, the operations on vectors
 * and the largest tile: TILE_ROWS rows by TILE_COLUMNS vectors, or PASS_ROWS
 * where all rows are in one; and transpose_block() of VL by VL numbers if it
 * says TRANSPOSES. Everything here is static, so that nothing compiled for one
 * CPU can be linked into another.
 */
#ifndef LIB_KERNELS_GEMM_FLOAT_H
#define LIB_KERNELS_GEMM_FLOAT_H

#include "lib/kernels/ahead.h"

#include <stdbool.h>

enum {
    AHEAD_16 = 4096, /* bytes of a panel in 16 bits */
    /* Inputs to a turn of the loop: to count, and to fetch what is next, takes
     * the ports of 256-bit multiply-adds. */
    UNROLLED = 8
};

/* What a tile fetches before it is needed. */
enum fetch {
    FETCH_16,   /* the first of a panel in 16 bits: AHEAD_16 before it is used.
                   Floats fill the bandwidth of memory as they are; fetched
                   ahead they came later (Zen 4) */
    FETCH_PASS, /* the only one of a panel: g->ahead before it is used */
    FETCH_NEXT  /* one of many: its share of g->next */
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
        const size_t left = g->n - at;
        vec bias = set1(0.0f);
        if (g->bias != NULL)
            bias = load_some(g->bias + at, lanes(left));
        float *out = g->c + row * g->ldc + at;
#pragma GCC unroll 10
        for (int r = 0; r < rows; r++)
            store_left(out + (size_t)r * g->ldc, left,
                       fma_(sum[r][c], scale, bias));
    }
}

/* One input: sum += a * b of all rows and columns. */
INLINE void add_input(const float *a, size_t lda, const char *b,
                      vec (*sum)[TILE_COLUMNS], const int rows,
                      const int columns, const enum berth_format format)
{
    const size_t step = VL * element(format);
    vec bv[TILE_COLUMNS];

#pragma GCC unroll 3
    for (int c = 0; c < columns; c++)
        bv[c] = load_panel(b + (size_t)c * step, format);
#pragma GCC unroll 9
    for (int r = 0; r < rows; r++) {
        const vec av = set1(a[(size_t)r * lda]);
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            sum[r][c] = accumulate(sum[r][c], av, bv[c]);
    }
}

#if PASS_ROWS > TILE_ROWS
/*
 * The same, a pointer for each NUMBERS rows. Numbers of A that are operands in
 * memory take no register, so that one more row has room, and no instruction:
 * more inputs are on their way at once.
 */
INLINE void add_input_of_pass(const float *const *a, size_t lda, const char *b,
                              vec (*sum)[TILE_COLUMNS], const int rows,
                              const int columns, const enum berth_format format)
{
    const size_t step = VL * element(format);

#pragma GCC unroll 3
    for (int c = 0; c < columns; c++) {
        const vec bv = load_panel(b + (size_t)c * step, format);
#pragma GCC unroll 10
        for (int r = 0; r < rows; r++)
            sum[r][c] =
                fma_number(a[r / NUMBERS], lda, r % NUMBERS, bv, sum[r][c]);
    }
}

/* All inputs of the only tile of a panel. */
INLINE void add_pass(const struct berth_gemm *g, vec (*sum)[TILE_COLUMNS],
                     const int rows, const int columns,
                     const enum berth_format format)
{
    const char *b = g->panel;
    const size_t step = (size_t)columns * VL * element(format);
    const float *a[(PASS_ROWS + NUMBERS - 1) / NUMBERS];

#pragma GCC unroll 4
    for (int r = 0; r < rows; r += NUMBERS)
        a[r / NUMBERS] = g->a + (size_t)r * g->lda;
    for (size_t k = 0; k < g->k; k++) {
        fetch_lines(b, g->ahead, step);
        add_input_of_pass(a, g->lda, b, sum, rows, columns, format);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r += NUMBERS)
            a[r / NUMBERS]++;
        b += step;
    }
}
#endif

#ifdef A_BY_LANES
/* The next VL inputs: each number of A is a lane of a vector. */
INLINE void add_lanes(const float *a, size_t lda, const char *b,
                      vec (*sum)[TILE_COLUMNS], const int rows,
                      const int columns, const enum berth_format format)
{
    const size_t step = VL * element(format);
    vec av[TILE_ROWS];

#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
        av[r] = load(a + (size_t)r * lda);
#pragma GCC unroll 4
    for (int i = 0; i < VL; i++) {
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++, b += step) {
            const vec bv = load_panel(b, format);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++)
                sum[r][c] = fma_(lane_of(av[r], i), bv, sum[r][c]);
        }
    }
}
#endif

INLINE void add_inputs(const struct berth_gemm *g, size_t row,
                       vec (*sum)[TILE_COLUMNS], const int rows,
                       const int columns, const enum berth_format format,
                       const enum fetch fetch)
{
    const float *a = g->a + row * g->lda;
    const char *b = g->panel;
    const size_t step = (size_t)columns * VL * element(format);
    const size_t far = fetch == FETCH_PASS ? g->ahead : AHEAD_16;
    const bool fetch_panel =
        fetch == FETCH_PASS ||
        (fetch == FETCH_16 && row == 0 && format != BERTH_FORMAT_F32);
    struct ahead soon;
    size_t k = 0;

    if (fetch == FETCH_NEXT)
        soon = ahead_of(g->next, g->next_size, g->m, row, (size_t)rows, g->k);
#ifdef A_BY_LANES
    for (; k + VL <= g->k; k += VL) {
        if (fetch == FETCH_NEXT)
            fetch_some(&soon, VL);
        else if (fetch_panel)
            fetch_lines(b, far, VL * step);
        add_lanes(a + k, g->lda, b, sum, rows, columns, format);
        b += VL * step;
    }
#else
    for (; k + UNROLLED <= g->k; k += UNROLLED) {
        if (fetch == FETCH_NEXT)
            fetch_some(&soon, UNROLLED);
#pragma GCC unroll 8
        for (size_t i = 0; i < UNROLLED; i++, b += step) {
            if (fetch_panel)
                fetch_lines(b, far, step);
            add_input(a + k + i, g->lda, b, sum, rows, columns, format);
        }
    }
#endif
    for (; k < g->k; k++, b += step) {
        if (fetch == FETCH_NEXT)
            fetch_ahead(&soon);
        else if (fetch_panel)
            fetch_lines(b, far, step);
        add_input(a + k, g->lda, b, sum, rows, columns, format);
    }
}

/* rows, columns, format and fetch are constants wherever this is inlined, so
 * that the sums live in registers. */
INLINE void tile(const struct berth_gemm *g, size_t row, const int rows,
                 const int columns, const enum berth_format format,
                 const enum fetch fetch)
{
    vec sum[PASS_ROWS][TILE_COLUMNS];

#pragma GCC unroll 10
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            sum[r][c] = set1(0.0f);
    }
#if PASS_ROWS > TILE_ROWS
    if (fetch == FETCH_PASS)
        add_pass(g, sum, rows, columns, format);
    else
#endif
        add_inputs(g, row, sum, rows, columns, format, fetch);
    finish(g, row, sum, rows, columns);
}

INLINE void tile_of(const struct berth_gemm *g, size_t row, size_t rows,
                    const int columns, const enum berth_format format,
                    const enum fetch fetch)
{
    switch (rows) {
    case 1:
        tile(g, row, 1, columns, format, fetch);
        break;
    case 2:
        tile(g, row, 2, columns, format, fetch);
        break;
    case 3:
        tile(g, row, 3, columns, format, fetch);
        break;
    case 4:
        tile(g, row, 4, columns, format, fetch);
        break;
    case 5:
        tile(g, row, 5, columns, format, fetch);
        break;
    case 6:
        tile(g, row, 6, columns, format, fetch);
        break;
#if TILE_ROWS > 6
    case 7:
        tile(g, row, 7, columns, format, fetch);
        break;
    case 8:
        tile(g, row, 8, columns, format, fetch);
        break;
#endif
#if TILE_ROWS > 8
    case 9:
        tile(g, row, 9, columns, format, fetch);
        break;
#endif
#if PASS_ROWS > 9
    case 10:
        if (fetch == FETCH_PASS)
            tile(g, row, 10, columns, format, fetch);
        break;
#endif
    default:
        break;
    }
}

/* A whole panel; the last rows in a tile of their own size. */
INLINE void tiles(const struct berth_gemm *g, const int columns,
                  const enum berth_format format)
{
    for (size_t i = 0; i < g->m; i += TILE_ROWS)
        tile_of(g, i, g->m - i < TILE_ROWS ? g->m - i : TILE_ROWS, columns,
                format, FETCH_16);
}

/* The same in tiles of nearly equal size, which fetch the next one. */
INLINE void equal_tiles(const struct berth_gemm *g, const int columns,
                        const enum berth_format format)
{
    size_t n = (g->m + TILE_ROWS - 1) / TILE_ROWS;

    for (size_t i = 0, rows; i < g->m; i += rows) {
        rows = (g->m - i) / n--;
        tile_of(g, i, rows, columns, format, FETCH_NEXT);
    }
}

INLINE void gemm(const struct berth_gemm *g, const enum berth_format format)
{
    if (g->width == TILE_COLUMNS * VL) {
#ifdef TILE_ONLY
        tiles(g, TILE_COLUMNS, format);
#else
        if (g->ahead == 0)
            tiles(g, TILE_COLUMNS, format);
        else if (g->m <= PASS_ROWS)
            tile_of(g, 0, g->m, TILE_COLUMNS, format, FETCH_PASS);
        else
            equal_tiles(g, TILE_COLUMNS, format);
#endif
    }
#if TILE_COLUMNS > 2
    else if (g->width == 2 * VL)
        tiles(g, 2, format);
#endif
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

#ifdef TRANSPOSES
static void pack_transposed(const float *src, size_t ld, size_t n, size_t k,
                            float *panel, size_t width)
{
    for (size_t j = 0; j < width; j += VL) {
        const size_t rows = j < n ? n - j : 0;
        for (size_t i = 0; i < k; i += VL)
            transpose_block(src + j * ld + i, ld, rows, k - i,
                            panel + i * width + j, width);
    }
}
#endif

static inline void use_gemm(struct berth_kernels *k)
{
    k->panel_width = TILE_COLUMNS * VL;
    k->panel_unit = VL;
    k->gemm[BERTH_FORMAT_F32] = gemm_f32;
    k->gemm[BERTH_FORMAT_F16] = gemm_f16;
    k->gemm[BERTH_FORMAT_BF16] = gemm_bf16;
#ifdef TRANSPOSES
    k->pack_transposed = pack_transposed;
#endif
}

#endif
