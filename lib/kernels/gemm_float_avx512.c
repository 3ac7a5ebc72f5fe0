/*
 * gemm_float_avx512.c - tiles of 9 rows by 48 columns for gemm_float.h, and
 * keys and weights transposed into panels.
 *
 * 27 sums, 3 vectors of B and a broadcast of A fill the 32 registers. A wide
 * tile needs fewer loads for each multiply-add than a square one, which counts
 * when the other hyper-thread of the core is busy.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

#define TILE_ROWS    9
#define TILE_COLUMNS 3
#define PASS_ROWS    10
#define TRANSPOSES

enum {
    NUMBERS = 3 /* what a pointer and a stride reach without an instruction */
};

/* What the assembly below may read. */
struct numbers {
    float of_row[1 << 20];
};

#define FMA_NUMBER(address)                                                    \
    __asm__("vfmadd231ps " address "%{1to16%}, %1, %0"                         \
            : "+v"(c)                                                          \
            : "v"(b), "r"(a), "r"(lda), "m"(*(const struct numbers *)a))

/* b * a[i * lda] + c. In assembly because GCC loads a number once for all its
 * uses, and keeps a pointer to each. */
INLINE vec fma_number(const float *a, size_t lda, const int i, vec b, vec c)
{
    if (i == 0)
        FMA_NUMBER("(%2)");
    else if (i == 1)
        FMA_NUMBER("(%2,%3,4)");
    else
        FMA_NUMBER("(%2,%3,8)");
    return c;
}

/* 16 x 16 blocks, transposed in registers: rows of src are read once, whole
 * cache lines of the panel are written. */
INLINE void transpose_block(const float *src, size_t ld, size_t n, size_t k,
                            float *panel, size_t width)
{
    const mask some = lanes(k);
    __m512 r[VL], t[VL];

#pragma GCC unroll 16
    for (size_t i = 0; i < VL; i++)
        r[i] = i < n ? _mm512_maskz_loadu_ps(some, src + i * ld)
                     : _mm512_setzero_ps();
#pragma GCC unroll 8
    for (int i = 0; i < VL; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < VL; i += 4) {
        r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < VL; i++) {
        if (i < k)
            _mm512_store_ps(panel + i * width, r[i]);
    }
}

#include "lib/kernels/gemm_float.h"

void berth_kernels_use_gemm_float_avx512(struct berth_kernels *k)
{
    use_gemm(k);
}
