/*
 * dots_avx2.c - products with the rows of an index, 8 floats, 16 bytes or 32
 * bits at a time.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#include "lib/kernels/dots.h"

#include <string.h>

enum {
    BITS_AT_ONCE = 128 /* steps until 16 bits could overflow: 2 * 127 each */
};

INLINE int32_t sum_of_i32(__m256i x)
{
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(x),
                              _mm256_extracti128_si256(x, 1));

    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

static void dots_u8_avx2(const int16_t *x, const uint8_t *rows, uint8_t flip,
                         size_t n_rows, size_t n, int32_t *out,
                         struct berth_sums *sums)
{
    const __m128i turn = _mm_set1_epi8((char)flip);

    for (size_t i = 0; i < n_rows; i++, rows += n) {
        if (sums != NULL)
            sums_steps(sums, rows, n);
        __m256i s = _mm256_setzero_si256();
        size_t j = 0;

        for (; j + 16 <= n; j += 16) {
            const __m128i row = _mm_loadu_si128((const void *)(rows + j));
            const __m256i wide = _mm256_cvtepu8_epi16(_mm_xor_si128(row, turn));
            const __m256i by = _mm256_loadu_si256((const void *)(x + j));

            s = _mm256_add_epi32(s, _mm256_madd_epi16(wide, by));
        }
        out[i] = sum_of_i32(s);
        for (; j < n; j++)
            out[i] += x[j] * (rows[j] ^ flip);
    }
}

/* 32 bits become 32 bytes, all ones where a bit is set. */
INLINE __m256i spread(uint32_t bits)
{
    const __m256i to =
        _mm256_setr_epi64x(0x0000000000000000, 0x0101010101010101,
                           0x0202020202020202, 0x0303030303030303);
    const __m256i one = _mm256_set1_epi64x((long long)0x8040201008040201);
    const __m256i x = _mm256_shuffle_epi8(_mm256_set1_epi32((int32_t)bits), to);

    return _mm256_cmpeq_epi8(_mm256_and_si256(x, one), one);
}

static int32_t dot_bits(const int8_t *x, const uint8_t *row, size_t n)
{
    const __m256i ones8 = _mm256_set1_epi8(1), ones = _mm256_set1_epi16(1);
    __m256i sum = _mm256_setzero_si256();

    for (size_t j = 0; j < n;) {
        __m256i s = _mm256_setzero_si256();

        for (size_t step = 0; step < BITS_AT_ONCE && j < n; step++, j += 4) {
            uint32_t bits = 0;

            memcpy(&bits, row + j, n - j < 4 ? n - j : 4);
            const __m256i by = _mm256_loadu_si256((const void *)(x + 8 * j));

            s = _mm256_add_epi16(
                s, _mm256_maddubs_epi16(ones8,
                                        _mm256_and_si256(spread(bits), by)));
        }
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(s, ones));
    }
    return sum_of_i32(sum);
}

static void dots_bits_avx2(const int8_t *x, const uint8_t *rows, size_t n_rows,
                           size_t n, int32_t *out)
{
    for (size_t i = 0; i < n_rows; i++)
        out[i] = dot_bits(x, rows + i * n, n);
}

static size_t reach_avx2(const float *x, const float *limit, size_t n,
                         uint32_t *which)
{
    size_t found = 0, i = 0;

    for (; i + VL <= n; i += VL) {
        const vec not_below =
            _mm256_cmp_ps(load(x + i), load(limit + i), _CMP_NLT_UQ);
        unsigned bits = (unsigned)_mm256_movemask_ps(not_below);

        for (; bits != 0; bits &= bits - 1)
            which[found++] = (uint32_t)i + (uint32_t)__builtin_ctz(bits);
    }
    for (; i < n; i++)
        if (!(x[i] < limit[i]))
            which[found++] = (uint32_t)i;
    return found;
}

void berth_kernels_use_dots_avx2(struct berth_kernels *k)
{
    k->sums = sums_steps;
    k->dots = dots;
    k->dots_u8 = dots_u8_avx2;
    k->dots_bits = dots_bits_avx2;
    k->reach = reach_avx2;
}
