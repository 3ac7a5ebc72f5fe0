/*
 * gemm_i8_dotprod.c - tiles of up to 8 rows by 8 columns for gemm_i8.h, by
 * SDOT, which adds four products of signed bytes to each lane.
 *
 * Numbers of A are loaded sixteen at a time, and four of them are an operand by
 * their lane: for 64 SDOT 16 vectors are loaded. They are made signed by taking
 * 128 off; what that takes off a sum is the same for all rows, and one more
 * SDOT for each vector of B gives it back. 16 sums, those 2, 8 vectors of A and
 * 2 of B are in the 32 registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_128.h"

#define TILE_ROWS    8
#define TILE_COLUMNS 2
#define OWN_DOTS

#include "lib/kernels/gemm_i8.h"

enum {
    AT_ONCE = 4 /* steps */
};

INLINE ints dot(ints sum, ints a, ints b)
{
    return (ints)vdotq_s32((int32x4_t)sum, (int8x16_t)b, (int8x16_t)a);
}

/* The same with lane i of a. */
INLINE ints dot_lane(ints sum, ints a, const int i, ints b)
{
    const int32x4_t s = (int32x4_t)sum;
    const int8x16_t x = (int8x16_t)b, y = (int8x16_t)a;

    return (ints)(i == 0   ? vdotq_laneq_s32(s, x, y, 0)
                  : i == 1 ? vdotq_laneq_s32(s, x, y, 1)
                  : i == 2 ? vdotq_laneq_s32(s, x, y, 2)
                           : vdotq_laneq_s32(s, x, y, 3));
}

INLINE void add_step(const ints *av, const int lane, const int8_t *b,
                     ints (*acc)[TILE_COLUMNS], ints *less, const int rows,
                     const int columns)
{
    const ints minus_128 = (ints)vdupq_n_s8(INT8_MIN);

#pragma GCC unroll 2
    for (int c = 0; c < columns; c++) {
        const ints bv = load_ints(b + c * STEP_BYTES);
        less[c] = dot(less[c], minus_128, bv);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            acc[r][c] = dot_lane(acc[r][c], av[r], lane, bv);
    }
}

INLINE void add_dots(const struct berth_gemm_i8 *g, const uint8_t *a,
                     const int8_t *b, size_t steps, struct ahead *soon,
                     ints (*acc)[TILE_COLUMNS], const int rows,
                     const int columns)
{
    const ints sign = (ints)vdupq_n_s8(INT8_MIN);
    const size_t step = step_bytes(g, columns);
    ints av[TILE_ROWS], less[TILE_COLUMNS];
    size_t k = 0;

#pragma GCC unroll 2
    for (int c = 0; c < columns; c++) {
        less[c] = set1_ints(0);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            acc[r][c] = set1_ints(0);
    }
    fetch_some(soon, steps);
    for (; k + AT_ONCE <= steps; k += AT_ONCE, a += AT_ONCE * BERTH_I8_STEP) {
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            av[r] = load_ints(a + (size_t)r * g->lda) ^ sign;
#pragma GCC unroll 4
        for (int i = 0; i < AT_ONCE; i++, b += step)
            add_step(av, i, b, acc, less, rows, columns);
    }
    for (; k < steps; k++, a += BERTH_I8_STEP, b += step) {
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            av[r] = broadcast(a + (size_t)r * g->lda) ^ sign;
        add_step(av, 0, b, acc, less, rows, columns);
    }
#pragma GCC unroll 2
    for (int c = 0; c < columns; c++) {
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            acc[r][c] -= less[c];
    }
}

void berth_kernels_use_gemm_i8_dotprod(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8;
}
