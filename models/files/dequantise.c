/*
 * dequantise.c - the block types of GGUF as float32.
 *
 * A function widens one block; its bytes are numbered from its begin. Each
 * product and each sum is rounded to float32, in the order of the reference.
 *
 * Source: block_q4_0 ... block_q6_K of ggml-common.h, and quants.py of the gguf
 * package, whose values these are.
 */
#include "models/files/dequantise.h"

#include <stdint.h>

/* One block at in, of so many bytes. */
typedef void widen_block(const struct berth_kernels *kernels,
                         const unsigned char *in, float *out);

static void widen_blocks(const struct berth_kernels *kernels, const void *src,
                         size_t n, size_t elements, size_t bytes,
                         widen_block *widen, float *out)
{
    const unsigned char *in = src;

    for (size_t i = 0; i < n; i += elements, in += bytes)
        widen(kernels, in, out + i);
}

/* The scales of a block are float16. */
static float half(const struct berth_kernels *kernels, const unsigned char *in)
{
    float x;

    kernels->widen_f16(in, &x, 1);
    return x;
}

/* ------------------------------------------------------------ blocks of 32 */

/* 4 bits of number i: the low ones of byte i, or the high ones of i - 16. */
static int nibble(const unsigned char *in, size_t i)
{
    return i < BERTH_BLOCK / 2 ? in[i] & 15 : in[i - BERTH_BLOCK / 2] >> 4;
}

/* Bit i of a row of bits, the lowest of a byte first. */
static int bit(const unsigned char *in, size_t i)
{
    return in[i / 8] >> i % 8 & 1;
}

/* scale (2 bytes), 16 bytes of 4 bits */
static void block_q4_0(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in);

    for (size_t i = 0; i < BERTH_BLOCK; i++)
        out[i] = d * (float)(nibble(in + 2, i) - 8);
}

/* scale, least (2 bytes each), 16 bytes of 4 bits */
static void block_q4_1(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in), least = half(kernels, in + 2);

    for (size_t i = 0; i < BERTH_BLOCK; i++)
        out[i] = d * (float)nibble(in + 4, i) + least;
}

/* scale, 4 bytes of the fifth bits, 16 bytes of 4 bits */
static void block_q5_0(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in);

    for (size_t i = 0; i < BERTH_BLOCK; i++)
        out[i] = d * (float)((nibble(in + 6, i) | bit(in + 2, i) << 4) - 16);
}

/* scale, least, 4 bytes of the fifth bits, 16 bytes of 4 bits */
static void block_q5_1(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in), least = half(kernels, in + 2);

    for (size_t i = 0; i < BERTH_BLOCK; i++)
        out[i] = d * (float)(nibble(in + 8, i) | bit(in + 4, i) << 4) + least;
}

/* scale, 32 bytes */
static void block_q8_0(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in);

    for (size_t i = 0; i < BERTH_BLOCK; i++)
        out[i] = (float)(int8_t)in[2 + i] * d;
}

/* scale, 16 bytes of 4 bits, which choose one of these */
static void block_iq4_nl(const struct berth_kernels *kernels,
                         const unsigned char *in, float *out)
{
    static const float values[] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                   1,    13,   25,  38,  53,  69,  89,  113};
    const float d = half(kernels, in);

    for (size_t i = 0; i < BERTH_BLOCK; i++)
        out[i] = d * values[nibble(in + 2, i)];
}

/* ----------------------------------------------------------- blocks of 256 */

/* Numbers lie in groups of 128, and in these one place of each byte after the
 * other: the 2 bits of number i. */
static int pair(const unsigned char *in, size_t i)
{
    return in[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
}

/* The 4 bits of number i in groups of 2 * size: low, then high ones. */
static int half_byte(const unsigned char *in, size_t i, size_t size)
{
    return in[i / (2 * size) * size + i % size] >> i % (2 * size) / size * 4 &
           15;
}

/* One bit of each of 32 bytes after the other. */
static int high_bit(const unsigned char *in, size_t i)
{
    return in[i % 32] >> i / 32 & 1;
}

/* 16 bytes of a scale and a least of 4 bits each, 64 bytes of 2 bits, scale of
 * the scales, scale of the leasts */
static void block_q2_k(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in + 80), m = half(kernels, in + 82);

    for (size_t i = 0; i < BERTH_BLOCK_K; i++) {
        const unsigned char both = in[i / 16];

        out[i] = d * (float)(both & 15) * (float)pair(in + 16, i) -
                 m * (float)(both >> 4);
    }
}

/* Scale k of 16: 4 bits from 8 bytes, 2 bits from the 4 after them. */
static int scale_q3(const unsigned char *in, size_t k)
{
    return (in[k % 8] >> k / 8 * 4 & 15) | (in[8 + k % 4] >> k / 4 * 2 & 3)
                                               << 4;
}

/* 32 bytes of the third bits, 64 bytes of 2 bits, 12 bytes of scales, scale of
 * the scales. The third bit says that 4 is not subtracted. */
static void block_q3_k(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in + 108);

    for (size_t i = 0; i < BERTH_BLOCK_K; i++) {
        const int q = pair(in + 32, i) - (high_bit(in, i) != 0 ? 0 : 4);

        out[i] = d * (float)(scale_q3(in + 96, i / 16) - 32) * (float)q;
    }
}

/* Scale and least k of 8 have 6 bits each: of the first four in bytes 0-3 and
 * 4-7; of the others 4 bits are in bytes 8-11, the rest on top of those. */
static void scale_q4(const unsigned char *in, size_t k, int *scale, int *least)
{
    if (k < 4) {
        *scale = in[k] & 63;
        *least = in[k + 4] & 63;
        return;
    }
    *scale = (in[k + 4] & 15) | in[k - 4] >> 6 << 4;
    *least = in[k + 4] >> 4 | in[k] >> 6 << 4;
}

/* scale of the scales, scale of the leasts, 12 bytes of both, 128 bytes of 4
 * bits; with 32 bytes of the fifth bits before them where there are such */
static void block_q45_k(const struct berth_kernels *kernels,
                        const unsigned char *in, const unsigned char *fifth,
                        const unsigned char *bits, float *out)
{
    const float d = half(kernels, in), m = half(kernels, in + 2);

    for (size_t i = 0; i < BERTH_BLOCK_K; i++) {
        int scale, least, q = half_byte(bits, i, 32);

        scale_q4(in + 4, i / 32, &scale, &least);
        if (fifth != NULL)
            q |= high_bit(fifth, i) << 4;
        out[i] = d * (float)scale * (float)q - m * (float)least;
    }
}

static void block_q4_k(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    block_q45_k(kernels, in, NULL, in + 16, out);
}

static void block_q5_k(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    block_q45_k(kernels, in, in + 16, in + 48, out);
}

/* 128 bytes of 4 bits, 64 bytes of 2 more, 16 scales, scale of the scales */
static void block_q6_k(const struct berth_kernels *kernels,
                       const unsigned char *in, float *out)
{
    const float d = half(kernels, in + 208);

    for (size_t i = 0; i < BERTH_BLOCK_K; i++) {
        const int q = (half_byte(in, i, 64) | pair(in + 128, i) << 4) - 32;

        out[i] = d * (float)(int8_t)in[192 + i / 16] * (float)q;
    }
}

#define WIDEN(type, elements, bytes)                                           \
    BERTH_WIDEN(type)                                                          \
    {                                                                          \
        widen_blocks(kernels, src, n, elements, bytes, block_##type, out);     \
    }

WIDEN(q4_0, BERTH_BLOCK, 18)
WIDEN(q4_1, BERTH_BLOCK, 20)
WIDEN(q5_0, BERTH_BLOCK, 22)
WIDEN(q5_1, BERTH_BLOCK, 24)
WIDEN(q8_0, BERTH_BLOCK, 34)
WIDEN(iq4_nl, BERTH_BLOCK, 18)
WIDEN(q2_k, BERTH_BLOCK_K, 84)
WIDEN(q3_k, BERTH_BLOCK_K, 110)
WIDEN(q4_k, BERTH_BLOCK_K, 144)
WIDEN(q5_k, BERTH_BLOCK_K, 176)
WIDEN(q6_k, BERTH_BLOCK_K, 210)
