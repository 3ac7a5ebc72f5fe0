/*
 * check_gemm_i8.c - the 8-bit product of every level against the scalar one,
 * bit for bit: integers are exact, and the few float operations are the same.
 */
#include "lib/kernels/pack.h"
#include "tests/kernels/levels.h"

enum {
    M_MAX = 34,
    K_MAX = 301,
    LD = 320,
    OUTLIERS = 3
};

struct operands {
    uint8_t *a; /* ends where readable memory ends */
    float *a_scale, *a_min, *bias, *rows;
    int8_t *panel;
    float *scales, *sums;
    float *got, *want;
    struct berth_outlier outliers[M_MAX * OUTLIERS];
    uint32_t n_outliers[M_MAX];
};

static void fill(struct operands *o, size_t m, size_t n, size_t k)
{
    for (size_t i = 0; i < m; i++) {
        (o->a_scale - m)[i] = fabsf(rng_real());
        (o->a_min - m)[i] = rng_real();
        for (size_t j = 0; j < LD; j++)
            (o->a - m * LD)[i * LD + j] =
                (uint8_t)(rng() % 4 == 0 ? 255 : rng());
    }
    for (size_t i = 0; i < m; i++) {
        o->n_outliers[i] = rng() % (OUTLIERS + 1);
        for (size_t j = 0; j < OUTLIERS; j++)
            o->outliers[i * OUTLIERS + j] =
                (struct berth_outlier){rng() % (uint32_t)k, rng_real() * 9.0f};
    }
    for (size_t i = 0; i < n * k; i++)
        o->rows[i] = rng() % 5 == 0 ? 1.0f : rng_real();
    for (size_t i = 0; i < n; i++)
        (o->bias - n)[i] = rng_real();
}

static bool check_one(const struct berth_kernels *kernels, struct operands *o,
                      size_t m, size_t n, size_t k, bool with_bias)
{
    const size_t width = berth_panel_width(kernels, n, 0);
    const size_t ldc = n + 3;
    const size_t k4 = (k + BERTH_I8_STEP - 1) / BERTH_I8_STEP * BERTH_I8_STEP;
    const float canary = 777.5f;
    struct berth_kernels scalar;
    bool same = true;

    berth_kernels_use_scalar(&scalar);
    fill(o, m, n, k);
    berth_pack_panel_i8(kernels, o->rows, n, k, width, o->panel, o->scales,
                        o->sums);
    struct berth_gemm_i8 g = {.a = o->a - (m - 1) * LD - k4,
                              .lda = LD,
                              .a_scale = o->a_scale - m,
                              .a_min = o->a_min - m,
                              .outliers = o->outliers,
                              .n_outliers = o->n_outliers,
                              .max_outliers = OUTLIERS,
                              .panel = o->panel,
                              .scales = o->scales,
                              .sums = o->sums,
                              .width = width,
                              .c = o->got,
                              .ldc = ldc,
                              .m = m,
                              .n = n,
                              .k = k,
                              .bias = with_bias ? o->bias - n : NULL};
    for (size_t i = 0; i < (m + 1) * ldc; i++)
        o->got[i] = o->want[i] = canary;
    kernels->gemm_i8(&g);
    g.c = o->want;
    scalar.gemm_i8(&g);
    same = memcmp(o->got, o->want, (m + 1) * ldc * sizeof(float)) == 0;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = n; j < ldc; j++)
            same = same && o->got[i * ldc + j] == canary;
    }
    if (!same)
        printf("# %s: m %zu n %zu k %zu\n", kernels->name, m, n, k);
    return same;
}

/* The whole of it is close to the product in double. */
static bool check_close(const struct berth_kernels *kernels, struct operands *o)
{
    const size_t m = 7, n = kernels->panel_width, k = K_MAX;
    const uint8_t *a = o->a - (m - 1) * LD - K_MAX - 3;

    if (!check_one(kernels, o, m, n, k, true))
        return false;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = (double)(o->bias - n)[j], size = 0.0;
            for (size_t x = 0; x < k; x++) {
                const double y =
                    (double)a[i * LD + x] * (double)(o->a_scale - m)[i] +
                    (double)(o->a_min - m)[i];
                sum += y * (double)o->rows[j * k + x];
                size += fabs(y);
            }
            for (uint32_t x = 0; x < o->n_outliers[i]; x++) {
                const struct berth_outlier *t = &o->outliers[i * OUTLIERS + x];
                sum += (double)t->rest * (double)o->rows[j * k + t->k];
                size += fabs((double)t->rest);
            }
            /* Half a step of 1 / 127 of the largest weight, 1. */
            if (!tap_near((double)o->got[i * (n + 3) + j], sum,
                          size * 0.51 / 127.0 + 1e-4))
                return false;
        }
    }
    return true;
}

static bool check_sizes(const struct berth_kernels *kernels, struct operands *o)
{
    static const size_t ks[] = {1, 3, 4, 64, 127, 128, 129, 256, K_MAX};
    bool ok = true;

    for (size_t m = 1; m <= M_MAX; m++) {
        for (size_t n = 1; n <= kernels->panel_width; n++)
            ok = check_one(kernels, o, m, n, ks[(m + n) % 9], n % 2 == 0) && ok;
    }
    return ok;
}

int main(int argc, char **argv)
{
    struct operands o = {
        .a = (void *)guarded_end(M_MAX * LD),
        .a_scale = (void *)guarded_end(M_MAX * sizeof(float)),
        .a_min = (void *)guarded_end(M_MAX * sizeof(float)),
        .bias = (void *)guarded_end(48 * sizeof(float)),
        .rows = malloc(48 * K_MAX * sizeof(float)),
        .panel = aligned_alloc(64, 48 * 320),
        .scales = malloc(48 * 4 * sizeof(float)),
        .sums = malloc(48 * sizeof(float)),
        .got = malloc((M_MAX + 1) * 52 * sizeof(float)),
        .want = malloc((M_MAX + 1) * 52 * sizeof(float)),
    };
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (int level = 0; next_level(&level, &k);) {
        CHECK(check_sizes(&k, &o), "%s: the scalar kernel's bits", k.name);
        CHECK(check_close(&k, &o), "%s: close to the product", k.name);
    }
    free(o.rows);
    free(o.panel);
    free(o.scales);
    free(o.sums);
    free(o.got);
    free(o.want);
    return tap_done();
}
