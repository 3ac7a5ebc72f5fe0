/*
 * gemm_i16_vector.c - tiles of 8 rows by 8 columns for gemm_i16.h: two products
 * of 32 bits for each lane, as many in each instruction as of floats. The
 * halves of A and B are parted once for all their products. x86 has an
 * instruction for both, and half as many registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_128.h"

#if defined(__SSE2__)
#define TILE_ROWS    6
#define TILE_COLUMNS 2

INLINE ints dot(ints sum, ints a, ints b)
{
    return add_pairs(sum, (shorts)a, (shorts)b);
}
#else
#define TILE_ROWS    8
#define TILE_COLUMNS 2

/* sum + a * b, two products a lane. */
INLINE ints dot(ints sum, ints a, ints b)
{
    const ints wide = join((shorts){0}, (shorts)a) >> 16;

    sum += lane_of_ints(wide, 0) * (b << 16 >> 16);
    return sum + lane_of_ints(wide, 1) * (b >> 16);
}
#endif

#include "lib/kernels/gemm_i16.h"

void berth_kernels_use_gemm_i16_vector(struct berth_kernels *k)
{
    k->gemm_i16 = gemm_i16;
}
