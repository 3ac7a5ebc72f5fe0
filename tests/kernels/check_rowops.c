/*
 * check_rowops.c - element-wise functions, softmax, layer norm and widening of
 * every level against double, within the bounds of kernels.h.
 */
#include "tests/kernels/levels.h"

enum {
    N_MAX = 131
};

static double exact(enum berth_function f, double x)
{
    if (f == BERTH_FUNCTION_GELU || f == BERTH_FUNCTION_GELU_COARSE)
        return 0.5 * x * (1.0 + erf(x / sqrt(2.0)));
    if (f == BERTH_FUNCTION_GELU_TANH || f == BERTH_FUNCTION_GELU_TANH_COARSE)
        return 0.5 * x *
               (1.0 + tanh(sqrt(2.0 / 3.14159265358979323846) *
                           (x + 0.044715 * x * x * x)));
    if (f == BERTH_FUNCTION_RELU)
        return x > 0.0 ? x : 0.0;
    if (f == BERTH_FUNCTION_SILU)
        return x / (1.0 + exp(-x));
    return f == BERTH_FUNCTION_TANH ? tanh(x) : x;
}

static double function_bound(enum berth_function f, double x)
{
    if (f == BERTH_FUNCTION_GELU || f == BERTH_FUNCTION_GELU_TANH ||
        f == BERTH_FUNCTION_SILU)
        return 2e-6 * (fabs(x) > 1.0 ? fabs(x) : 1.0);
    if (f == BERTH_FUNCTION_GELU_COARSE || f == BERTH_FUNCTION_GELU_TANH_COARSE)
        return fabs(x) <= 1.0 ? 1.1e-4 * fabs(x) : 1.8e-4 + 0x1p-24 * fabs(x);
    return f == BERTH_FUNCTION_TANH ? 1e-6 : 0.0;
}

/* All of [-12, 12] in small steps, and far out. */
static bool check_function(const struct berth_kernels *k, enum berth_function f,
                           float *end)
{
    bool ok = true;

    for (size_t n = 1; n <= N_MAX; n++) {
        float *x = end - n, in[N_MAX];
        for (size_t i = 0; i < n; i++)
            in[i] = x[i] = rng_real() * (rng() % 8 == 0 ? 1e4f : 12.0f);
        k->function(f, x, n);
        for (size_t i = 0; i < n; i++)
            ok = ok && tap_near((double)x[i], exact(f, (double)in[i]),
                                function_bound(f, (double)in[i]));
    }
    return ok;
}

static bool check_special(const struct berth_kernels *k, float *end)
{
    bool ok = true;

    for (int f = BERTH_FUNCTION_GELU; f <= BERTH_FUNCTION_GELU_TANH_COARSE;
         f++) {
        float *x = end - 4;
        x[0] = INFINITY;
        x[1] = -0.0f;
        x[2] = 1e30f;
        x[3] = NAN;
        k->function((enum berth_function)f, x, 4);
        ok = ok && x[0] == (f == BERTH_FUNCTION_TANH ? 1.0f : INFINITY) &&
             x[1] == 0.0f && x[2] > 0.9f && isnan(x[3]);
    }
    return ok;
}

static bool check_softmax(const struct berth_kernels *k, float *end)
{
    bool ok = true;

    for (size_t n = 1; n <= N_MAX; n++) {
        float *x = end - n;
        double e[N_MAX], far[N_MAX], sum = 0.0, max = -1e300;
        for (size_t i = 0; i < n; i++) {
            x[i] = rng_real() * (n % 3 == 0 ? 60.0f : 5.0f);
            max = (double)x[i] > max ? (double)x[i] : max;
        }
        for (size_t i = 0; i < n; i++) {
            far[i] = max - (double)x[i];
            sum += e[i] = exp(-far[i]);
        }
        k->softmax(x, n);
        for (size_t i = 0; i < n; i++) {
            const double relative = 4e-7 + ((double)n + far[i]) * 0x1p-24;
            ok = ok && tap_near((double)x[i], e[i] / sum,
                                1e-37 + e[i] / sum * relative);
        }
    }
    return ok;
}

/* As long as a vocabulary: the sum keeps its precision. */
static bool check_long_softmax(const struct berth_kernels *k)
{
    enum {
        V = 30522
    };
    static float x[V];
    static double e[V];
    double sum = 0.0;

    for (size_t i = 0; i < V; i++)
        sum += e[i] = exp((double)(x[i] = rng_real() * 2.0f));
    bool ok = fabs(k->log_sum(x, V) - log(sum)) < 1e-6;
    k->softmax(x, V);
    for (size_t i = 0; i < V; i++)
        ok = ok && tap_near((double)x[i], e[i] / sum, 1e-6 * e[i] / sum);
    return ok;
}

/* Masked keys are left out by n; but scores may still be far apart. */
static bool check_far_scores(const struct berth_kernels *k, float *end)
{
    float *x = end - 20;

    for (size_t i = 0; i < 20; i++)
        x[i] = i == 7 ? 3.0f : -3.4028235e38f;
    k->softmax(x, 20);
    for (size_t i = 0; i < 20; i++) {
        if (x[i] != (i == 7 ? 1.0f : 0.0f))
            return false;
    }
    return true;
}

static bool check_norm_row(const struct berth_kernels *k, float *const *end,
                           size_t n, bool add, bool in_place)
{
    float *x = end[0] - n, *r = end[1] - n, *w = end[2] - n, *b = end[3] - n;
    float *out = in_place ? (add ? r : x) : end[4] - n;
    double y[N_MAX], mean = 0.0, variance = 0.0, far = 0.0;
    float weight[N_MAX];

    for (size_t i = 0; i < n; i++) {
        x[i] = rng_real() * 3.0f + 1.0f;
        r[i] = rng_real();
        weight[i] = w[i] = rng_real();
        b[i] = rng_real();
        y[i] = (double)(add ? x[i] + r[i] : x[i]);
        mean += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        variance += (y[i] - mean) * (y[i] - mean) / (double)n;
        far = fabs(y[i] - mean) > far ? fabs(y[i] - mean) : far;
    }
    const double scale = 1.0 / sqrt(variance + 1e-5);
    k->layer_norm(x, add ? r : NULL, w, b, 1e-5f, out, n);
    for (size_t i = 0; i < n; i++) {
        const double want =
            (y[i] - mean) * scale * (double)weight[i] + (double)b[i];
        const double bound = 4.0 * (double)n * 0x1p-24 * (far + fabs(mean)) *
                                 scale * fabs((double)weight[i]) +
                             0x1p-23 * fabs(want) + 1e-7;
        if (!tap_near((double)out[i], want, bound))
            return false;
    }
    return true;
}

static bool check_layer_norm(const struct berth_kernels *k, float *const *end)
{
    bool ok = true;

    for (size_t n = 2; n <= N_MAX; n++)
        ok = check_norm_row(k, end, n, n % 2 == 0, n % 4 < 2) && ok;
    return ok;
}

/* Both have the bits of plain loops, in place too. */
static bool check_sums(const struct berth_kernels *k, float *const *end)
{
    struct berth_kernels scalar;
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    for (size_t n = 1; n <= N_MAX; n++) {
        float *x = end[0] - n, *r = end[1] - n, *w = end[2] - n;
        float *b = end[3] - n, *out = end[4] - n;
        float want[N_MAX];

        for (size_t i = 0; i < n; i++) {
            x[i] = 8.0f * rng_real();
            r[i] = 8.0f * rng_real();
            w[i] = 2.0f * rng_real();
            b[i] = 2.0f * rng_real();
        }
        scalar.scale(x, NULL, w, b, want, n);
        k->scale(x, NULL, w, b, out, n);
        ok = ok && memcmp(out, want, n * sizeof(float)) == 0;
        scalar.scale(x, r, w, b, want, n);
        memcpy(out, r, n * sizeof(float));
        k->scale(x, out, w, b, out, n);
        ok = ok && memcmp(out, want, n * sizeof(float)) == 0;
        memcpy(want, x, n * sizeof(float));
        scalar.add(want, r, n);
        k->add(x, r, n);
        ok = ok && memcmp(x, want, n * sizeof(float)) == 0;
        const size_t pairs = n / 2;
        memcpy(want, w, 2 * pairs * sizeof(float));
        scalar.rotate(want, r, pairs);
        k->rotate(w, r, pairs);
        ok = ok && memcmp(w, want, 2 * pairs * sizeof(float)) == 0;
    }
    return ok;
}

/* All 65,536 halves, in pieces of every length up to 33, unaligned. */
static bool check_widen(const struct berth_kernels *k, float *end, bool bf16)
{
    struct berth_kernels scalar;
    unsigned char *halves = (void *)guarded_end(2 * 40);
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    for (uint32_t h = 0; h < 65536;) {
        const size_t n = 1 + h % 33;
        float want[40], *out = end - n;
        unsigned char *src = halves - 2 * n - (h % 2);
        for (size_t i = 0; i < n; i++) {
            const uint16_t v = (uint16_t)(h + i);
            memcpy(src + 2 * i, &v, 2);
        }
        (bf16 ? k->widen_bf16 : k->widen_f16)(src, out, n);
        (bf16 ? scalar.widen_bf16 : scalar.widen_f16)(src, want, n);
        ok = ok && memcmp(out, want, n * sizeof(float)) == 0;
        h += (uint32_t)n;
    }
    return ok;
}

/* Rounding to 16 bits agrees with the scalar kernel on every kind of number,
 * and to the nearest: no half is closer. */
static bool check_narrow(const struct berth_kernels *k, float *end, bool bf16)
{
    struct berth_kernels scalar;
    uint16_t *out = (void *)guarded_end(2 * N_MAX);
    uint16_t want[N_MAX];
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    for (size_t n = 1; n <= N_MAX; n++) {
        float *x = end - n;
        for (size_t i = 0; i < n; i++) {
            const uint32_t bits = rng();
            memcpy(&x[i], &bits, sizeof(bits));
            if (i % 2 == 0) /* in the range of halves, subnormal ones too */
                x[i] = ldexpf(rng_real(), (int)(rng() % 44) - 26);
        }
        (bf16 ? k->narrow_bf16 : k->narrow_f16)(x, out - n, n);
        (bf16 ? scalar.narrow_bf16 : scalar.narrow_f16)(x, want, n);
        ok = ok && memcmp(out - n, want, n * sizeof(*want)) == 0;
    }
    return ok;
}

/* A half is its own nearest; halfway between two, the even one. */
static bool check_round(const struct berth_kernels *k)
{
    bool ok = true;

    for (uint32_t h = 0; h < 0x7bff; h++) {
        const uint16_t pair[2] = {(uint16_t)h, (uint16_t)(h + 1)};
        float x[2];
        uint16_t got[3];
        k->widen_f16(pair, x, 2);
        const float middle = x[0] + (x[1] - x[0]) / 2;
        const float three[3] = {x[0], middle, nextafterf(middle, x[1])};
        k->narrow_f16(three, got, 3);
        ok = ok && got[0] == h && got[1] == (h % 2 == 0 ? h : h + 1) &&
             got[2] == h + 1;
    }
    return ok;
}

/* Whether a row's bytes, scale and outliers come to the row. */
static bool check_back(const struct berth_kernels *k, const float *x, size_t n,
                       unsigned levels, size_t *outliers)
{
    static uint8_t *q;
    struct berth_outlier list[N_MAX];
    struct berth_quantized_row row = {.outliers = list};
    double rest[N_MAX] = {0};

    if (q == NULL)
        q = (void *)guarded_end(N_MAX);
    k->quantize(x, n, levels, q - n, &row);
    *outliers += row.n_outliers;
    if (row.n_outliers > berth_outliers_max(n))
        return false;
    for (uint32_t i = 0; i < row.n_outliers; i++)
        rest[list[i].k] = (double)list[i].rest;
    for (size_t i = 0; i < n; i++) {
        const double back =
            (double)(q - n)[i] * (double)row.scale + (double)row.min + rest[i];
        const double bound = rest[i] != 0.0 ? 1e-5 * fabs((double)x[i])
                                            : 0.501 * (double)row.scale;
        if ((q - n)[i] > levels || !tap_near(back, (double)x[i], bound))
            return false;
    }
    return true;
}

static bool check_quantize(const struct berth_kernels *k, unsigned levels,
                           float *end)
{
    size_t outliers = 0, far = 0;
    bool ok = true;

    for (size_t n = 1; n <= N_MAX; n++) {
        float *x = end - n;
        for (size_t i = 0; i < n; i++)
            x[i] = n % 10 == 7 ? 0.25f : rng_real() * 3.0f;
        ok = check_back(k, x, n, levels, &outliers) && ok;
    }
    ok = ok && outliers == 0;
    for (size_t n = 60; n <= N_MAX; n++) {
        float *x = end - n;
        for (size_t i = 0; i < n; i++)
            x[i] = rng_real();
        x[rng() % n] = n % 2 == 0 ? 200.0f : -200.0f;
        ok = check_back(k, x, n, levels, &far) && ok;
    }
    return ok && far == N_MAX - 60 + 1;
}

/* A group of weights: the scalar kernel's levels, scale and sum, each value
 * within half a level. */
static bool check_quantize_group(const struct berth_kernels *k, float *end)
{
    struct berth_kernels scalar;
    uint8_t got[BERTH_I8_GROUP], want[BERTH_I8_GROUP];
    float scale, wanted_scale;
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    for (size_t n = 1; n <= BERTH_I8_GROUP; n++) {
        float *x = end - n;
        for (size_t i = 0; i < n; i++)
            x[i] = n == 5 ? 0.0f : rng_real() * (i % 7 == 0 ? 0.5f : 0.1f);
        const float sum = k->quantize_group(x, n, got, &scale);
        ok = ok && sum == scalar.quantize_group(x, n, want, &wanted_scale) &&
             scale == wanted_scale && memcmp(got, want, n) == 0;
        for (size_t i = 0; i < n; i++)
            ok = ok && tap_near((double)scale * (got[i] - 128), (double)x[i],
                                0.501 * (double)scale);
    }
    end[-1] = NAN;
    k->quantize_group(end - 1, 1, got, &scale);
    return ok && got[0] > 0;
}

static bool all_nan(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            return false;
    return true;
}

/* A row of numbers but for one. */
static float *spoil(float *end, size_t n, float value)
{
    float *x = end - n;

    for (size_t i = 0; i < n; i++)
        x[i] = rng_real();
    x[rng() % n] = value;
    return x;
}

/* What is no number is not lost on the way. */
static bool check_kept(const struct berth_kernels *k, float *const *end,
                       float value)
{
    uint8_t q[N_MAX];
    struct berth_outlier list[N_MAX];
    bool ok = true;

    for (size_t n = 1; n <= N_MAX; n++) {
        const bool in_softmax = !(value < 0.0f) || n == 1;
        struct berth_quantized_row row = {.outliers = list};
        float *x = spoil(end[0], n, value);
        float scale = NAN;

        k->quantize(x, n, k->i8_levels, q, &row);
        ok = ok && isnan(row.min);
        if (n <= BERTH_I8_GROUP)
            k->quantize_group(x, n, q, &scale);
        ok = ok && isnan(scale) && isnan(k->log_sum(x, n)) == in_softmax;
        k->layer_norm(x, NULL, x, x, 1e-5f, end[1] - n, n);
        ok = ok && all_nan(end[1] - n, n);
        k->softmax(x, n);
        ok = ok && all_nan(x, n) == in_softmax;
    }
    return ok;
}

int main(int argc, char **argv)
{
    float *end[5];
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (size_t i = 0; i < 5; i++)
        end[i] = guarded_floats(N_MAX);
    for (int level = 0; next_level(&level, &k);) {
        CHECK(check_function(&k, BERTH_FUNCTION_GELU, end[0]), "%s: gelu",
              k.name);
        CHECK(check_function(&k, BERTH_FUNCTION_GELU_TANH, end[0]),
              "%s: gelu by tanh", k.name);
        CHECK(check_function(&k, BERTH_FUNCTION_RELU, end[0]), "%s: relu",
              k.name);
        CHECK(check_function(&k, BERTH_FUNCTION_SILU, end[0]), "%s: silu",
              k.name);
        CHECK(check_function(&k, BERTH_FUNCTION_TANH, end[0]), "%s: tanh",
              k.name);
        CHECK(check_function(&k, BERTH_FUNCTION_GELU_COARSE, end[0]),
              "%s: gelu, coarse", k.name);
        CHECK(check_function(&k, BERTH_FUNCTION_GELU_TANH_COARSE, end[0]),
              "%s: gelu by tanh, coarse", k.name);
        CHECK(check_special(&k, end[0]), "%s: infinity, -0, NaN", k.name);
        CHECK(check_softmax(&k, end[0]), "%s: softmax", k.name);
        CHECK(check_long_softmax(&k), "%s: softmax of a vocabulary", k.name);
        CHECK(check_far_scores(&k, end[0]), "%s: softmax of far scores",
              k.name);
        CHECK(check_layer_norm(&k, end), "%s: layer norm", k.name);
        CHECK(check_sums(&k, end), "%s: sums, and scaled ones", k.name);
        CHECK(check_widen(&k, end[0], false), "%s: float16", k.name);
        CHECK(check_widen(&k, end[0], true), "%s: bfloat16", k.name);
        CHECK(check_narrow(&k, end[0], false), "%s: to float16", k.name);
        CHECK(check_narrow(&k, end[0], true), "%s: to bfloat16", k.name);
        CHECK(check_round(&k), "%s: to the nearest half", k.name);
        CHECK(check_quantize(&k, BERTH_I8_LEVELS, end[0]), "%s: 8 bits",
              k.name);
        CHECK(check_quantize(&k, 127, end[0]), "%s: 7 bits", k.name);
        CHECK(check_quantize_group(&k, end[0]), "%s: weights in 8 bits",
              k.name);
        CHECK(check_kept(&k, end, NAN), "%s: NaN is kept", k.name);
        CHECK(check_kept(&k, end, INFINITY), "%s: infinity is", k.name);
        CHECK(check_kept(&k, end, -INFINITY), "%s: -infinity is", k.name);
    }
    return tap_done();
}
