/*
 * gemm_float_vector.c - tiles of 8 rows by 8 columns for gemm_float.h, and keys
 * and weights transposed into panels.
 *
 * Numbers of A are loaded four at a time, and each is an operand of FMLA by its
 * lane: 16 sums, 8 vectors of A and 2 of B are in the 32 registers of AArch64.
 * For 64 multiply-adds of vectors 16 vectors are loaded, with pairs in 12
 * instructions; GCC 12 makes 82 of the inner loop, as many as of intrinsics.
 * 5 rows by 16 columns would take 21 loads for 80 and 1.33 instructions instead
 * of 1.28, and 7 by 12 does not stay in registers. The 16 of SSE2 hold 6 rows,
 * a number of A at a time: 3.9 instructions for two operations that it cannot
 * fuse.
 *
 * This file is compiled with -ffp-contract=fast: the compiler fuses what
 * fma_() says. It contains no other sum of a product.
 */
#define FMA_AS_COMPILED

#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_128.h"

#if defined(__SSE2__)
#define TILE_ROWS 6
#else
#define TILE_ROWS 8
#define A_BY_LANES
#endif
#define TILE_COLUMNS 2
#define PASS_ROWS    TILE_ROWS
#define TILE_ONLY
#define TRANSPOSES

/* 4 x 4 blocks, transposed in registers. */
INLINE void transpose_block(const float *src, size_t ld, size_t n, size_t k,
                            float *panel, size_t width)
{
    const vec zero = set1(0.0f);
    const vec a = n > 0 ? load_some(src, lanes(k)) : zero;
    const vec b = n > 1 ? load_some(src + ld, lanes(k)) : zero;
    const vec c = n > 2 ? load_some(src + 2 * ld, lanes(k)) : zero;
    const vec d = n > 3 ? load_some(src + 3 * ld, lanes(k)) : zero;
    const vec ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const vec cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const vec ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const vec cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);

    store(panel, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
    if (k > 1)
        store(panel + width, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
    if (k > 2)
        store(panel + 2 * width, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
    if (k > 3)
        store(panel + 3 * width, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
}

#include "lib/kernels/gemm_float.h"

void berth_kernels_use_gemm_float_vector(struct berth_kernels *k)
{
    use_gemm(k);
}
