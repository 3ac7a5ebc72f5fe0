/*
 * gemm_float_amx.c - floats multiplied by TDPBF16PS, which takes bfloat16 and
 * adds in float32.
 *
 * A float is exactly the sum of three bfloat16: its upper 8 bits, the 8 after
 * them and the rest. So a product of floats is a sum of products of parts, and
 * those below 2^-24 of it are left out. Henry, Tang, Heinecke 2019, "Leveraging
 * the bfloat16 artificial intelligence datatype for higher-precision
 * computations", arXiv:1904.06376.
 *
 * The panel stays as the other kernels have it. It is split on the way, a few
 * inputs ahead of the product: vectors split while the tiles multiply.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/tiles_amx.h"
#include "lib/kernels/vec_avx512.h"

#include <stdint.h>

enum {
    STEP = BERTH_SPLIT_STEP,
    ROWS = TILE_ROWS_MAX,
    TILE = ROWS * TILE_ROW, /* bytes */
    PAIRS = STEP / 2,       /* pairs of inputs in a step */
    COLUMNS = 3,            /* tiles of a panel */
    PAGE = 4096,
    SIDE = 18 * TILE, /* bytes of B in parts: half the first cache */
    AHEAD = 2 * STEP, /* inputs of B, fetched before they are split */
    MAX_TILES = BERTH_SPLIT_ROWS / ROWS
};

/* Tiles 0 to 2 are sums, 3 rows of A, 4 to 6 columns of B. */
static void configure(size_t rows)
{
    struct palette p = {.id = 1};

    for (size_t i = 0; i < 7; i++) {
        p.row_bytes[i] = TILE_ROW;
        p.rows[i] = (uint8_t)(i < 4 ? rows : PAIRS);
    }
    TILES_LOAD_PALETTE(p);
}

/* ---------------------------------------------------------------- the parts */

/* Of floats: what a bfloat16 holds, to the nearest. */
INLINE __m512 upper(__m512 x)
{
    const __m512i half = _mm512_set1_epi32(0x8000);
    const __m512i bits = _mm512_set1_epi32((int)0xffff0000);

    return _mm512_castsi512_ps(
        _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(x), half), bits));
}

/* The largest float that is not rounded to infinity. What is larger has more
 * in its second part; of infinity and NaN one part is NaN. */
INLINE __m512 below_infinity(__m512 x)
{
    const __m512 most = _mm512_castsi512_ps(_mm512_set1_epi32(0x7f7f7fff));

    return _mm512_range_ps(x, most, 2);
}

struct parts {
    __m512 of[BERTH_SPLIT_PARTS];
};

/* The last of them is exact as it is. */
INLINE struct parts split(__m512 x, const int n)
{
    struct parts p = {{x, x, x}};

    if (n == 3) {
        p.of[0] = upper(below_infinity(x));
        p.of[2] = _mm512_sub_ps(x, p.of[0]);
        p.of[1] = upper(p.of[2]);
        p.of[2] = _mm512_sub_ps(p.of[2], p.of[1]);
    } else if (n == 2) {
        p.of[0] = upper(x);
        p.of[1] = _mm512_sub_ps(x, p.of[0]);
    }
    return p;
}

/* The upper halves of two vectors in turns. */
INLINE __m512i pair(__m512 first, __m512 second)
{
    const __mmask32 odds = 0xaaaaaaaa;

    return _mm512_mask_blend_epi16(
        odds, _mm512_srli_epi32(_mm512_castps_si512(first), 16),
        _mm512_castps_si512(second));
}

static void split_amx(const float *x, size_t n, float *parts)
{
    for (size_t i = 0; i < n; i += STEP, parts += 3 * VL) {
        const mask high = n - i > VL ? lanes(n - i - VL) : 0;
        const struct parts a = split(load_some(x + i, lanes(n - i)), 3);
        const struct parts b = split(load_some(x + i + VL, high), 3);

#pragma GCC unroll 3
        for (int p = 0; p < 3; p++)
            _mm512_store_si512(parts + p * VL, pair(a.of[p], b.of[p]));
    }
}

INLINE int parts_of(const enum berth_format format)
{
    return format == BERTH_FORMAT_F32 ? 3 : format == BERTH_FORMAT_F16 ? 2 : 1;
}

INLINE size_t element(const enum berth_format format)
{
    return format == BERTH_FORMAT_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* VL elements of a panel, as floats; zeros where there are none. */
INLINE vec load_panel(const char *p, mask some, const enum berth_format format)
{
    if (format == BERTH_FORMAT_F32)
        return _mm512_maskz_loadu_ps(some, p);
    const __m256i h = _mm256_maskz_loadu_epi16(some, p);
    return format == BERTH_FORMAT_F16 ? _mm512_cvtph_ps(h) : from_bf16(h);
}

/* ------------------------------------------------------------- the product */

/* A product on its way through the panel. columns and format are constants
 * wherever they are given to a function, so that its loops are unrolled. */
struct product {
    const struct berth_gemm *g;
    size_t next, end; /* pairs of inputs to be split: one of a step's first 16,
                         and the 16th after it */
    char *to;         /* where the parts of the next step are */
};

/*
 * Bytes from the parts of a step to its n-th tile: (columns, parts). A load
 * waits for a store before it whose address has the same lower 12 bits. With
 * few rows, where one follows closely on the other, tiles that are read are in
 * one half of each page and those that are written in the other. With many more
 * tiles are kept, for which half of the cache's sets is not enough.
 */
INLINE size_t tile_at(const int n, const bool few)
{
    return few ? (size_t)(n / 2) * PAGE + (size_t)(n % 2) * TILE
               : (size_t)n * TILE;
}

/* The next pair of inputs, of all columns. */
INLINE void split_pair(struct product *p, const int columns,
                       const enum berth_format format, const bool few)
{
    const size_t stride = (size_t)columns * VL * element(format);
    const size_t k = p->next / PAIRS * STEP + p->next % PAIRS, end = p->g->k;
    const mask near = k < end ? 0xffff : 0, far = k + PAIRS < end ? 0xffff : 0;
    const char *b = (const char *)p->g->panel + k * stride;
    const char *other = b + PAIRS * stride;
    const int n = parts_of(format);
    char *to = p->to + p->next % PAIRS * TILE_ROW;

#pragma GCC unroll 3
    for (size_t i = 0; i < stride; i += TILE_ROW) {
        __builtin_prefetch(b + AHEAD * stride + i, 0, 2);
        __builtin_prefetch(other + AHEAD * stride + i, 0, 2);
    }
#pragma GCC unroll 3
    for (int c = 0; c < columns; c++) {
        const size_t at = (size_t)c * VL * element(format);
        const struct parts x = split(load_panel(b + at, near, format), n);
        const struct parts y = split(load_panel(other + at, far, format), n);

#pragma GCC unroll 3
        for (int i = 0; i < n; i++)
            _mm512_store_si512(to + tile_at(c * n + i, few),
                               pair(x.of[i], y.of[i]));
    }
    if (++p->next % PAIRS == 0)
        p->to += tile_at(columns * n, few);
}

INLINE void split_pairs(struct product *p, size_t n, const int columns,
                        const enum berth_format format, const bool few)
{
    for (; n > 0 && p->next < p->end; n--)
        split_pair(p, columns, format, few);
}

INLINE void zero_sums(void)
{
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
}

INLINE void load_sums(const float *from)
{
    TILE_LOAD(0, from, TILE_ROW);
    TILE_LOAD(1, from + TILE / 4, TILE_ROW);
    TILE_LOAD(2, from + TILE / 2, TILE_ROW);
}

INLINE void store_sums(float *to)
{
    TILE_STORE(0, to, TILE_ROW);
    TILE_STORE(1, to + TILE / 4, TILE_ROW);
    TILE_STORE(2, to + TILE / 2, TILE_ROW);
}

/* Part i of the columns. */
INLINE void load_b(const char *b, const int i, const int columns, const int n,
                   const bool few)
{
    TILE_LOAD(4, b + tile_at(i, few), TILE_ROW);
    if (columns > 1)
        TILE_LOAD(5, b + tile_at(n + i, few), TILE_ROW);
    if (columns > 2)
        TILE_LOAD(6, b + tile_at(2 * n + i, few), TILE_ROW);
}

/* Part i of the rows, times the part of the columns that is loaded. */
INLINE void multiply_a(const struct berth_gemm *g, const float *a, const int i,
                       const int columns)
{
    TILE_LOAD(3, a + i * VL, g->lda * sizeof(*a));
    TILE_DOT_BF16(0, 3, 4);
    if (columns > 1)
        TILE_DOT_BF16(1, 3, 5);
    if (columns > 2)
        TILE_DOT_BF16(2, 3, 6);
}

/* One step of a tile's rows, and after each part of it some more of the panel
 * is split. */
INLINE void multiply_step(struct product *p, const float *a, const char *b,
                          size_t share, const int columns,
                          const enum berth_format format, const bool few)
{
    /* The part of A and that of B. The largest comes last: near the largest
     * float the first part and the second, which is rounded, are too much. */
    static const int turns[][2] = {{0, 2}, {0, 1}, {1, 1},
                                   {1, 0}, {2, 0}, {0, 0}};
    const int n = parts_of(format);

#pragma GCC unroll 6
    for (int i = n == 3 ? 0 : n == 2 ? 1 : 3; i < 6; i++) {
        if (i == 0 || i == 1 || i == 3)
            load_b(b, turns[i][1], columns, n, few);
        multiply_a(p->g, a, turns[i][0], columns);
        split_pairs(p, share, columns, format, few);
    }
}

/* Where the rows of tile t begin: the last has some in common with the one
 * before. */
INLINE size_t first_row(size_t m, size_t t)
{
    return m < ROWS || t * ROWS + ROWS <= m ? t * ROWS : m - ROWS;
}

/* The sums that C has. */
INLINE void start(const struct berth_gemm *g, float *sums, const int columns)
{
    const size_t tiles = (g->m + ROWS - 1) / ROWS;

    for (size_t t = 0; t < tiles; t++, sums += COLUMNS * TILE / 4) {
        const float *c = g->c + first_row(g->m, t) * g->ldc;

        for (size_t i = 0; i < ROWS && i < g->m; i++, c += g->ldc) {
#pragma GCC unroll 3
            for (size_t at = 0; at < (size_t)columns * VL; at += VL) {
                const mask some = at < g->n ? lanes(g->n - at) : 0;
                _mm512_store_ps(sums + at * ROWS + i * VL,
                                load_some(c + at, some));
            }
        }
    }
}

/* C = scale * sum + bias. */
INLINE void finish(const struct berth_gemm *g, const float *sums,
                   const int columns)
{
    const vec scale = set1(g->scale);

#pragma GCC unroll 3
    for (int c = 0; c < columns; c++, sums += TILE / 4) {
        const size_t at = (size_t)c * VL;
        if (at >= g->n)
            break;
        const mask some = lanes(g->n - at);
        const vec bias =
            g->bias != NULL ? load_some(g->bias + at, some) : set1(0.0f);
        for (size_t i = 0; i < g->m; i++) {
            const size_t t = i / ROWS, row = i - first_row(g->m, t);
            const float *sum = sums + t * COLUMNS * TILE / 4 + row * VL;
            store_some(g->c + i * g->ldc + at, some,
                       fma_(load(sum), scale, bias));
        }
    }
}

/* Some steps at a time: those of B are in parts in one half of the room, while
 * the next are put into the other. Sums that do not stay in the tiles wait in
 * memory. */
INLINE void multiply(const struct berth_gemm *g, const int columns,
                     const enum berth_format format, const bool few)
{
    _Alignas(TILE_ROW) char b[2 * SIDE];
    _Alignas(TILE_ROW) float sums[MAX_TILES][COLUMNS * TILE / 4];
    const size_t steps = (g->k + STEP - 1) / STEP;
    const size_t tiles = (g->m + ROWS - 1) / ROWS;
    const size_t size = (size_t)(columns * parts_of(format)) * TILE;
    const size_t some = few ? 1 : SIDE / size;
    const size_t side = few ? PAGE / 2 : SIDE;
    const size_t slots = tiles * (size_t)(parts_of(format) == 1   ? 3
                                          : parts_of(format) == 2 ? 5
                                                                  : 6);
    const size_t share = (PAIRS + slots - 1) / slots;
    struct product p = {g, 0, (some < steps ? some : steps) * PAIRS, b};

    configure(g->m < ROWS ? g->m : ROWS);
    split_pairs(&p, p.end, columns, format, few);
    if (g->more)
        start(g, sums[0], columns);
    for (size_t s = 0, half = 0; s < steps; s += some, half = !half) {
        const size_t end = s + some < steps ? s + some : steps;

        p.end = (end + some < steps ? end + some : steps) * PAIRS;
        p.to = b + !half * side;
        for (size_t t = 0; t < tiles; t++) {
            const float *a = g->a + first_row(g->m, t) * g->lda + s * 3 * VL;

            if (s == 0 && !g->more)
                zero_sums();
            else if (s == 0 || !few)
                load_sums(sums[t]);
            for (size_t i = s; i < end; i++, a += 3 * VL)
                multiply_step(&p, a, b + half * side + (i - s) * size, share,
                              columns, format, few);
            if (!few || end == steps)
                store_sums(sums[t]);
        }
        split_pairs(&p, p.end - p.next, columns, format, few);
    }
    TILES_RELEASE();
    finish(g, sums[0], columns);
}

INLINE void gemm_columns(const struct berth_gemm *g, const int columns,
                         const enum berth_format format)
{
    if (g->m <= ROWS)
        multiply(g, columns, format, true);
    else
        multiply(g, columns, format, false);
}

INLINE void gemm(const struct berth_gemm *g, const enum berth_format format)
{
    if (g->width == 3 * VL)
        gemm_columns(g, 3, format);
    else if (g->width == 2 * VL)
        gemm_columns(g, 2, format);
    else
        gemm_columns(g, 1, format);
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

void berth_kernels_use_gemm_float_amx(struct berth_kernels *k)
{
    for (int f = 0; f < BERTH_FORMAT_FLOATS; f++)
        k->split[f] = split_amx;
    k->gemm_split[BERTH_FORMAT_F32] = gemm_f32;
    k->gemm_split[BERTH_FORMAT_F16] = gemm_f16;
    k->gemm_split[BERTH_FORMAT_BF16] = gemm_bf16;
}
