/*
 * gemm_i8_amx.c - 8-bit product by TDPBUSD: two tiles of up to 14 rows by one
 * of 16 columns, 64 inputs at a time.
 *
 * A panel has the layout of the tile of B. At the end of each group of inputs
 * the integer sums leave the tiles through memory; while the next group's are
 * made they are scaled and added to float sums, which stay in registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/tiles_amx.h"

#define TILE_ROWS 4 /* up to so many are as fast without tiles of AMX */

#include "lib/kernels/gemm_i8_avx512.h"

enum {
    STEP = 64, /* inputs of a tile */
    ROWS = 14  /* of a tile: the float sums of two leave 4 registers */
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
    size_t k4;
    const int8_t *tail; /* the last inputs of B, and zeros before them */
    struct ahead soon;
};

/* Two tiles of rows of A, which may have some in common. */
struct rows {
    size_t first[2];
};

typedef int32_t dots[2][ROWS][VL];

/* The last inputs, where they do not fill a tile, are taken together with some
 * before them, which tail multiplies by zero. */
INLINE void dot_tiles(struct product *p, const struct rows *rows, size_t at,
                      size_t k)
{
    const struct berth_gemm_i8 *g = p->g;
    const size_t stride = g->width * BERTH_I8_STEP;
    const int8_t *b = g->panel + k * g->width;

    if (k + STEP > p->k4) {
        k = p->k4 - STEP;
        b = p->tail;
    }
    TILE_LOAD(6, b + at * BERTH_I8_STEP, stride);
    TILE_LOAD(4, g->a + rows->first[0] * g->lda + k, g->lda);
    TILE_DOT_I8(0, 4, 6);
    TILE_LOAD(5, g->a + rows->first[1] * g->lda + k, g->lda);
    TILE_DOT_I8(1, 5, 6);
    fetch_ahead(&p->soon);
}

INLINE void add_scaled(dots *from, const float *scales, __m512 (*sum)[ROWS],
                       const int n)
{
    const __m512 scale = _mm512_loadu_ps(scales);

#pragma GCC unroll 2
    for (int t = 0; t < 2; t++) {
#pragma GCC unroll 14
        for (int r = 0; r < n; r++)
            sum[t][r] = _mm512_fmadd_ps(
                _mm512_cvtepi32_ps(_mm512_load_si512((*from)[t][r])), scale,
                sum[t][r]);
    }
}

/* c = a_scale * sum + (a_min * sums + bias). */
INLINE void finish_tiles(const struct berth_gemm_i8 *g, const struct rows *rows,
                         size_t at, __m512 (*sum)[ROWS], const int n)
{
    const mask some = lanes(g->n - at);
    const __m512 sums = _mm512_loadu_ps(g->sums + at);
    __m512 bias = _mm512_setzero_ps();

    if (g->bias != NULL)
        bias = _mm512_maskz_loadu_ps(some, g->bias + at);
#pragma GCC unroll 2
    for (int t = 0; t < 2; t++) {
#pragma GCC unroll 14
        for (int r = 0; r < n; r++) {
            const size_t i = rows->first[t] + (size_t)r;
            const __m512 rest =
                _mm512_fmadd_ps(_mm512_set1_ps(g->a_min[i]), sums, bias);
            _mm512_mask_storeu_ps(g->c + i * g->ldc + at, some,
                                  _mm512_fmadd_ps(_mm512_set1_ps(g->a_scale[i]),
                                                  sum[t][r], rest));
        }
    }
}

/* Columns at .. at + 15 of two tiles of n rows. */
INLINE void multiply_tiles(struct product *p, const struct rows *rows,
                           size_t at, const int n)
{
    const float *scales = p->g->scales + at;
    _Alignas(64) dots made[2]; /* in turns */
    __m512 sum[2][ROWS];
    size_t which = 0;

#pragma GCC unroll 2
    for (int t = 0; t < 2; t++) {
#pragma GCC unroll 14
        for (int r = 0; r < n; r++)
            sum[t][r] = _mm512_setzero_ps();
    }
    for (size_t k = 0; k < p->k4; k += BERTH_I8_GROUP, which = !which) {
        TILE_ZERO(0);
        TILE_ZERO(1);
        dot_tiles(p, rows, at, k);
        if (k + STEP < p->k4)
            dot_tiles(p, rows, at, k + STEP);
        if (k > 0) {
            add_scaled(&made[!which], scales, sum, n);
            scales += p->g->width;
        }
        TILE_STORE(0, made[which][0]);
        TILE_STORE(1, made[which][1]);
    }
    add_scaled(&made[!which], scales, sum, n);
    finish_tiles(p->g, rows, at, sum, n);
}

INLINE void multiply_rows(struct product *p, const int n)
{
    const size_t m = p->g->m, one = (size_t)n;

    for (size_t i = 0; i < m; i += 2 * one) {
        struct rows rows = {{i, i + one}};

        if (i + 2 * one > m) {
            rows.first[1] = m - one;
            rows.first[0] = i < m - one ? i : m - one;
        }
        for (size_t at = 0; at < p->g->n; at += VL)
            multiply_tiles(p, &rows, at, n);
    }
}

/* n is a constant wherever multiply is inlined. */
static void multiply_by(struct product *p, size_t n)
{
    switch (n) {
    case 3:
        multiply_rows(p, 3);
        break;
    case 4:
        multiply_rows(p, 4);
        break;
    case 5:
        multiply_rows(p, 5);
        break;
    case 6:
        multiply_rows(p, 6);
        break;
    case 7:
        multiply_rows(p, 7);
        break;
    case 8:
        multiply_rows(p, 8);
        break;
    case 9:
        multiply_rows(p, 9);
        break;
    case 10:
        multiply_rows(p, 10);
        break;
    case 11:
        multiply_rows(p, 11);
        break;
    case 12:
        multiply_rows(p, 12);
        break;
    case 13:
        multiply_rows(p, 13);
        break;
    default:
        multiply_rows(p, ROWS);
        break;
    }
}

static void gemm_i8_amx(const struct berth_gemm_i8 *g)
{
    const size_t k4 =
        (g->k + BERTH_I8_STEP - 1) / BERTH_I8_STEP * BERTH_I8_STEP;
    const size_t left = k4 % STEP * g->width, zeros = STEP * g->width - left;
    const size_t pairs = (g->m + 2 * ROWS - 1) / (2 * ROWS);
    const size_t rows = (g->m + 2 * pairs - 1) / (2 * pairs);
    const size_t columns = (g->n + VL - 1) / VL;
    _Alignas(64) int8_t tail[STEP * TILE_COLUMNS * VL];
    struct product p = {g, k4, tail, {0}};

    if (g->m <= TILE_ROWS || k4 < STEP) {
        gemm_i8(g);
        return;
    }
    memset(tail, 0, zeros);
    memcpy(tail + zeros, g->panel + k4 * g->width - left, left);
    p.soon = ahead_of(g->next, g->next_size, g->m, 0, g->m,
                      pairs * columns * (k4 / STEP + 1));
    configure(rows);
    multiply_by(&p, rows);
    TILES_RELEASE();
    add_all_outliers(g);
}

void berth_kernels_use_gemm_i8_amx(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8_amx;
}
