/*
 * check_bf16.c - where the level multiplies bfloat16: the product against its
 * definition in double, within the bound of kernels.h, nothing read or written
 * outside; rows as bfloat16 against the scalar kernels; the softmax.
 */
#include "lib/kernels/pack.h"
#include "tests/kernels/levels.h"
#include "tests/kernels/products.h"

#include <float.h>

enum {
    M_MAX = 70,
    K_MAX = 70,
    WIDTH_MAX = 48,
    LONG = 1050
};

/* Ends of buffers that end where readable memory ends. */
struct operands {
    float *a, *b, *bias, *scale;
    float *parts, *panel, *scratch; /* aligned */
    size_t ld;                      /* of parts */
};

/* As kernels round it. */
static double rounded(float x)
{
    uint16_t h;
    float y;
    struct berth_kernels scalar;

    berth_kernels_use_scalar(&scalar);
    scalar.narrow_bf16(&x, &h, 1);
    scalar.widen_bf16(&h, &y, 1);
    return (double)y;
}

/* Whether c (m, n) is a B^T + bias, each row times its scale, and nothing
 * beside it is written; ldc is n + PAD. */
static bool is_product(const struct operands *o, const struct berth_gemm *g,
                       const float *a, const float *b, const float *c,
                       bool exact)
{
    bool ok = true;

    for (size_t i = 0; i < g->m; i++) {
        const double scale = g->row_scale ? (double)g->row_scale[i] : 1.0;
        for (size_t j = 0; j < g->n; j++) {
            const double bias = g->bias != NULL ? (double)o->bias[j] : 0.0;
            const struct definition d =
                define(a + i * g->k, b + j * g->k, 1, g->k, rounded);
            const double bound = ((double)g->k + 4.0) * 0x1p-24 *
                                 (d.size + fabs(bias)) * fabs(scale);
            ok = ok && tap_near((double)c[i * g->ldc + j],
                                (d.sum + bias) * scale, exact ? 0.0 : bound);
        }
        for (size_t j = g->n; j < g->ldc && i + 1 < g->m; j++)
            ok = ok && c[i * g->ldc + j] == canary;
    }
    return ok;
}

static bool check_product(const struct berth_kernels *k, struct operands o,
                          size_t m, size_t n, size_t inputs, bool exact)
{
    static float c[(M_MAX + 2) * (WIDTH_MAX + PAD)], piece[sizeof(c) / 4];
    const size_t ldc = n + PAD, end = m * ldc - PAD;
    float (*next)(void) = exact ? rng_integer : rng_real;
    const float *a = o.a - m * inputs, *b = o.b - n * inputs;
    float *parts = o.parts - m * o.ld;
    bool ok = true;

    o.bias -= n;
    o.scale -= m;
    fill(o.a - m * inputs, m * inputs, next);
    fill(o.b - n * inputs, n * inputs, next);
    fill(o.bias, n, next);
    fill(o.scale, m, next);
    const size_t width = berth_panel_width(k, n, 0);
    berth_pack_panel(k, BERTH_FORMAT_BF16, b, n, inputs, width, o.scratch,
                     o.panel);
    for (size_t i = 0; i < m; i++)
        k->split[BERTH_FORMAT_BF16](a + i * inputs, inputs, parts + i * o.ld);
    for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++)
        c[i] = piece[i] = canary;
    struct berth_gemm g = {.a = parts,
                           .lda = o.ld,
                           .panel = o.panel,
                           .width = width,
                           .c = c + 1,
                           .ldc = ldc,
                           .m = m,
                           .n = n,
                           .k = inputs,
                           .scale = 1.0f,
                           .bias = n % 3 == 0 ? NULL : o.bias,
                           .row_scale = m % 2 == 0 ? NULL : o.scale};
    k->gemm_split[BERTH_FORMAT_BF16](&g);
    ok = is_product(&o, &g, a, b, c + 1, exact) && c[0] == canary &&
         c[end + 1] == canary;
    /* Each row by itself. */
    g.c = piece + 1;
    g.m = 1;
    for (size_t i = 0; i < m; i++, g.a += o.ld, g.c += ldc) {
        g.row_scale = m % 2 == 0 ? NULL : o.scale + i;
        k->gemm_split[BERTH_FORMAT_BF16](&g);
    }
    ok = ok && memcmp(c, piece, sizeof(c)) == 0;
    if (!ok)
        printf("# %s: m %zu n %zu k %zu\n", k->name, m, n, inputs);
    return ok;
}

static bool check_products(const struct berth_kernels *k,
                           const struct operands *o, bool exact)
{
    static const size_t inputs[] = {1, 2, 31, 32, 33, K_MAX};
    bool ok = true;

    for (size_t m = 1; m <= M_MAX; m += m < 35 ? 1 : 7) {
        for (size_t n = 1; n <= WIDTH_MAX; n += n < 17 ? 1 : 5)
            ok = check_product(k, *o, m, n, inputs[(m + n) % 6], exact) && ok;
        ok = check_product(k, *o, m, WIDTH_MAX, inputs[m % 6], exact) && ok;
    }
    return ok;
}

/* Many inputs of the most rows: in two pieces they give the same bits. */
static bool check_pieces(const struct berth_kernels *k)
{
    enum {
        M = BERTH_SPLIT_ROWS - 5,
        FIRST = 17 * BERTH_SPLIT_STEP
    };
    const size_t width = k->panel_width;
    const size_t ld = berth_split_size(BERTH_FORMAT_BF16, LONG) + 16;
    float *x = aligned_alloc(64, M * LONG * sizeof(*x) / 64 * 64 + 64);
    float *parts = aligned_alloc(64, M * ld * sizeof(*parts));
    float *c = malloc(2 * M * width * sizeof(*c)), *other = c + M * width;
    float *panel =
        aligned_alloc(64, berth_split_steps(LONG) * width * sizeof(*panel));
    bool ok = true;

    fill(x, M * LONG, rng_real);
    for (size_t i = 0; i < M; i++)
        k->split[BERTH_FORMAT_BF16](x + i * LONG, LONG, parts + i * ld);
    k->round_pairs(x, width, LONG, width, panel);
    struct berth_gemm g = {.a = parts,
                           .lda = ld,
                           .panel = panel,
                           .width = width,
                           .c = c,
                           .ldc = width,
                           .m = M,
                           .n = width,
                           .k = LONG,
                           .scale = 1.0f,
                           .bias = x};
    k->gemm_split[BERTH_FORMAT_BF16](&g);
    g.c = other;
    g.k = FIRST;
    k->gemm_split[BERTH_FORMAT_BF16](&g);
    g.a += FIRST / 2;
    g.panel = panel + FIRST / 2 * width;
    g.k = LONG - FIRST;
    g.bias = NULL;
    g.more = true;
    k->gemm_split[BERTH_FORMAT_BF16](&g);
    ok = memcmp(c, other, M * width * sizeof(*c)) == 0;
    for (size_t i = 0; i < M; i++) {
        const struct definition d =
            define(x + i * LONG, x + 5, width, LONG, rounded);
        ok = ok && tap_near((double)c[i * width + 5], d.sum + (double)x[5],
                            (LONG + 4.0) * 0x1p-24 * d.size);
    }
    free(x);
    free(parts);
    free(c);
    free(panel);
    return ok;
}

/* Any number at all: what is small, what is rounded up, what is no number. */
static float rng_bits(void)
{
    const uint32_t kinds[] = {rng(), rng() & 0x807fffff, rng() | 0x7f800000,
                              rng() | 0x7fff};
    float x;

    memcpy(&x, &kinds[rng() % 4], sizeof(x));
    return x;
}

static bool same_number(uint16_t got, uint16_t want, bool subnormal)
{
    const bool nan = (want & 0x7fff) > 0x7f80;

    if (nan)
        return (got & 0x7fff) > 0x7f80;
    if (!subnormal && (want & 0x7fff) <= 0x80)
        return (got & 0x7fff) <= 0x80;
    return got == want;
}

static bool check_split(const struct berth_kernels *k, const struct operands *o)
{
    struct berth_kernels scalar;
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    for (size_t n = 1; n <= 200; n++) {
        float *x = o->a - n;
        const size_t end = berth_split_steps(n);
        uint16_t want[256] = {0}, got[256];

        fill(x, n, rng_bits);
        scalar.narrow_bf16(x, want, n);
        memset(o->panel, 1, sizeof(got));
        k->split[BERTH_FORMAT_BF16](x, n, o->panel);
        memcpy(got, o->panel, sizeof(got));
        for (size_t i = 0; i < end; i++)
            ok = ok && same_number(got[i], want[i], false);
        ok = ok && (end == 256 || got[end] == 0x0101);
    }
    return ok;
}

static bool check_pairs(const struct berth_kernels *k, const struct operands *o)
{
    struct berth_kernels scalar;
    bool ok = true;

    berth_kernels_use_scalar(&scalar);
    for (size_t n = 1; n <= 40; n++) {
        const size_t m = n * 7 % 37 + 1, end = berth_split_steps(m);
        const size_t ld = n + PAD, size = (m - 1) * ld + n;
        float *x = o->a - size;
        uint16_t *got = (uint16_t *)o->parts - end * n;

        fill(x, size, rng_bits);
        k->round_pairs(x, ld, m, n, got);
        for (size_t i = 0; i < end * n; i++) {
            const size_t row = i / (2 * n) * 2 + i % 2, j = i % (2 * n) / 2;
            uint16_t want = 0;
            if (row < m)
                scalar.narrow_bf16(x + row * ld + j, &want, 1);
            ok = ok && same_number(got[i], want, true);
        }
    }
    return ok;
}

static bool check_softmax(const struct berth_kernels *k,
                          const struct operands *o)
{
    bool ok = true;

    for (size_t n = 1; n <= 200; n++) {
        float *x = o->a - n;
        uint16_t *got = (uint16_t *)o->parts - n;
        double sum = 0.0, max = -1e300;

        for (size_t i = 0; i < n; i++) {
            x[i] = rng() % 9 == 0 ? -FLT_MAX
                                  : rng_real() * (n % 3 == 0 ? 60.0f : 5.0f);
            max = fmax(max, (double)x[i]);
        }
        const double scale = (double)k->softmax_bf16(x, n, got);
        for (size_t i = 0; i < n; i++) {
            const double e = exp((double)x[i] - max);
            float y;
            k->widen_bf16(got + i, &y, 1);
            sum += (double)y;
            ok = ok &&
                 tap_near((double)y, e, (0x1p-8 + 2e-4) * e + (double)FLT_MIN);
        }
        ok = ok && tap_near(scale * sum, 1.0, 0x1p-20);
        x[rng() % n] = n % 2 == 0 ? NAN : INFINITY;
        ok = ok && isnan(k->softmax_bf16(x, n, got));
    }
    return ok;
}

int main(int argc, char **argv)
{
    static _Alignas(64) float panel[WIDTH_MAX * 96], scratch[WIDTH_MAX * 96];
    struct operands o = {
        .a = guarded_floats(M_MAX * K_MAX),
        .b = guarded_floats(WIDTH_MAX * K_MAX),
        .bias = guarded_floats(WIDTH_MAX),
        .scale = guarded_floats(M_MAX),
        .ld = berth_split_size(BERTH_FORMAT_BF16, K_MAX),
        .panel = panel,
        .scratch = scratch,
    };
    struct berth_kernels k;

    rng_seed(argc, argv);
    o.parts = guarded_floats(M_MAX * o.ld);
    for (int level = 0; next_level(&level, &k);) {
        berth_kernels_select(&k, (enum berth_cpu)(level - 1), true);
        if (k.round_pairs == NULL)
            continue;
        CHECK(check_products(&k, &o, true), "%s: exact on integers", k.name);
        CHECK(check_products(&k, &o, false), "%s: within bounds", k.name);
        CHECK(check_pieces(&k), "%s: long rows, many, in pieces", k.name);
        CHECK(check_split(&k, &o), "%s: rows are rounded", k.name);
        CHECK(check_pairs(&k, &o), "%s: rows in pairs are", k.name);
        CHECK(check_softmax(&k, &o), "%s: softmax", k.name);
    }
    return tap_done();
}
