/*
 * gemm_i8_avx512vnni.c - 8-bit product by VPDPBUSD, tiles of up to 9 rows by 48
 * columns.
 *
 * The 27 integer sums of a tile fill the registers; at the end of each group of
 * inputs they are scaled and added to float sums, which wait in the first-level
 * cache.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

#include <string.h>

enum {
    COLUMNS = 3,
    ROWS = 9,
    GROUP_STEPS = BERTH_I8_GROUP / 4
};

INLINE __m512i broadcast(const uint8_t *p)
{
    int32_t four;

    memcpy(&four, p, sizeof(four));
    return _mm512_set1_epi32(four);
}

/*
 * A tile's share of what is read next, in requests of equal size. Dot products
 * over a few rows are done before the next panel has come from memory on its
 * own.
 */
struct ahead {
    const char *at, *goal, *end;
    size_t step;
};

INLINE struct ahead ahead_of(const struct berth_gemm_i8 *g, size_t row,
                             size_t rows, size_t requests)
{
    static const char nothing;
    const char *at = g->next;
    const size_t share = g->next_size * rows / g->m;

    if (g->next_size == 0) /* C allows NULL no sum, not even with 0 */
        return (struct ahead){&nothing, &nothing, &nothing, 0};
    at += g->next_size * row / g->m;
    return (struct ahead){at, at, at + share, share / requests + 1};
}

INLINE void fetch_ahead(struct ahead *a)
{
    enum {
        LINE = 64
    };

    for (a->goal += a->step; a->at < a->goal && a->at < a->end; a->at += LINE)
        _mm_prefetch(a->at, _MM_HINT_T1);
}

/* sum += a (unsigned) * b (signed), four products a lane. In assembly because
 * GCC 12 spills the sums of a large tile around the intrinsic. */
INLINE void dot(__m512i *sum, __m512i a, __m512i b)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(a), "v"(b));
}

/* The integer sums of a tile over one group of inputs. */
INLINE void add_dots(const struct berth_gemm_i8 *g, const uint8_t *a,
                     const int8_t *b, size_t steps, struct ahead *soon,
                     __m512i (*acc)[COLUMNS], const int rows, const int columns)
{
#pragma GCC unroll 9
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            acc[r][c] = _mm512_setzero_si512();
    }
    for (size_t k = 0; k < steps; k++) {
        __m512i bv[COLUMNS];
        fetch_ahead(soon);
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++)
            bv[c] = _mm512_load_si512(b + c * 64);
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++) {
            const __m512i av = broadcast(a + (size_t)r * g->lda + 4 * k);
#pragma GCC unroll 3
            for (int c = 0; c < columns; c++)
                dot(&acc[r][c], av, bv[c]);
        }
        b += columns * 64;
    }
}

/* The sums of the groups so far; those before are in sum, or there are none
 * when have is 0. They live in memory: registers hold the integer sums, and a
 * load of no lanes is cheaper than zeros stored for the first group. */
INLINE __m512 sum_so_far(__m512i acc, __m512 scale, __mmask16 have,
                         const float *sum)
{
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc), scale,
                           _mm512_maskz_load_ps(have, sum));
}

/* The last group, and c = a_scale * sum + (a_min * sums + bias). */
INLINE void finish(const struct berth_gemm_i8 *g, size_t row,
                   __m512i (*acc)[COLUMNS], const float *scales, __mmask16 have,
                   float (*sum)[COLUMNS][VL], const int rows, const int columns)
{
#pragma GCC unroll 3
    for (int c = 0; c < columns; c++) {
        const size_t at = (size_t)c * VL;
        if (at >= g->n)
            break;
        const mask some = lanes(g->n - at);
        const __m512 sums = _mm512_loadu_ps(g->sums + at);
        const __m512 scale = _mm512_loadu_ps(scales + at);
        __m512 bias = _mm512_setzero_ps();
        if (g->bias != NULL)
            bias = _mm512_maskz_loadu_ps(some, g->bias + at);
#pragma GCC unroll 9
        for (int r = 0; r < rows; r++) {
            const size_t i = row + (size_t)r;
            const __m512 rest =
                _mm512_fmadd_ps(_mm512_set1_ps(g->a_min[i]), sums, bias);
            const __m512 y = _mm512_fmadd_ps(
                _mm512_set1_ps(g->a_scale[i]),
                sum_so_far(acc[r][c], scale, have, sum[r][c]), rest);
            _mm512_mask_storeu_ps(g->c + i * g->ldc + at, some, y);
        }
    }
}

/* rows and columns are constants wherever this is inlined. */
INLINE void tile(const struct berth_gemm_i8 *g, size_t row, const int rows,
                 const int columns)
{
    const uint8_t *a = g->a + row * g->lda;
    const size_t steps = (g->k + 3) / 4;
    const size_t step_bytes = (size_t)columns * 64;
    const float *scales = g->scales;
    __m512i acc[ROWS][COLUMNS];
    _Alignas(64) float sum[ROWS][COLUMNS][VL];
    struct ahead soon = ahead_of(g, row, (size_t)rows, steps);
    __mmask16 have = 0;
    size_t k = 0;

    for (;;) {
        const size_t n = steps - k < GROUP_STEPS ? steps - k : GROUP_STEPS;
        add_dots(g, a + 4 * k, g->panel + k * step_bytes, n, &soon, acc, rows,
                 columns);
        k += n;
        if (k == steps)
            break;
#pragma GCC unroll 3
        for (int c = 0; c < columns; c++) {
            const __m512 scale = _mm512_loadu_ps(scales + c * VL);
#pragma GCC unroll 9
            for (int r = 0; r < rows; r++)
                _mm512_store_ps(sum[r][c],
                                sum_so_far(acc[r][c], scale, have, sum[r][c]));
        }
        scales += g->width;
        have = 0xffff;
    }
    finish(g, row, acc, scales, have, sum, rows, columns);
}

/* One row left over would take as long as two: then two tiles of a half. */
INLINE void tiles(const struct berth_gemm_i8 *g, const int columns)
{
    enum {
        ALMOST_HALF = (ROWS + 1) / 2
    };
    size_t i = 0;

    for (; i + ROWS <= g->m && g->m - i != ROWS + 1; i += ROWS)
        tile(g, i, ROWS, columns);
    if (g->m - i == ROWS + 1) {
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
    case 5:
        tile(g, i, 5, columns);
        break;
    case 6:
        tile(g, i, 6, columns);
        break;
    case 7:
        tile(g, i, 7, columns);
        break;
    case 8:
        tile(g, i, 8, columns);
        break;
    default:
        break;
    }
}

/* One input of 16 columns as floats: byte k % 4 of each lane. */
INLINE __m512 weights_of(const int8_t *b, size_t k)
{
    const __m128i left = _mm_cvtsi32_si128((int)(24 - 8 * (k % 4)));
    const __m512i four = _mm512_load_si512(b);

    return _mm512_cvtepi32_ps(
        _mm512_srai_epi32(_mm512_sll_epi32(four, left), 24));
}

/* What the outliers of row i add. */
INLINE void add_outliers(const struct berth_gemm_i8 *g, size_t i,
                         const int columns)
{
    const struct berth_outlier *o = g->outliers + i * g->max_outliers;
    float *c = g->c + i * g->ldc;
    __m512 y[COLUMNS];

#pragma GCC unroll 3
    for (int j = 0; j < columns; j++) {
        const size_t at = (size_t)j * VL;
        y[j] = _mm512_maskz_loadu_ps(at < g->n ? lanes(g->n - at) : 0, c + at);
    }
    for (const struct berth_outlier *end = o + g->n_outliers[i]; o < end; o++) {
        const int8_t *b = g->panel + o->k / BERTH_I8_STEP * g->width * 4;
        const float *scales = g->scales + o->k / BERTH_I8_GROUP * g->width;
        const __m512 rest = _mm512_set1_ps(o->rest);
#pragma GCC unroll 3
        for (int j = 0; j < columns; j++)
            y[j] = _mm512_fmadd_ps(
                _mm512_mul_ps(rest, _mm512_loadu_ps(scales + j * VL)),
                weights_of(b + j * 64, o->k), y[j]);
    }
#pragma GCC unroll 3
    for (int j = 0; j < columns; j++) {
        const size_t at = (size_t)j * VL;
        _mm512_mask_storeu_ps(c + at, at < g->n ? lanes(g->n - at) : 0, y[j]);
    }
}

INLINE void multiply(const struct berth_gemm_i8 *g, const int columns)
{
    tiles(g, columns);
    for (size_t i = 0; i < g->m; i++) {
        if (g->n_outliers[i] > 0)
            add_outliers(g, i, columns);
    }
}

static void gemm_i8_avx512vnni(const struct berth_gemm_i8 *g)
{
    if (g->width == 3 * VL)
        multiply(g, 3);
    else if (g->width == 2 * VL)
        multiply(g, 2);
    else
        multiply(g, 1);
}

void berth_kernels_use_gemm_i8_avx512vnni(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8_avx512vnni;
}
