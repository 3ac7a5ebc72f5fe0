/*
 * gemm_i8.h - the 8-bit product by dot products of four, written once over
 * vectors.
 * Included by gemm_i8_<isa>.c alone, which brings vec, VL, the operations on
 * vectors of floats and of integers and the largest tile: TILE_ROWS rows by
 * TILE_COLUMNS vectors. Everything here is static, so that nothing compiled for
 * one CPU can be linked into another.
 *
 * The integer sums of a tile fill the registers; at the end of each group of
 * inputs they are scaled and added to float sums, which wait in the first-level
 * cache.
 */
#ifndef LIB_KERNELS_GEMM_I8_H
#define LIB_KERNELS_GEMM_I8_H

#include "lib/kernels/ahead.h"

#include <stdbool.h>
#include <string.h>

enum {
    GROUP_STEPS = BERTH_I8_GROUP / 4,
    STEP_BYTES = VL * BERTH_I8_STEP /* of a vector of columns */
};

/* One input of VL columns as floats. */
INLINE vec weights_of(const int8_t *b, size_t k)
{
    return to_floats(byte_of(load_ints(b), k));
}

/* As widen_i8 of struct berth_kernels says. */
INLINE void widen_i8(const int8_t *panel, const float *scales, size_t width,
                     size_t k, float *out)
{
    const size_t steps = (k + BERTH_I8_STEP - 1) / BERTH_I8_STEP;

    for (size_t i = 0; i < steps; i++) {
        const float *scale = scales + i / GROUP_STEPS * width;

        for (size_t at = 0; at < width; at += VL) {
            const int8_t *b = panel + (i * width + at) * BERTH_I8_STEP;
            const vec by = load(scale + at);
            float *to = out + i * BERTH_I8_STEP * width + at;
#pragma GCC unroll 4
            for (size_t j = 0; j < BERTH_I8_STEP; j++)
                store(to + j * width, mul(weights_of(b, j), by));
        }
    }
}

enum {
    ROWS_TOGETHER = 3
};

/* Bytes from a step of the panel to the next. */
INLINE size_t step_bytes(const struct berth_gemm_i8 *g, const int columns)
{
#ifdef TILE_IN_PANEL /* which may be wider than a tile */
    (void)columns;
    return g->width * BERTH_I8_STEP;
#else
    (void)g;
    return (size_t)columns * STEP_BYTES;
#endif
}

/* The integer sums of a tile over one group of inputs. */
INLINE void add_dots(const struct berth_gemm_i8 *g, const uint8_t *a,
                     const int8_t *b, size_t steps, struct ahead *soon,
                     ints (*acc)[TILE_COLUMNS], const int rows,
                     const int columns);

#ifndef OWN_DOTS
INLINE void add_dots(const struct berth_gemm_i8 *g, const uint8_t *a,
                     const int8_t *b, size_t steps, struct ahead *soon,
                     ints (*acc)[TILE_COLUMNS], const int rows,
                     const int columns)
{
    /* x86 adds one or two steps to an address: a pointer serves three rows. The
     * empty assembly below keeps GCC from making nine of them, more than there
     * are registers. */
    const uint8_t *at[] = {a, a + ROWS_TOGETHER * g->lda,
                           a + 2 * ROWS_TOGETHER * g->lda};
    const size_t lda = g->lda;

#pragma GCC unroll 9
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            acc[r][c] = set1_ints(0);
    }
    const size_t step = step_bytes(g, columns);
    size_t k = 0;
#ifdef TILE_PAIRS /* of steps at once */
    fetch_some(soon, steps / 2 * 2);
    for (; k + 2 <= steps; k += 2) {
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++) {
            const uint8_t *two = a + (size_t)r * lda + 4 * k;
            const ints first = broadcast(two), second = broadcast(two + 4);
#pragma GCC unroll 3
            for (int c = 0; c < columns; c++)
                acc[r][c] =
                    dot_pair(acc[r][c], first, second, b + c * STEP_BYTES,
                             b + step + c * STEP_BYTES);
        }
        b += 2 * step;
    }
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++)
        at[i] += 4 * k;
#endif
    for (; k < steps; k++) {
        ints bv[TILE_COLUMNS];
        fetch_ahead(soon);
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            bv[c] = load_ints(b + c * STEP_BYTES);
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++) {
            if (r % ROWS_TOGETHER == 0)
                __asm__("" : "+r"(at[r / ROWS_TOGETHER]));
            const ints av = broadcast(at[r / ROWS_TOGETHER] +
                                      (size_t)(r % ROWS_TOGETHER) * lda);
#pragma GCC unroll 3
            for (int c = 0; c < columns; c++)
                acc[r][c] = dot(acc[r][c], av, bv[c]);
        }
#pragma GCC unroll 3
        for (int i = 0; i * ROWS_TOGETHER < rows; i++)
            at[i] += 4;
        b += step;
    }
}
#endif

/* The sums of the groups so far; those before are in sum, or there are none
 * when have is none. They live in memory: registers hold the integer sums, and
 * a load of no lanes is cheaper than zeros stored for the first group. */
INLINE vec sum_so_far(ints acc, vec scale, mask have, const float *sum)
{
    return fma_(to_floats(acc), scale, load_some(sum, have));
}

/* The last group, and c = a_scale * sum + (a_min * sums + bias). */
INLINE void finish(const struct berth_gemm_i8 *g, size_t row,
                   ints (*acc)[TILE_COLUMNS], const float *scales, mask have,
                   float (*sum)[TILE_COLUMNS][VL], const int rows,
                   const int columns)
{
    /* Read before anything is stored, which might be one of them. */
    const float *a_scale = g->a_scale + row, *a_min = g->a_min + row;
    const size_t ldc = g->ldc;

#pragma GCC unroll 3
    for (int c = 0; c < columns; c++) {
        const size_t at = (size_t)c * VL;
        if (at >= g->n)
            break;
        const size_t left = g->n - at;
        const vec sums = load(g->sums + at);
        const vec scale = load(scales + at);
        float *out = g->c + row * ldc + at;
        vec bias = set1(0.0f);
        if (g->bias != NULL)
            bias = load_some(g->bias + at, lanes(left));
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++, out += ldc) {
            const vec rest = fma_(set1(a_min[r]), sums, bias);
            const vec y =
                fma_(set1(a_scale[r]),
                     sum_so_far(acc[r][c], scale, have, sum[r][c]), rest);
            store_left(out, left, y);
        }
    }
}

/* rows and columns are constants wherever this is inlined. */
INLINE void tile(const struct berth_gemm_i8 *g, size_t row, const int rows,
                 const int columns)
{
    const uint8_t *a = g->a + row * g->lda;
    const size_t steps = (g->k + 3) / 4;
    const size_t step = step_bytes(g, columns);
    const float *scales = g->scales;
    ints acc[TILE_ROWS][TILE_COLUMNS];
    _Alignas(64) float sum[TILE_ROWS][TILE_COLUMNS][VL];
    struct ahead soon =
        ahead_of(g->next, g->next_size, g->m, row, (size_t)rows, steps);
    mask have = lanes(0);
    size_t k = 0;

    for (;;) {
        const size_t n = steps - k < GROUP_STEPS ? steps - k : GROUP_STEPS;
        add_dots(g, a + 4 * k, g->panel + k * step, n, &soon, acc, rows,
                 columns);
        k += n;
        if (k == steps)
            break;
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++) {
            const vec scale = load(scales + c * VL);
#pragma GCC unroll 9
            for (int r = 0; r < rows; r++)
                store(sum[r][c], sum_so_far(acc[r][c], scale, have, sum[r][c]));
        }
        scales += g->width;
        have = lanes(VL);
    }
    finish(g, row, acc, scales, have, sum, rows, columns);
}

/* One row left over would take as long as two: then two tiles of a half. */
INLINE void tiles(const struct berth_gemm_i8 *g, const int columns)
{
    enum {
        ALMOST_HALF = (TILE_ROWS + 1) / 2
    };
    size_t i = 0;

    for (; i + TILE_ROWS <= g->m && g->m - i != TILE_ROWS + 1; i += TILE_ROWS)
        tile(g, i, TILE_ROWS, columns);
    if (g->m - i == TILE_ROWS + 1) {
        tile(g, i, ALMOST_HALF, columns);
        i += ALMOST_HALF;
    }
    switch (g->m - i) {
    case 1:
        tile(g, i, 1, columns);
        break;
    case 2:
        tile(g, i, 2, columns);
        break;
    case 3:
        tile(g, i, 3, columns);
        break;
    case 4:
        tile(g, i, 4, columns);
        break;
#if TILE_ROWS > 4
    case 5:
        tile(g, i, 5, columns);
        break;
#endif
#if TILE_ROWS > 6
    case 6:
        tile(g, i, 6, columns);
        break;
    case 7:
        tile(g, i, 7, columns);
        break;
    case 8:
        tile(g, i, 8, columns);
        break;
#endif
    default:
        break;
    }
}

/* Of column at on, in a panel whose columns are all there, or not. */
INLINE size_t columns_left(const struct berth_gemm_i8 *g, size_t at,
                           const bool whole)
{
    return whole ? VL : at < g->n ? g->n - at : 0;
}

/* What the outliers of row i add. */
INLINE void add_outliers(const struct berth_gemm_i8 *g, size_t i,
                         const int columns, const bool whole)
{
    const struct berth_outlier *o = g->outliers + i * g->max_outliers;
    float *c = g->c + i * g->ldc;
    vec y[TILE_COLUMNS];

#pragma GCC unroll 3
    for (int j = 0; j < columns; j++) {
        const size_t at = (size_t)j * VL;
        y[j] = load_some(c + at, lanes(columns_left(g, at, whole)));
    }
    for (const struct berth_outlier *end = o + g->n_outliers[i]; o < end; o++) {
        const int8_t *b = g->panel + o->k / BERTH_I8_STEP * g->width * 4;
        const float *scales = g->scales + o->k / BERTH_I8_GROUP * g->width;
        const vec rest = set1(o->rest);
#pragma GCC unroll 3
        for (int j = 0; j < columns; j++)
            y[j] = fma_(mul(rest, load(scales + j * VL)),
                        weights_of(b + j * STEP_BYTES, o->k % BERTH_I8_STEP),
                        y[j]);
    }
#pragma GCC unroll 3
    for (int j = 0; j < columns; j++) {
        const size_t at = (size_t)j * VL;
        store_left(c + at, columns_left(g, at, whole), y[j]);
    }
}

#ifdef TILE_IN_PANEL
INLINE void multiply(const struct berth_gemm_i8 *g, const int columns)
{
    tiles(g, columns);
    for (size_t i = 0; i < g->m; i++) {
        if (g->n_outliers[i] > 0)
            add_outliers(g, i, columns, false);
    }
}

static void gemm_i8(const struct berth_gemm_i8 *g)
{
    enum {
        WIDTH = TILE_COLUMNS * VL
    };

    for (size_t at = 0; at < g->n; at += WIDTH) {
        struct berth_gemm_i8 part = *g;

        part.panel += at * BERTH_I8_STEP;
        part.scales += at;
        part.sums += at;
        part.c += at;
        part.n -= at;
        part.bias = g->bias != NULL ? g->bias + at : NULL;
        part.next_size = at == 0 ? g->next_size : 0;
        if (g->width - at >= WIDTH)
            multiply(&part, TILE_COLUMNS);
        else
            multiply(&part, 1);
    }
}
#else
INLINE void add_all_outliers(const struct berth_gemm_i8 *g)
{
    const int columns = (int)(g->width / VL);

    for (size_t i = 0; i < g->m; i++) {
        if (g->n_outliers[i] == 0)
            continue;
        if (g->n == TILE_COLUMNS * VL)
            add_outliers(g, i, TILE_COLUMNS, true);
        else if (columns == TILE_COLUMNS)
            add_outliers(g, i, TILE_COLUMNS, false);
        else if (columns == 2)
            add_outliers(g, i, 2, false);
        else
            add_outliers(g, i, 1, false);
    }
}

static void gemm_i8(const struct berth_gemm_i8 *g)
{
#if TILE_COLUMNS > 2
    if (g->width == 3 * VL)
        tiles(g, 3);
    else
#endif
        if (g->width == 2 * VL)
        tiles(g, 2);
    else
        tiles(g, 1);
    add_all_outliers(g);
}
#endif

#endif
