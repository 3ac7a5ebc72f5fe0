/*
 * gemm_i8_amx.c - 8-bit product by TDPBUSD: two tiles of up to 16 rows by one
 * of 16 columns, 64 inputs at a time.
 *
 * A panel has the layout of the tile of B. At the end of each group of inputs
 * the integer sums leave the tiles through memory; while the tiles make the
 * next, these are scaled and added to float sums.
 *
 * Two tiles that share B keep the float sums of all but a few rows in
 * registers. Loads and stores of tiles take time from the products: on a Xeon
 * of 2023 two by one, two by two and one by three tiles all reach .57 to .60 of
 * the peak at most, with all operands in the first-level cache and a store
 * every 128 inputs.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/tiles_amx.h"

#define TILE_ROWS 4 /* up to so many are as fast without tiles of AMX */

#include "lib/kernels/gemm_i8_avx512.h"

#include <stdbool.h>

enum {
    STEP = 64 /* inputs of a tile */
};

/* Tiles 0 and 1 are sums, 4 and 5 rows of A, 6 columns of B. */
static void configure(size_t rows)
{
    struct palette p = {.id = 1};

    for (size_t i = 0; i < 7; i++) {
        p.row_bytes[i] = TILE_ROW;
        p.rows[i] = (uint8_t)(i < 6 ? rows : STEP / BERTH_I8_STEP);
    }
    TILES_LOAD_PALETTE(p);
}

struct product {
    const struct berth_gemm_i8 *g;
    size_t k4;          /* inputs */
    const int8_t *tail; /* the last inputs of B, and zeros before them */
    struct ahead soon;
};

/* What the tiles make at a time: a group of inputs from k on, two tiles of
 * rows, which may have some in common, and columns at .. at + 15. */
struct item {
    size_t k, row[2], at;
};

typedef int32_t dots[2][TILE_ROWS_MAX][VL];

/* The last inputs, where they do not fill a tile, are taken together with some
 * before them, which tail multiplies by zero. */
INLINE void dot_step(struct product *p, const struct item *item, size_t k)
{
    const struct berth_gemm_i8 *g = p->g;
    const size_t stride = g->width * BERTH_I8_STEP;
    const int8_t *b = g->panel + k * g->width;

    if (k + STEP > p->k4) {
        k = p->k4 - STEP;
        b = p->tail;
    }
    TILE_LOAD(6, b + item->at * BERTH_I8_STEP, stride);
    TILE_LOAD(4, g->a + item->row[0] * g->lda + k, g->lda);
    TILE_DOT_I8(0, 4, 6);
    TILE_LOAD(5, g->a + item->row[1] * g->lda + k, g->lda);
    TILE_DOT_I8(1, 5, 6);
    fetch_ahead(&p->soon);
}

INLINE void dot_group(struct product *p, const struct item *item)
{
    TILE_ZERO(0);
    TILE_ZERO(1);
    dot_step(p, item, item->k);
    if (item->k + STEP < p->k4)
        dot_step(p, item, item->k + STEP);
}

INLINE void add_group(const struct product *p, const struct item *item,
                      dots *made, vec (*sum)[TILE_ROWS_MAX], const size_t rows)
{
    const vec scale =
        load(p->g->scales + item->k / BERTH_I8_GROUP * p->g->width + item->at);

#pragma GCC unroll 2
    for (int t = 0; t < 2; t++) {
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++)
            sum[t][r] =
                fma_(to_floats(load_ints((*made)[t][r])), scale, sum[t][r]);
    }
}

/* c = a_scale * sum + (a_min * sums + bias). */
INLINE void finish_tiles(const struct berth_gemm_i8 *g, const struct item *item,
                         vec (*sum)[TILE_ROWS_MAX], const size_t rows)
{
    const mask some = lanes(g->n - item->at);
    const vec sums = load(g->sums + item->at);
    const size_t ldc = g->ldc;
    vec bias = set1(0.0f);

    if (g->bias != NULL)
        bias = load_some(g->bias + item->at, some);
#pragma GCC unroll 2
    for (int t = 0; t < 2; t++) {
        const float *a_scale = g->a_scale + item->row[t];
        const float *a_min = g->a_min + item->row[t];
        float *c = g->c + item->row[t] * ldc + item->at;
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++, c += ldc) {
            store_some(c, some,
                       fma_(set1(a_scale[r]), sum[t][r],
                            fma_(set1(a_min[r]), sums, bias)));
            sum[t][r] = set1(0.0f);
        }
    }
}

/* Groups after one another, then columns, then rows. */
INLINE bool next_item(const struct product *p, struct item *item,
                      const size_t rows)
{
    item->k += BERTH_I8_GROUP;
    if (item->k < p->k4)
        return true;
    item->k = 0;
    item->at += VL;
    if (item->at < p->g->n)
        return true;
    item->at = 0;
    item->row[0] += 2 * rows;
    item->row[1] += 2 * rows;
    return item->row[1] + rows <= p->g->m;
}

/* As many pairs of tiles as there are, from row first on. rows is a constant
 * where there are many: registers hold the sums. */
INLINE void multiply_tiles(struct product *p, size_t first, const size_t rows)
{
    const size_t m = p->g->m;
    struct item item = {
        0, {first, first + 2 * rows <= m ? first + rows : m - rows}, 0};
    struct item before;
    _Alignas(64) dots made[2]; /* in turns */
    vec sum[2][TILE_ROWS_MAX];
    size_t which = 0;
    bool more;

#pragma GCC unroll 2
    for (int t = 0; t < 2; t++) {
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++)
            sum[t][r] = set1(0.0f);
    }
    dot_group(p, &item);
    do {
        TILE_STORE(0, made[which][0], TILE_ROW);
        TILE_STORE(1, made[which][1], TILE_ROW);
        before = item;
        more = next_item(p, &item, rows);
        if (more)
            dot_group(p, &item);
        add_group(p, &before, &made[which], sum, rows);
        if (before.k + BERTH_I8_GROUP >= p->k4)
            finish_tiles(p->g, &before, sum, rows);
        which = !which;
    } while (more);
}

static void gemm_i8_amx(const struct berth_gemm_i8 *g)
{
    const size_t k4 =
        (g->k + BERTH_I8_STEP - 1) / BERTH_I8_STEP * BERTH_I8_STEP;
    const size_t left = k4 % STEP * g->width, zeros = STEP * g->width - left;
    const size_t pair = 2 * TILE_ROWS_MAX, whole = g->m / pair * pair;
    const size_t rest = (g->m - whole + 1) / 2;
    _Alignas(64) int8_t tail[STEP * TILE_COLUMNS * VL];
    struct product p = {g, k4, tail, {0}};

    if (g->m <= TILE_ROWS || k4 < STEP) {
        gemm_i8(g);
        return;
    }
    memset(tail, 0, zeros);
    memcpy(tail + zeros, g->panel + k4 * g->width - left, left);
    p.soon = ahead_of(g->next, g->next_size, g->m, 0, g->m,
                      (g->m + pair - 1) / pair * ((g->n + VL - 1) / VL) *
                          ((k4 + STEP - 1) / STEP));
    if (whole > 0) {
        configure(TILE_ROWS_MAX);
        multiply_tiles(&p, 0, TILE_ROWS_MAX);
    }
    if (whole < g->m) {
        configure(rest);
        multiply_tiles(&p, whole, rest);
    }
    TILES_RELEASE();
    add_all_outliers(g);
}

void berth_kernels_use_gemm_i8_amx(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8_amx;
}
