/*
 * check_gemm_float.c - the matrix product of every level: exact on integers,
 * within the bound of kernels.h on reals, nothing read or written outside.
 */
#include "lib/kernels/pack.h"
#include "tests/kernels/levels.h"
#include "tests/kernels/products.h"

#include <float.h>

enum {
    M_MAX = 20,
    N_MAX = 100,
    K_MAX = 70
};

struct operands {
    float *a, *b, *bias;   /* end where readable memory ends */
    float *packed;         /* 64-byte aligned */
    float *c;              /* (M_MAX + 2, N_MAX + PAD + 2) with canaries */
    double *want, *bounds; /* (m, n) */
    float *parts;          /* the rows of a, split; or NULL */
    size_t parts_ld;
};

/* C = scale A B^T + bias by the definition, B (n, k), and the error allowed. */
static void reference(const struct operands *o, const float *a, const float *b,
                      const float *bias, size_t m, size_t n, size_t k,
                      size_t lda, double scale)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            const struct definition d =
                define(a + i * lda, b + j * k, 1, k, as_it_is);
            const double sum =
                d.sum * scale + (bias != NULL ? (double)bias[j] : 0.0);
            o->want[i * n + j] = sum;
            o->bounds[i * n + j] =
                ((double)k + 2.0) * 0x1p-24 * scale * d.size +
                0x1p-24 * fabs(sum);
        }
    }
}

/* One panel: as it is, or with the rows of a in parts. */
static void multiply_panel(const struct berth_kernels *kernels,
                           const struct operands *o, enum berth_format format,
                           struct berth_gemm g)
{
    if (o->parts == NULL) {
        kernels->gemm[format](&g);
        return;
    }
    for (size_t i = 0; i < g.m; i++)
        kernels->split[format](g.a + i * g.lda, g.k,
                               o->parts + i * o->parts_ld);
    g.a = o->parts;
    g.lda = o->parts_ld;
    kernels->gemm_split[format](&g);
}

static void multiply(const struct berth_kernels *kernels,
                     const struct operands *o, const float *a,
                     const float *bias, size_t m, size_t n, size_t k,
                     size_t lda, float scale, float *c, size_t ldc)
{
    for (size_t p = 0; p < berth_panels(kernels, n); p++) {
        const size_t first = p * kernels->panel_width;
        const size_t left = n - first;
        const struct berth_gemm g = {
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
        };
        multiply_panel(kernels, o, BERTH_FORMAT_F32, g);
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
        multiply_panel(kernels, o, format, g);
        if (format == BERTH_FORMAT_F16)
            kernels->widen_f16(panel, scratch, k * width);
        else
            kernels->widen_bf16(panel, scratch, k * width);
        g.panel = scratch;
        g.c = other;
        multiply_panel(kernels, o, BERTH_FORMAT_F32, g);
        same = same && memcmp(other, o->c, m * n * sizeof(float)) == 0;
    }
    free(scratch);
    free(panel);
    return same;
}

/* Long rows, the most of a task, and a panel that ends where readable memory
 * ends: within bounds, and each row's bits those it has alone; and those of a
 * product in two pieces, where that can be. */
static bool check_long(const struct berth_kernels *kernels,
                       const struct operands *o)
{
    enum {
        M = BERTH_SPLIT_ROWS,
        K = 1050,
        FIRST = 17 * BERTH_SPLIT_STEP
    };
    const size_t width = kernels->panel_width;
    float *a = malloc(M * K * sizeof(*a));
    float *panel = guarded_floats(K * width) - K * width;
    float *c = malloc(2 * M * width * sizeof(*c)), *alone = c + M * width;
    float *parts = aligned_alloc(64, M * 2 * K * sizeof(*parts));
    struct operands own = *o;
    bool ok = true;

    own.parts = o->parts != NULL ? parts : NULL;
    own.parts_ld = 2 * K / 16 * 16;
    fill(a, M * K, rng_real);
    fill(panel, K * width, rng_real);
    struct berth_gemm g = {.a = a,
                           .lda = K,
                           .panel = panel,
                           .width = width,
                           .c = c,
                           .ldc = width,
                           .m = M - 3,
                           .n = width,
                           .k = K,
                           .scale = 1.0f};
    multiply_panel(kernels, &own, BERTH_FORMAT_F32, g);
    for (size_t i = 0; i < g.m; i++) {
        for (size_t j = 0; j < width; j++) {
            const struct definition d =
                define(a + i * K, panel + j, width, K, as_it_is);
            ok = ok && tap_near((double)c[i * width + j], d.sum,
                                (K + 2.0) * 0x1p-24 * d.size);
        }
    }
    const size_t rows = g.m;
    g.m = 1;
    g.c = alone;
    for (size_t i = 0; i < rows; i++, g.a += K, g.c += width)
        multiply_panel(kernels, &own, BERTH_FORMAT_F32, g);
    ok = ok && memcmp(c, alone, rows * width * sizeof(*c)) == 0;
    for (size_t k = 0; o->parts != NULL && k < K; k += FIRST) {
        g.a = a + k;
        g.panel = panel + k * width;
        g.c = alone;
        g.m = rows;
        g.k = K - k < FIRST ? K - k : FIRST;
        g.more = k > 0;
        multiply_panel(kernels, &own, BERTH_FORMAT_F32, g);
    }
    ok = ok && memcmp(c, alone, rows * width * sizeof(*c)) == 0;
    free(a);
    free(c);
    free(parts);
    return ok;
}

/* x times y in a row of other products, which are 0. */
static float product_of(const struct berth_kernels *kernels,
                        const struct operands *o, float x, float y)
{
    const size_t k = 40, width = kernels->panel_width;
    float *a = o->a - k, *panel = o->packed, c;

    memset(a, 0, k * sizeof(*a));
    memset(panel, 0, k * width * sizeof(*panel));
    a[35] = x;
    panel[35 * width] = y;
    const struct berth_gemm g = {.a = a,
                                 .lda = k,
                                 .panel = panel,
                                 .width = width,
                                 .c = &c,
                                 .ldc = 1,
                                 .m = 1,
                                 .n = 1,
                                 .k = k,
                                 .scale = 1.0f};
    multiply_panel(kernels, o, BERTH_FORMAT_F32, g);
    return c;
}

/* Numbers at both ends of what floats hold, and what is no number. */
static bool check_ends(const struct berth_kernels *kernels,
                       const struct operands *o)
{
    static const float numbers[] = {
        0.0f,          1.0f,          FLT_MAX,          0x1.ffp127f,
        0x1.feffp127f, 0x1.234567p0f, 0x1.234567p-120f, FLT_MIN,
        0x1p-149f};
    static const uint32_t others[] = {0x7f800000, 0xff800000, 0x7fc00000,
                                      0x7fffffff, 0xffffffff, 0x7f800001};
    static const float by[] = {0.0f, 0.5f, -1.0f, 0x1.fedcbap-3f};
    const size_t n = sizeof(numbers) / sizeof(*numbers);
    bool ok = true;

    for (size_t i = 0; i < 4 * n; i++) {
        const float x = numbers[i / 4], y = by[i % 4];
        const double want = (double)x * (double)y;
        const double bound = fabs(want) * 0x1p-21 + 40 * 0x1p-122 * 3.0;

        ok = ok &&
             tap_near((double)product_of(kernels, o, x, y), want, bound) &&
             tap_near((double)product_of(kernels, o, y, x), want, bound);
    }
    for (size_t i = 0; i < 6 * 4; i++) {
        float x;
        memcpy(&x, &others[i / 4], sizeof(x));
        ok = ok && !isfinite(product_of(kernels, o, x, by[i % 4])) &&
             !isfinite(product_of(kernels, o, by[i % 4], x));
    }
    return ok;
}

/* Nothing that is fetched changes a bit, wherever it is said to be. */
static bool check_fetch(const struct berth_kernels *kernels,
                        const struct operands *o, enum berth_format format)
{
    const size_t k = K_MAX, n = kernels->panel_width, size = k * n;
    float *scratch = aligned_alloc(64, size * sizeof(*scratch));
    float *want = malloc(M_MAX * n * sizeof(*want));
    float *b = o->b - n * k, *a = o->a - M_MAX * k;
    bool same = true;

    fill(a, M_MAX * k, rng_real);
    fill(b, n * k, rng_real);
    berth_pack_panel(kernels, format, b, n, k, n, scratch, o->packed);
    for (size_t m = 1; m <= M_MAX; m++) {
        struct berth_gemm g = {.a = a,
                               .lda = k,
                               .panel = o->packed,
                               .width = n,
                               .c = want,
                               .ldc = n,
                               .m = m,
                               .n = n,
                               .k = k,
                               .scale = 0.5f};
        multiply_panel(kernels, o, format, g);
        g.c = o->c;
        g.ahead = m % 2 == 0 ? 2048 : SIZE_MAX / 2;
        for (size_t next = 0; next < 3 * size; next += 2 * size - 1) {
            g.next = next > 0 ? (const char *)o->packed : NULL;
            g.next_size = next;
            memset(o->c, 0, m * n * sizeof(*o->c));
            multiply_panel(kernels, o, format, g);
            same = same && memcmp(o->c, want, m * n * sizeof(*want)) == 0;
        }
    }
    free(scratch);
    free(want);
    return same;
}

static void check_all(const struct berth_kernels *k, const struct operands *o,
                      const char *how)
{
    CHECK(check_sizes(k, o, rng_integer, true), "%s%s: exact on integers",
          k->name, how);
    CHECK(check_sizes(k, o, rng_real, false), "%s%s: within bounds", k->name,
          how);
    CHECK(check_rows(k, o), "%s%s: a row's place does not matter", k->name,
          how);
    CHECK(check_long(k, o), "%s%s: long rows, many", k->name, how);
    CHECK(check_ends(k, o), "%s%s: large, tiny, not finite", k->name, how);
    for (int f = 0; f < BERTH_FORMAT_FLOATS; f++) {
        if (o->parts != NULL || k->gemm[f] != NULL)
            CHECK(check_fetch(k, o, (enum berth_format)f),
                  "%s%s: format %d: fetching ahead changes nothing", k->name,
                  how, f);
    }
    CHECK(check_format(k, o, BERTH_FORMAT_F16), "%s%s: float16", k->name, how);
    if (!berth_has_pairs(k, BERTH_FORMAT_BF16)) /* else: check_bf16.c */
        CHECK(check_format(k, o, BERTH_FORMAT_BF16), "%s%s: bfloat16", k->name,
              how);
}

int main(int argc, char **argv)
{
    const size_t a_size = (M_MAX + 1) * (N_MAX + K_MAX + PAD);
    struct operands o = {
        .a = guarded_floats(a_size),
        .b = guarded_floats(N_MAX * K_MAX),
        .bias = guarded_floats(N_MAX),
        .packed = aligned_alloc(64, (N_MAX + 64) * 80 * sizeof(float)),
        .c = malloc((M_MAX + 4) * (N_MAX + PAD + 2) * sizeof(float)),
        .want = malloc(M_MAX * N_MAX * sizeof(double)),
        .bounds = malloc(M_MAX * N_MAX * sizeof(double)),
    };
    float *parts = aligned_alloc(64, 64 * 256 * sizeof(*parts));
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (int level = 0; next_level(&level, &k);) {
        check_all(&k, &o, "");
        CHECK(check_pack(&k, &o), "%s: both ways to pack agree", k.name);
        if (k.gemm_split[BERTH_FORMAT_F32] == NULL)
            continue;
        o.parts = parts;
        o.parts_ld = berth_split_size(BERTH_FORMAT_F32, N_MAX) + 16;
        check_all(&k, &o, ", split");
        o.parts = NULL;
    }
    free(o.packed);
    free(o.c);
    free(o.want);
    free(o.bounds);
    free(parts);
    return tap_done();
}
