/*
 * gemm_i8_vector.c - tiles of up to 8 rows by 8 columns for gemm_i8.h: four
 * products of 32 bits for each lane, as many in each instruction as of floats.
 * Numbers are widened once for all their products: those of A when they are
 * loaded, those of B where they are first needed. x86 has an instruction for
 * two products of 16 bits, and half as many registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_128.h"

#if defined(__SSE2__)
#define TILE_ROWS    4
#define TILE_COLUMNS 2

/* Bytes 0 and 2, then 1 and 3: as numbers of 16 bits. */
INLINE ints dot(ints sum, ints a, ints b)
{
    const ints low = set1_ints(0x00ff00ff);

    sum = add_pairs(sum, (shorts)(a & low), (shorts)b << 8 >> 8);
    return add_pairs(sum, (shorts)(a >> 8 & low), (shorts)b >> 8);
}
#else
#define TILE_ROWS    8
#define TILE_COLUMNS 2

/* sum + a (unsigned) * b (signed), four products a lane. */
INLINE ints dot(ints sum, ints a, ints b)
{
    const ints wide = join(low_bytes((bytes)a), (shorts){0});

#pragma GCC unroll 4
    for (int k = 0; k < 4; k++)
        sum += lane_of_ints(wide, k) * byte_of(b, (size_t)k);
    return sum;
}
#endif

#include "lib/kernels/gemm_i8.h"

void berth_kernels_use_gemm_i8_vector(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8;
    k->widen_i8 = widen_i8;
}
