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
    float *got, *want, *wide;
    struct berth_outlier outliers[M_MAX * OUTLIERS];
    uint32_t n_outliers[M_MAX];
};

static void fill(struct operands *o, size_t m, size_t n, size_t k,
                 unsigned levels)
{
    for (size_t i = 0; i < m; i++) {
        (o->a_scale - m)[i] = fabsf(rng_real());
        (o->a_min - m)[i] = rng_real();
        for (size_t j = 0; j < LD; j++)
            (o->a - m * LD)[i * LD + j] =
                (uint8_t)(rng() % 4 == 0 ? levels : rng() % (levels + 1));
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
    fill(o, m, n, k, kernels->i8_levels);
    berth_pack_panel_i8(kernels, o->rows, n, k, width, o->panel, o->scales,
                        o->sums);
    if (kernels->fit_i8 != NULL)
        kernels->fit_i8(o->panel, o->scales, o->sums, width, k);
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

/* What four weights of one sign, which are summed in 16 bits, come to. */
static int largest_sum(const int8_t *panel, size_t width, size_t k, size_t j)
{
    int most = 0;

    for (size_t i = 0; i < k; i += 8) {
        int sums[2][2] = {{0}};
        for (size_t x = i; x < i + 8 && x < k; x++) {
            const int q = panel[(x / 4 * width + j) * 4 + x % 4];
            sums[x / 2 % 2][q < 0] += abs(q);
        }
        for (int x = 0; x < 4; x++)
            most = sums[x / 2][x % 2] > most ? sums[x / 2][x % 2] : most;
    }
    return most;
}

/* Fitted weights are small enough; those that were are as they were; the sums
 * are theirs; and a panel is widened as the scalar kernel does it. */
static bool check_fit(const struct berth_kernels *kernels, struct operands *o)
{
    const size_t n = kernels->panel_width, k = K_MAX, k4 = (k + 3) / 4 * 4;
    const int most = INT16_MAX / (int)kernels->i8_levels;
    float *wide = o->wide, *want = o->wide + 48 * k4;
    struct berth_kernels scalar;
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    fill(o, 1, n, k, kernels->i8_levels);
    for (size_t i = 0; i < k; i++)
        o->rows[i] = i % 8 == 0 ? 1.0f : 0.0f; /* column 0 fits */
    berth_pack_panel_i8(kernels, o->rows, n, k, n, o->panel, o->scales,
                        o->sums);
    const float scale = o->scales[0];
    if (kernels->fit_i8 != NULL)
        kernels->fit_i8(o->panel, o->scales, o->sums, n, k);
    kernels->widen_i8(o->panel, o->scales, n, k, wide);
    scalar.widen_i8(o->panel, o->scales, n, k, want);
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < k; i++) {
            sum += (double)wide[i * n + j];
            ok = ok && tap_near((double)wide[i * n + j],
                                (double)o->rows[j * k + i], 1.8 / 127.0);
        }
        ok = ok && tap_near((double)o->sums[j], sum, 1e-4);
        ok = ok && (kernels->fit_i8 == NULL ||
                    largest_sum(o->panel, n, k, j) <= most);
    }
    return ok && memcmp(wide, want, n * k * sizeof(*wide)) == 0 &&
           o->panel[0] == 127 && memcmp(&o->scales[0], &scale, 4) == 0;
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
            /* Half a step of 1 / 127 of the largest weight, 1; when four of
             * them are fitted, of another of up to 2.6 times that. */
            const double steps = kernels->fit_i8 == NULL ? 0.51 : 1.8;
            if (!tap_near((double)o->got[i * (n + 3) + j], sum,
                          size * steps / 127.0 + 1e-4))
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
        .a_scale = guarded_floats(M_MAX),
        .a_min = guarded_floats(M_MAX),
        .bias = guarded_floats(48),
        .rows = malloc(48 * K_MAX * sizeof(float)),
        .panel = aligned_alloc(64, 48 * 320),
        .scales = malloc(48 * 4 * sizeof(float)),
        .sums = malloc(48 * sizeof(float)),
        .wide = aligned_alloc(64, 2 * 48 * 320 * sizeof(float)),
        .got = malloc((M_MAX + 1) * 52 * sizeof(float)),
        .want = malloc((M_MAX + 1) * 52 * sizeof(float)),
    };
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (int level = 0; next_level(&level, &k);) {
        CHECK(check_sizes(&k, &o), "%s: the scalar kernel's bits", k.name);
        CHECK(check_close(&k, &o), "%s: close to the product", k.name);
        CHECK(check_fit(&k, &o), "%s: fitted weights, and widened", k.name);
    }
    free(o.rows);
    free(o.panel);
    free(o.scales);
    free(o.sums);
    free(o.got);
    free(o.wide);
    free(o.want);
    return tap_done();
}
