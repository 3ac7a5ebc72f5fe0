/*
 * check_gemm_float.c - the matrix product of every level: exact on integers,
 * within the bound of kernels.h on reals, nothing read or written outside.
 */
#include "lib/kernels/pack.h"
#include "tests/kernels/levels.h"

enum {
    M_MAX = 20,
    N_MAX = 100,
    K_MAX = 70,
    PAD = 3
};

static const float canary = 12345.5f;

struct operands {
    float *a, *b, *bias;   /* end where readable memory ends */
    float *packed;         /* 64-byte aligned */
    float *c;              /* (M_MAX + 2, N_MAX + PAD + 2) with canaries */
    double *want, *bounds; /* (m, n) */
};

static void fill(float *x, size_t n, float (*next)(void))
{
    for (size_t i = 0; i < n; i++)
        x[i] = next();
}

/* C = scale A B^T + bias by the definition, B (n, k), and the error allowed. */
static void reference(const struct operands *o, const float *a, const float *b,
                      const float *bias, size_t m, size_t n, size_t k,
                      size_t lda, double scale)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0, size = 0.0;
            for (size_t x = 0; x < k; x++) {
                const double p = (double)a[i * lda + x] * (double)b[j * k + x];
                sum += p;
                size += fabs(p);
            }
            sum = sum * scale + (bias != NULL ? (double)bias[j] : 0.0);
            o->want[i * n + j] = sum;
            o->bounds[i * n + j] = ((double)k + 2.0) * 0x1p-24 * scale * size +
                                   0x1p-24 * fabs(sum);
        }
    }
}

static void multiply(const struct berth_kernels *kernels,
                     const struct operands *o, const float *a,
                     const float *bias, size_t m, size_t n, size_t k,
                     size_t lda, float scale, float *c, size_t ldc)
{
    for (size_t p = 0; p < berth_panels(kernels, n); p++) {
        const size_t first = p * kernels->panel_width;
        const size_t left = n - first;
        kernels->gemm[BERTH_FORMAT_F32](&(struct berth_gemm){
            .a = a,
            .lda = lda,
            .panel = o->packed + first * k,
            .width = berth_panel_width(kernels, n, p),
            .c = c + first,
            .ldc = ldc,
            .m = m,
            .n = left < kernels->panel_width ? left : kernels->panel_width,
            .k = k,
            .scale = scale,
            .bias = bias != NULL ? bias + first : NULL,
        });
    }
}

/* Whether one product is right and its surroundings are untouched. */
static bool check_one(const struct berth_kernels *kernels,
                      const struct operands *o, size_t m, size_t n, size_t k,
                      bool with_bias, float scale, float (*next)(void),
                      bool exact)
{
    const size_t lda = k + PAD, ldc = n + PAD;
    float *a = o->a - (m == 0 ? 0 : (m - 1) * lda + k);
    float *b = o->b - n * k;
    float *bias = o->bias - n;
    float *c = o->c + ldc + 1;
    bool same = true;

    fill(a, (m - 1) * lda + k, next);
    fill(b, n * k, next);
    fill(bias, n, next);
    for (size_t i = 0; i < (m + 2) * ldc + 2; i++)
        o->c[i] = canary;
    berth_pack_transposed(kernels, b, k, n, k, o->packed);
    reference(o, a, b, with_bias ? bias : NULL, m, n, k, lda, (double)scale);
    multiply(kernels, o, a, with_bias ? bias : NULL, m, n, k, lda, scale, c,
             ldc);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++)
            same = same && tap_near((double)c[i * ldc + j], o->want[i * n + j],
                                    exact ? 0.0 : o->bounds[i * n + j]);
        for (size_t j = n; j < ldc; j++)
            same = same && c[i * ldc + j] == canary;
    }
    for (size_t i = 0; i < ldc + 1; i++)
        same = same && o->c[i] == canary && c[m * ldc + i] == canary;
    if (!same)
        printf("# %s: m %zu n %zu k %zu\n", kernels->name, m, n, k);
    return same;
}

static bool check_sizes(const struct berth_kernels *kernels,
                        const struct operands *o, float (*next)(void),
                        bool exact)
{
    static const size_t ks[] = {1, 2, 7, 16, 17, 31, K_MAX};
    bool ok = true;

    for (size_t m = 1; m <= M_MAX; m++) {
        for (size_t n = 1; n <= N_MAX; n += n < 50 ? 1 : 7)
            ok = check_one(kernels, o, m, n, ks[(m + n) % 7], n % 2 == 0,
                           exact ? 2.0f : 0.3f, next, exact) &&
                 ok;
    }
    return ok;
}

/* The same row gives the same bits wherever it is in a block. */
static bool check_rows(const struct berth_kernels *kernels,
                       const struct operands *o)
{
    const size_t n = 50, k = 33, lda = k;
    float *a = o->a - M_MAX * lda;
    float *b = o->b - n * k;
    bool same = true;

    fill(a, lda, rng_real);
    for (size_t i = 1; i < M_MAX; i++)
        memcpy(a + i * lda, a, lda * sizeof(*a));
    fill(b, n * k, rng_real);
    berth_pack_transposed(kernels, b, k, n, k, o->packed);
    for (size_t m = 1; m <= M_MAX; m++) {
        multiply(kernels, o, a, NULL, m, n, k, lda, 1.0f, o->c, n);
        for (size_t i = 1; i < m; i++)
            same = same && memcmp(o->c, o->c + i * n, n * sizeof(float)) == 0;
    }
    return same;
}

/* The other way to pack agrees with the first. */
static bool check_pack(const struct berth_kernels *kernels,
                       const struct operands *o)
{
    const size_t k = 19;
    bool same = true;

    for (size_t n = 1; n < N_MAX; n++) {
        float *b = o->b - n * k; /* (n, k) */
        float *t = o->a - k * n; /* (k, n) */
        const size_t size = k * berth_padded_columns(kernels, n);
        float *other = malloc(size * sizeof(*other));

        fill(b, n * k, rng_real);
        for (size_t i = 0; i < n * k; i++)
            t[i % k * n + i / k] = b[i];
        berth_pack_transposed(kernels, b, k, n, k, o->packed);
        berth_pack(kernels, t, n, n, k, other);
        same = same && memcmp(other, o->packed, size * sizeof(*other)) == 0;
        free(other);
    }
    return same;
}

/* 16-bit panels give the bits that the widened panel gives. */
static bool check_format(const struct berth_kernels *kernels,
                         const struct operands *o, enum berth_format format)
{
    const size_t k = 37, m = 11;
    float *scratch = aligned_alloc(64, k * 64 * sizeof(*scratch));
    void *panel = aligned_alloc(64, k * 64 * sizeof(*scratch));
    float *a = o->a - m * k;
    float other[11 * 48];
    bool same = true;

    fill(a, m * k, rng_real);
    for (size_t n = 1; n <= kernels->panel_width; n++) {
        const size_t width = berth_panel_width(kernels, n, 0);
        float *b = o->b - n * k;
        struct berth_gemm g = {.a = a,
                               .lda = k,
                               .panel = panel,
                               .width = width,
                               .c = o->c,
                               .ldc = n,
                               .m = m,
                               .n = n,
                               .k = k,
                               .scale = 1.0f};
        fill(b, n * k, rng_real);
        berth_pack_panel(kernels, format, b, n, k, width, scratch, panel);
        kernels->gemm[format](&g);
        if (format == BERTH_FORMAT_F16)
            kernels->widen_f16(panel, scratch, k * width);
        else
            kernels->widen_bf16(panel, scratch, k * width);
        g.panel = scratch;
        g.c = other;
        kernels->gemm[BERTH_FORMAT_F32](&g);
        same = same && memcmp(other, o->c, m * n * sizeof(float)) == 0;
    }
    free(scratch);
    free(panel);
    return same;
}

int main(int argc, char **argv)
{
    const size_t a_size = (M_MAX + 1) * (N_MAX + K_MAX + PAD);
    struct operands o = {
        .a = (void *)guarded_end(a_size * sizeof(float)),
        .b = (void *)guarded_end(N_MAX * K_MAX * sizeof(float)),
        .bias = (void *)guarded_end(N_MAX * sizeof(float)),
        .packed = aligned_alloc(64, (N_MAX + 64) * 80 * sizeof(float)),
        .c = malloc((M_MAX + 4) * (N_MAX + PAD + 2) * sizeof(float)),
        .want = malloc(M_MAX * N_MAX * sizeof(double)),
        .bounds = malloc(M_MAX * N_MAX * sizeof(double)),
    };
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (int level = 0; next_level(&level, &k);) {
        CHECK(check_sizes(&k, &o, rng_integer, true), "%s: exact on integers",
              k.name);
        CHECK(check_sizes(&k, &o, rng_real, false), "%s: within bounds",
              k.name);
        CHECK(check_rows(&k, &o), "%s: a row's place does not matter", k.name);
        CHECK(check_pack(&k, &o), "%s: both ways to pack agree", k.name);
        CHECK(check_format(&k, &o, BERTH_FORMAT_F16), "%s: float16", k.name);
        CHECK(check_format(&k, &o, BERTH_FORMAT_BF16), "%s: bfloat16", k.name);
    }
    free(o.packed);
    free(o.c);
    free(o.want);
    free(o.bounds);
    return tap_done();
}
