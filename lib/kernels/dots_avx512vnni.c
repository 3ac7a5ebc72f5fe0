/*
 * dots_avx512vnni.c - products of integers: of bytes, 32 at a time in 16 bits;
 * bits of a row choose bytes of the vector: they are a mask as they are stored.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

#include "lib/kernels/dots.h"

enum {
    ROWS = 4 /* sums that are reduced together */
};

INLINE __m512i add_bits(__m512i s, uint64_t bits, __m512i by)
{
    return _mm512_dpbusd_epi32(s, _mm512_set1_epi8(1),
                               _mm512_maskz_mov_epi8(bits, by));
}

/* Four sums of 16 become one of 4 each, in the order of the rows. */
INLINE __m128i sums_of(const __m512i *s)
{
    const __m512i a = _mm512_add_epi32(_mm512_unpacklo_epi32(s[0], s[1]),
                                       _mm512_unpackhi_epi32(s[0], s[1]));
    const __m512i b = _mm512_add_epi32(_mm512_unpacklo_epi32(s[2], s[3]),
                                       _mm512_unpackhi_epi32(s[2], s[3]));
    const __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b),
                                         _mm512_unpackhi_epi64(a, b));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all),
                                          _mm512_extracti64x4_epi64(all, 1));

    return _mm_add_epi32(_mm256_castsi256_si128(half),
                         _mm256_extracti128_si256(half, 1));
}

INLINE __m128i dot_bits(const int8_t *x, const uint8_t *rows, size_t n,
                        size_t n_rows)
{
    __m512i s[ROWS] = {_mm512_setzero_si512(), _mm512_setzero_si512(),
                       _mm512_setzero_si512(), _mm512_setzero_si512()};

    for (size_t j = 0; j < n; j += 8) {
        const __m512i by = _mm512_loadu_si512(x + 8 * j);

        for (size_t i = 0; i < n_rows; i++) {
            uint64_t bits = 0;

            memcpy(&bits, rows + i * n + j, n - j < 8 ? n - j : 8);
            s[i] = add_bits(s[i], bits, by);
        }
    }
    return sums_of(s);
}

static void dots_bits_avx512vnni(const int8_t *x, const uint8_t *rows,
                                 size_t n_rows, size_t n, int32_t *out)
{
    size_t i = 0;

    for (; i + ROWS <= n_rows; i += ROWS)
        _mm_storeu_si128((void *)(out + i), dot_bits(x, rows + i * n, n, ROWS));
    for (; i < n_rows; i++)
        out[i] = _mm_cvtsi128_si32(dot_bits(x, rows + i * n, n, 1));
}

INLINE __m512i add_bytes(__m512i s, const int16_t *x, __m256i row)
{
    return _mm512_dpwssd_epi32(s, _mm512_cvtepu8_epi16(row),
                               _mm512_loadu_si512(x));
}

static void dots_u8_avx512vnni(const int16_t *x, const uint8_t *rows,
                               uint8_t flip, size_t n_rows, size_t n,
                               int32_t *out, struct berth_sums *sums)
{
    const struct berth_sums none = {{0}, {0}};
    const __m512i turn = _mm512_set1_epi8((char)flip);
    struct sums of_bytes = load_sums(sums != NULL ? sums : &none);

    for (size_t i = 0; i < n_rows; i++, rows += n) {
        __m512i s = _mm512_setzero_si512(), t = s;
        size_t j = 0;

        for (; j + 64 <= n; j += 64) {
            const __m512i row = _mm512_loadu_si512(rows + j);
            const __m512i turned = _mm512_xor_si512(row, turn);

            fetch_lines(rows + j, FAR, 64);
            add_words(&of_bytes, 0, (words)row);
            s = add_bytes(s, x + j, _mm512_castsi512_si256(turned));
            t = add_bytes(t, x + j + 32, _mm512_extracti64x4_epi64(turned, 1));
        }
        out[i] = _mm512_reduce_add_epi32(_mm512_add_epi32(s, t));
        for (; j < n; j++)
            out[i] += x[j] * (rows[j] ^ flip);
    }
    if (sums != NULL)
        store_sums(sums, &of_bytes);
}

void berth_kernels_use_dots_avx512vnni(struct berth_kernels *k)
{
    k->dots_u8 = dots_u8_avx512vnni;
    k->dots_bits = dots_bits_avx512vnni;
}
