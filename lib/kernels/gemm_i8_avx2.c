/*
 * gemm_i8_avx2.c - tiles of up to 5 rows by 16 columns for gemm_i8.h, by
 * VPMADDUBSW, which multiplies bytes and adds pairs of products in 16 bits.
 *
 * Twice as many products as in floats pass where VPMADDWD and VPADDD follow
 * each, 2.4 times as many where they follow two whose results are added in 16
 * bits. For that four products must not come to more than 32,767: inputs have
 * fewer levels, and weights are fitted to them. Levels and weights share these
 * 15 bits: with 160 levels some groups of weights get a larger scale.
 * 10 sums, two broadcasts of A, two products and a vector of ones are in
 * registers.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx2.h"

#define TILE_ROWS    5
#define TILE_COLUMNS 2
#define TILE_PAIRS
#define TILE_IN_PANEL

enum {
    LEVELS = 160,
    MOST = INT16_MAX / LEVELS /* four weights of one sign */
};

/* sum + a (unsigned) * b (signed), four products a lane. */
INLINE ints dot(ints sum, ints a, ints b)
{
    const ints pairs = _mm256_maddubs_epi16(a, b);

    return _mm256_add_epi32(sum,
                            _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/* The same for two steps. In assembly because GCC 12 keeps copies of the sums,
 * for which there are no registers. */
INLINE ints dot_pair(ints sum, ints a, ints a2, const int8_t *b,
                     const int8_t *b2)
{
    const ints one = _mm256_set1_epi16(1);
    ints x, y;

    __asm__("vpmaddubsw %[b], %[a], %[x]\n\t"
            "vpmaddubsw %[b2], %[a2], %[y]\n\t"
            "vpaddw %[y], %[x], %[x]\n\t"
            "vpmaddwd %[one], %[x], %[x]\n\t"
            "vpaddd %[x], %[sum], %[sum]"
            : [sum] "+x"(sum), [x] "=&x"(x), [y] "=&x"(y)
            : [a] "x"(a), [a2] "x"(a2), [b] "m"(*(const ints *)(const void *)b),
              [b2] "m"(*(const ints *)(const void *)b2), [one] "x"(one));
    return sum;
}

#include "lib/kernels/gemm_i8.h"

/* The most that four weights of one sign sum to, in each of 8 columns. */
INLINE ints largest_sums(const int8_t *b, size_t steps, size_t step)
{
    const ints one = _mm256_set1_epi8(1), zero = set1_ints(0);
    ints most = zero;

    for (size_t k = 0; k < steps; k += 2, b += 2 * step) {
        const ints w = load_ints(b);
        const ints w2 = k + 1 < steps ? load_ints(b + step) : zero;
        const ints up = _mm256_add_epi16(
            _mm256_maddubs_epi16(one, _mm256_max_epi8(w, zero)),
            _mm256_maddubs_epi16(one, _mm256_max_epi8(w2, zero)));
        const ints down = _mm256_add_epi16(
            _mm256_maddubs_epi16(one, _mm256_min_epi8(w, zero)),
            _mm256_maddubs_epi16(one, _mm256_min_epi8(w2, zero)));
        most = _mm256_max_epi16(
            most, _mm256_max_epi16(up, _mm256_sub_epi16(zero, down)));
    }
    return _mm256_and_si256(_mm256_max_epi16(most, _mm256_srli_epi32(most, 16)),
                            set1_ints(INT16_MAX));
}

/* q * by to the nearest, in each of 8 columns. */
INLINE ints shrink(const int8_t *b, vec by)
{
    const ints byte = set1_ints(255);
    ints all = set1_ints(0);

#pragma GCC unroll 4
    for (int k = 0; k < BERTH_I8_STEP; k++) {
        const ints q = _mm256_cvtps_epi32(mul(weights_of(b, (size_t)k), by));
        all = _mm256_or_si256(
            all, _mm256_slli_epi32(_mm256_and_si256(q, byte), 8 * k));
    }
    return all;
}

/* One group of 8 columns. Rounding adds half a level to each of four weights:
 * they are made smaller by 2 more. */
INLINE bool fit_group(int8_t *b, size_t steps, size_t step, float *scale)
{
    const ints most = largest_sums(b, steps, step);
    const ints large = _mm256_cmpgt_epi32(most, set1_ints(MOST));

    if (_mm256_testz_si256(large, large))
        return false;
    const vec room = set1(MOST - 2), sums = to_floats(most), one = set1(1.0f);
    const vec is_large = _mm256_castsi256_ps(large);
    const vec by = _mm256_blendv_ps(one, _mm256_div_ps(room, sums), is_large);
    const vec wider =
        _mm256_blendv_ps(one, _mm256_div_ps(sums, room), is_large);
    for (size_t k = 0; k < steps; k++, b += step)
        _mm256_store_si256((void *)b, shrink(b, by));
    _mm256_storeu_ps(scale, mul(load(scale), wider));
    return true;
}

/* sums of 8 columns, as pack.c has them. */
static void sum_columns(const int8_t *b, const float *scales, float *sums,
                        size_t width, size_t steps)
{
    double total[VL] = {0.0};

    for (size_t k = 0; k < steps; k += GROUP_STEPS, scales += width) {
        int32_t of_group[VL];
        ints sum = set1_ints(0);

        for (size_t i = k; i < k + GROUP_STEPS && i < steps; i++)
            sum = dot(sum, _mm256_set1_epi8(1),
                      load_ints(b + i * width * BERTH_I8_STEP));
        _mm256_storeu_si256((void *)of_group, sum);
        for (int j = 0; j < VL; j++)
            total[j] += (double)of_group[j] * (double)scales[j];
    }
    for (int j = 0; j < VL; j++)
        sums[j] = (float)total[j];
}

static void fit_i8_avx2(int8_t *panel, float *scales, float *sums, size_t width,
                        size_t k)
{
    const size_t steps = (k + BERTH_I8_STEP - 1) / BERTH_I8_STEP;
    const size_t step = width * BERTH_I8_STEP;

    for (size_t at = 0; at < width; at += VL) {
        int8_t *b = panel + at * BERTH_I8_STEP;
        bool changed = false;

        for (size_t i = 0, g = 0; i < steps; i += GROUP_STEPS, g++)
            changed |= fit_group(
                b + i * step, steps - i < GROUP_STEPS ? steps - i : GROUP_STEPS,
                step, scales + g * width + at);
        if (changed)
            sum_columns(b, scales + at, sums + at, width, steps);
    }
}

void berth_kernels_use_gemm_i8_avx2(struct berth_kernels *k)
{
    k->gemm_i8 = gemm_i8;
    k->i8_levels = LEVELS;
    k->fit_i8 = fit_i8_avx2;
    k->widen_i8 = widen_i8;
}
