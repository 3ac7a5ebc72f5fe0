/*
 * check_i16.c - attention in levels of 16 bits at every CPU level: the product
 * and the levels against the scalar kernels, bit for bit, and the softmax
 * against double.
 */
#include "lib/kernels/pack.h"
#include "tests/kernels/levels.h"

#include <math.h>

enum {
    M_MAX = 20,
    K_MAX = 130,
    N_MAX = 131,
    WIDTH_MAX = 48
};

/* Levels of -most .. most, some of them that large. */
static void fill(int16_t *x, size_t n, int most)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (int16_t)(rng() % 4 == 0
                             ? most
                             : (int)(rng() % (uint32_t)(2 * most + 1)) - most);
}

/* Ends of buffers that end where readable memory ends. */
struct operands {
    int16_t *a;
    float *scale;
};

static bool check_product(const struct berth_kernels *kernels,
                          const struct operands *o, size_t m, size_t n,
                          size_t k)
{
    static _Alignas(64) int16_t panel[WIDTH_MAX * (K_MAX + 1)];
    static float got[(M_MAX + 1) * (WIDTH_MAX + 3)], want[sizeof(got) / 4];
    const size_t width = berth_panel_width(kernels, n, 0), k2 = k + k % 2;
    int16_t *a = o->a - m * k2;
    float *scale = o->scale - m;
    struct berth_kernels scalar;

    berth_kernels_use_scalar(&scalar);
    fill(a, m * k2, BERTH_I16_WEIGHT);
    fill(panel, k2 * width, BERTH_I16_VALUE);
    for (size_t j = 0; j < width && k2 > k; j++)
        panel[((k2 / 2 - 1) * width + j) * 2 + 1] = 0;
    for (size_t i = 0; i < m; i++)
        scale[i] = rng_real();
    for (size_t i = 0; i < sizeof(got) / sizeof(*got); i++)
        got[i] = want[i] = 777.5f;
    struct berth_gemm_i16 g = {
        a, k2, scale, panel, width, got, n + 3, m, n, k,
    };
    kernels->gemm_i16(&g);
    g.c = want;
    scalar.gemm_i16(&g);
    return memcmp(got, want, sizeof(got)) == 0;
}

static bool check_products(const struct berth_kernels *kernels,
                           const struct operands *o)
{
    static const size_t ks[] = {1, 2, 3, 32, 63, 64, 127, BERTH_I16_KEYS};
    bool ok = true;

    for (size_t m = 1; m <= M_MAX; m++) {
        for (size_t n = 1; n <= kernels->panel_width; n++)
            ok = check_product(kernels, o, m, n, ks[(m + n) % 8]) && ok;
    }
    return ok;
}

/* The largest sums there may be. */
static bool check_largest(const struct berth_kernels *kernels)
{
    static _Alignas(64) int16_t panel[BERTH_I16_KEYS * WIDTH_MAX];
    int16_t a[BERTH_I16_KEYS];
    const float scale = 1.0f;
    float c[2];

    for (size_t i = 0; i < BERTH_I16_KEYS; i++)
        a[i] = BERTH_I16_WEIGHT;
    for (size_t i = 0; i < BERTH_I16_KEYS * WIDTH_MAX; i++)
        panel[i] = i / 2 % 2 == 0 ? BERTH_I16_VALUE : -BERTH_I16_VALUE;
    kernels->gemm_i16(&(struct berth_gemm_i16){a, BERTH_I16_KEYS, &scale, panel,
                                               kernels->panel_width, c, 2, 1, 2,
                                               BERTH_I16_KEYS});
    return c[0] == (float)BERTH_I16_KEYS * BERTH_I16_WEIGHT * BERTH_I16_VALUE &&
           c[1] == -c[0];
}

/* Both kinds of levels of an (m, n) matrix, n + 3 floats between rows. */
static bool check_levels(const struct berth_kernels *k, float *end, bool pairs)
{
    const float most = 5791.0f;
    int16_t *room = (void *)guarded_end(N_MAX * 8 * sizeof(*room));
    int16_t want[N_MAX * 8];
    struct berth_kernels scalar;
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    for (size_t n = 1; n <= N_MAX - 1; n++) {
        const size_t m = 1 + n % 6;
        const size_t size = pairs ? (m + m % 2) * n : m * (n + n % 2);
        float *x = end - (m * (n + 3) - 3);
        int16_t *q = room - size;

        for (size_t i = 0; i < m * (n + 3) - 3; i++)
            x[i] = n == 5 ? 0.0f : rng_real() * 9.0f;
        const float scale =
            (pairs ? k->level_pairs : k->levels)(x, n + 3, m, n, most, q);
        ok = ok &&
             scale == (pairs ? scalar.level_pairs
                             : scalar.levels)(x, n + 3, m, n, most, want) &&
             memcmp(q, want, size * sizeof(*q)) == 0;
        for (size_t i = 0; i < m * n; i++) {
            const size_t row = i / n, j = i % n;
            const size_t at = pairs ? row / 2 * 2 * n + 2 * j + row % 2
                                    : row * (n + n % 2) + j;
            ok = ok &&
                 tap_near((double)q[at] * (double)scale,
                          (double)x[row * (n + 3) + j], 0.501 * (double)scale);
        }
    }
    return ok;
}

static bool check_nan(const struct berth_kernels *k, float value)
{
    bool ok = true;

    for (size_t n = 1; n <= N_MAX - 1; n++) {
        float x[N_MAX];
        int16_t q[2 * N_MAX];

        for (size_t i = 0; i < n; i++)
            x[i] = rng_real();
        x[rng() % n] = value;
        ok = ok && isnan(k->levels(x, n, 1, n, 99.0f, q)) &&
             isnan(k->level_pairs(x, n, 1, n, 99.0f, q)) &&
             (value < 0.0f || isnan(k->softmax_levels(x, n, q)));
    }
    return ok;
}

static bool check_softmax(const struct berth_kernels *k, float *end)
{
    int16_t *room = (void *)guarded_end(N_MAX * sizeof(*room));
    bool ok = true;

    for (size_t n = 1; n <= N_MAX; n++) {
        float *x = end - n;
        int16_t *q = room - n;
        double e[N_MAX], sum = 0.0, max = -1e300;

        for (size_t i = 0; i < n; i++) {
            x[i] = rng() % 9 == 0 ? -3.4028235e38f
                                  : rng_real() * (n % 3 == 0 ? 60.0f : 5.0f);
            max = fmax(max, (double)x[i]);
        }
        for (size_t i = 0; i < n; i++)
            e[i] = BERTH_I16_WEIGHT * exp((double)x[i] - max);
        const double scale = (double)k->softmax_levels(x, n, q);
        for (size_t i = 0; i < n; i++) {
            sum += q[i];
            ok = ok && q[i] >= 0 && q[i] <= BERTH_I16_WEIGHT &&
                 tap_near((double)q[i], e[i], 0.5 + 2e-4 * e[i]);
        }
        ok = ok && tap_near(scale * sum, 1.0, 0x1p-22);
    }
    return ok;
}

int main(int argc, char **argv)
{
    float *end = guarded_floats(8 * N_MAX);
    const struct operands o = {
        (void *)guarded_end(M_MAX * K_MAX * sizeof(int16_t)),
        guarded_floats(M_MAX),
    };
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (int level = 0; next_level(&level, &k);) {
        CHECK(check_products(&k, &o), "%s: the scalar product's bits", k.name);
        CHECK(check_largest(&k), "%s: the largest sums", k.name);
        CHECK(check_levels(&k, end, false), "%s: levels", k.name);
        CHECK(check_levels(&k, end, true), "%s: levels of pairs", k.name);
        CHECK(check_softmax(&k, end), "%s: softmax", k.name);
        CHECK(check_nan(&k, NAN), "%s: NaN is kept", k.name);
        CHECK(check_nan(&k, INFINITY), "%s: infinity is", k.name);
        CHECK(check_nan(&k, -INFINITY), "%s: -infinity is", k.name);
    }
    return tap_done();
}
