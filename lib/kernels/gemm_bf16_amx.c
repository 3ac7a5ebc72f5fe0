/*
 * gemm_bf16_amx.c - bfloat16 by TDPBF16PS: two tiles of rows by three of
 * columns, 32 inputs at a time.
 *
 * A panel has the layout of the tile of B. Sums begin with the bias and leave
 * the tiles for C itself. With many rows some inputs are taken at a time, so
 * that those of the panel stay in the first cache; then sums wait in C.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/tiles_amx.h"
#include "lib/kernels/vec_avx512.h"

#include "lib/kernels/ahead.h"

enum {
    STEP = BERTH_SPLIT_STEP,
    ROWS = TILE_ROWS_MAX,
    COLUMNS = 3,         /* tiles of a panel */
    SOME_STEPS = 8,      /* of B in the first cache */
    FEW_ROWS = 2 * ROWS, /* up to so many the panel is read once */
    AHEAD = 2            /* steps of B that are fetched then */
};

/* Tiles 0 to 2 are sums of some rows, 3 to 5 of others, 6 is rows of A, 7
 * columns of B. */
static void configure(size_t rows)
{
    struct palette p = {.id = 1};

    for (size_t i = 0; i < 8; i++) {
        p.row_bytes[i] = TILE_ROW;
        p.rows[i] = (uint8_t)(i < 7 ? rows : ROWS);
    }
    TILES_LOAD_PALETTE(p);
}

/* columns and two are constants wherever they are given to a function, so that
 * its branches are decided. */

#define EACH_COLUMN(what, t0, t1, t2, at, stride)                              \
    do {                                                                       \
        what(t0, at, stride);                                                  \
        if (columns > 1)                                                       \
            what(t1, (at) + VL, stride);                                       \
        if (columns > 2)                                                       \
            what(t2, (at) + 2 * VL, stride);                                   \
    } while (0)

/* The rows in tile 6 by all columns. */
#define MULTIPLY(t0, t1, t2)                                                   \
    do {                                                                       \
        TILE_LOAD(7, b, stride);                                               \
        TILE_DOT_BF16(t0, 6, 7);                                               \
        if (columns > 1) {                                                     \
            TILE_LOAD(7, b + TILE_ROW, stride);                                \
            TILE_DOT_BF16(t1, 6, 7);                                           \
        }                                                                      \
        if (columns > 2) {                                                     \
            TILE_LOAD(7, b + 2 * TILE_ROW, stride);                            \
            TILE_DOT_BF16(t2, 6, 7);                                           \
        }                                                                      \
    } while (0)

INLINE void load_sums(const float *from, const float *others, size_t stride,
                      const int columns)
{
    EACH_COLUMN(TILE_LOAD, 0, 1, 2, from, stride);
    if (others != NULL)
        EACH_COLUMN(TILE_LOAD, 3, 4, 5, others, stride);
}

INLINE void store_sums(float *to, float *others, size_t stride,
                       const int columns)
{
    EACH_COLUMN(TILE_STORE, 0, 1, 2, to, stride);
    if (others != NULL)
        EACH_COLUMN(TILE_STORE, 3, 4, 5, others, stride);
}

INLINE void multiply_step(const char *a, const char *others, size_t lda,
                          const char *b, const int columns)
{
    const size_t stride = (size_t)columns * TILE_ROW;

    TILE_LOAD(6, a, lda);
    MULTIPLY(0, 1, 2);
    if (others != NULL) {
        TILE_LOAD(6, others, lda);
        MULTIPLY(3, 4, 5);
    }
}

/* What one panel's product goes through. */
struct product {
    const struct berth_gemm *g;
    float *c;
    size_t ldc;
    const float *bias;   /* (3 VL) */
    size_t first, steps; /* of inputs */
    struct ahead soon;
};

/* Rows from row on and, where there are two tiles, as many from other on. They
 * may have some in common, whose sums are the same in both. */
INLINE void multiply_rows(struct product *p, size_t row, size_t other,
                          const int columns, const bool two)
{
    const struct berth_gemm *g = p->g;
    const size_t lda = g->lda * sizeof(*g->a), ldc = p->ldc * sizeof(*p->c);
    const size_t step = (size_t)columns * TILE_ROW * STEP / 2;
    const char *a = (const char *)g->a + p->first * TILE_ROW + row * lda;
    const char *b = (const char *)g->panel + p->first * step;
    float *c = p->c + row * p->ldc, *d = two ? p->c + other * p->ldc : NULL;

    if (p->first > 0 || g->more)
        load_sums(c, d, ldc, columns);
    else
        load_sums(p->bias, two ? p->bias : NULL, 0, columns);
    for (size_t s = 0; s < p->steps; s++, a += TILE_ROW, b += step) {
        multiply_step(a, two ? a + (other - row) * lda : NULL, lda, b, columns);
        fetch_ahead(&p->soon);
        if (g->m <= FEW_ROWS)
            fetch_lines(b, AHEAD * step, step);
    }
    store_sums(c, d, ldc, columns);
}

/* Some inputs of all rows. */
INLINE void multiply_some(struct product *p, const int columns)
{
    const size_t m = p->g->m, whole = m / (2 * ROWS) * (2 * ROWS);
    const size_t left = m - whole, half = (left + 1) / 2;

    if (whole > 0) {
        configure(ROWS);
        for (size_t row = 0; row < whole; row += 2 * ROWS)
            multiply_rows(p, row, row + ROWS, columns, true);
    }
    if (left > ROWS) {
        configure(half);
        multiply_rows(p, whole, m - half, columns, true);
    } else if (left > 0) {
        configure(left);
        multiply_rows(p, whole, whole, columns, false);
    }
}

INLINE void multiply(struct product *p, const int columns)
{
    const size_t steps = berth_split_steps(p->g->k) / STEP;
    const size_t some = p->g->m <= FEW_ROWS ? steps : SOME_STEPS;

    for (p->first = 0; p->first < steps; p->first += some) {
        p->steps = steps - p->first < some ? steps - p->first : some;
        multiply_some(p, columns);
    }
    TILES_RELEASE();
}

/* Rows of n, one after another. */
static void copy_rows(const float *from, size_t ld, size_t m, size_t n,
                      float *to, size_t ld_to)
{
    for (; m > 0; m--, from += ld, to += ld_to) {
        for (size_t i = 0; i < n; i += VL)
            store_some(to + i, lanes(n - i), load_some(from + i, lanes(n - i)));
    }
}

static void scale_rows(const struct berth_gemm *g)
{
    for (size_t i = 0; i < g->m; i++) {
        const vec by = set1(g->row_scale[i]);
        float *c = g->c + i * g->ldc;

        for (size_t j = 0; j < g->n; j += VL) {
            const mask some = lanes(g->n - j);
            store_some(c + j, some, mul(load_some(c + j, some), by));
        }
    }
}

/* Where the last tile has fewer columns, sums are kept beside C. */
static void gemm_bf16(const struct berth_gemm *g)
{
    _Alignas(TILE_ROW) float sums[BERTH_SPLIT_ROWS * COLUMNS * VL];
    _Alignas(TILE_ROW) float bias[COLUMNS * VL] = {0};
    const bool beside = g->n % VL != 0;
    const size_t steps = berth_split_steps(g->k) / STEP;
    struct product p = {
        g,  beside ? sums : g->c, beside ? COLUMNS * VL : g->ldc, bias, 0, 0,
        {0}};

    if (g->bias != NULL)
        copy_rows(g->bias, 0, 1, g->n, bias, 0);
    if (beside && g->more)
        copy_rows(g->c, g->ldc, g->m, g->n, sums, p.ldc);
    if (g->ahead > 0)
        p.soon = ahead_of(g->next, g->next_size, g->m, 0, g->m,
                          (g->m + 2 * ROWS - 1) / (2 * ROWS) * steps);
    if (g->width == 3 * VL)
        multiply(&p, 3);
    else if (g->width == 2 * VL)
        multiply(&p, 2);
    else
        multiply(&p, 1);
    if (beside)
        copy_rows(sums, p.ldc, g->m, g->n, g->c, g->ldc);
    if (g->row_scale != NULL)
        scale_rows(g);
}

void berth_kernels_use_gemm_bf16_amx(struct berth_kernels *k)
{
    k->gemm[BERTH_FORMAT_BF16] = NULL;
    k->gemm_split[BERTH_FORMAT_BF16] = gemm_bf16;
}
