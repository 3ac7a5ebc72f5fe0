/*
 * dots_avx512.c - products of floats with the rows of an index, and sums of
 * their bytes, which are in one register each.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"
#include "lib/sums.h"

struct sums {
    __m512i first, second;
};

INLINE struct sums load_sums(const struct berth_sums *from)
{
    return (struct sums){_mm512_loadu_si512(from->first),
                         _mm512_loadu_si512(from->second)};
}

INLINE void store_sums(struct berth_sums *to, const struct sums *s)
{
    _mm512_storeu_si512(to->first, s->first);
    _mm512_storeu_si512(to->second, s->second);
}

INLINE void add_sums(struct sums *s, __m512i x)
{
    s->first = _mm512_add_epi64(s->first, x);
    s->second = _mm512_add_epi64(s->second, s->first);
}

static void sums_avx512(struct berth_sums *sums, const void *data, size_t n)
{
    const unsigned char *p = data;
    struct sums s = load_sums(sums);

    for (size_t i = 0; i < n; i += BERTH_SUMS_STEP)
        add_sums(&s, _mm512_loadu_si512(p + i));
    store_sums(sums, &s);
}

/* Lanes j and j + 16, then + 8 and so on, as berth_similarities() adds them. */
INLINE float sum_of_lanes(vec a, vec b)
{
    const vec all = _mm512_add_ps(a, b);
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(all),
                                       _mm512_extractf32x8_ps(all, 1));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight),
                             _mm256_extractf128_ps(eight, 1));

    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

INLINE vec add_product(vec s, vec a, vec b)
{
    return _mm512_add_ps(s, _mm512_mul_ps(a, b));
}

INLINE float dot(const float *x, const float *row, size_t n, struct sums *sums)
{
    vec s[2] = {set1(0), set1(0)};
    size_t j = 0;

    for (; j + 2 * VL <= n; j += 2 * VL)
        for (size_t v = 0; v < 2; v++) {
            const vec r = load(row + j + v * VL);

            s[v] = add_product(s[v], load(x + j + v * VL), r);
            if (sums != NULL)
                add_sums(sums, _mm512_castps_si512(r));
        }
    for (size_t v = 0; j < n; j += VL, v++) {
        const mask some = lanes(n - j);

        s[v] =
            add_product(s[v], load_some(x + j, some), load_some(row + j, some));
    }
    return sum_of_lanes(s[0], s[1]);
}

static void dots_avx512(const float *x, const float *rows, size_t n_rows,
                        size_t n, float *out, struct berth_sums *sums)
{
    if (sums == NULL) {
        for (size_t i = 0; i < n_rows; i++)
            out[i] = dot(x, rows + i * n, n, NULL);
        return;
    }
    struct sums s = load_sums(sums);

    for (size_t i = 0; i < n_rows; i++)
        out[i] = dot(x, rows + i * n, n, &s);
    store_sums(sums, &s);
}

void berth_kernels_use_dots_avx512(struct berth_kernels *k)
{
    k->sums = sums_avx512;
    k->dots = dots_avx512;
}
