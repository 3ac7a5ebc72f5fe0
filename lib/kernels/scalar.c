/*
 * scalar.c - every kernel as plain loops: the specification, never optimised.
 */
#include "lib/crc32c.h"
#include "lib/kernels/kernels.h"
#include "lib/sums.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    PANEL = 8
};

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static float half_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    uint32_t exponent = h >> 10 & 0x1fu;
    uint32_t fraction = h & 0x3ffu;
    uint32_t bits;
    float value;

    if (exponent == 0) { /* zero and subnormals: fraction times 2^-24 */
        value = (float)fraction * 0x1p-24f;
        memcpy(&bits, &value, sizeof(bits));
        bits |= sign;
    } else if (exponent == 0x1f) { /* infinity and NaN; NaN becomes quiet */
        bits = sign | 0x7f800000u | fraction << 13;
        if (fraction != 0)
            bits |= 0x400000u;
    } else {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    }
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void widen_f16_scalar(const void *src, float *out, size_t n)
{
    const unsigned char *p = src;

    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, p + i * sizeof(h), sizeof(h));
        out[i] = half_to_float(h);
    }
}

static void widen_bf16_scalar(const void *src, float *out, size_t n)
{
    const unsigned char *p = src;

    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, p + i * sizeof(h), sizeof(h));
        uint32_t bits = (uint32_t)h << 16;
        memcpy(&out[i], &bits, sizeof(bits));
    }
}

/* To the nearest: the discarded part is compared with half of the last place
 * kept. */
static uint32_t round_shift(uint32_t x, uint32_t shift)
{
    const uint32_t half = 1u << (shift - 1);
    const uint32_t rest = x & ((1u << shift) - 1);
    const uint32_t kept = x >> shift;

    return kept + (rest > half || (rest == half && (kept & 1u) != 0));
}

static uint16_t float_to_half(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof(bits));
    const uint32_t sign = bits >> 16 & 0x8000u;
    const uint32_t size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) /* NaN: quiet, as much of the payload as fits */
        return (uint16_t)(sign | 0x7e00u | (size >> 13 & 0x1ffu));
    if (size >= 0x47800000u) /* 2^16 and more */
        return (uint16_t)(sign | 0x7c00u);
    if (size >= 0x38800000u) /* normal: 2^-14 and more; may round up to inf */
        return (uint16_t)(sign | round_shift(size - (112u << 23), 13));
    if (size < 0x33000000u) /* below half of 2^-24 */
        return (uint16_t)sign;
    const uint32_t exponent = size >> 23;
    const uint32_t fraction = (size & 0x7fffffu) | 0x800000u;
    return (uint16_t)(sign | round_shift(fraction, 126 - exponent));
}

static void narrow_f16_scalar(const float *x, void *out, size_t n)
{
    unsigned char *p = out;

    for (size_t i = 0; i < n; i++) {
        const uint16_t h = float_to_half(x[i]);
        memcpy(p + i * sizeof(h), &h, sizeof(h));
    }
}

static void narrow_bf16_scalar(const float *x, void *out, size_t n)
{
    unsigned char *p = out;

    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof(bits));
        const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
        const uint16_t h =
            (uint16_t)(nan ? bits >> 16 | 0x40u : round_shift(bits, 16));
        memcpy(p + i * sizeof(h), &h, sizeof(h));
    }
}

static float element(const void *panel, size_t i, enum berth_format format)
{
    const unsigned char *p = panel;
    float x;

    if (format == BERTH_FORMAT_F16)
        widen_f16_scalar(p + 2 * i, &x, 1);
    else if (format == BERTH_FORMAT_BF16)
        widen_bf16_scalar(p + 2 * i, &x, 1);
    else
        memcpy(&x, p + sizeof(x) * i, sizeof(x));
    return x;
}

static void gemm(const struct berth_gemm *g, enum berth_format format)
{
    for (size_t i = 0; i < g->m; i++) {
        for (size_t j = 0; j < g->n; j++) {
            float sum = 0.0f;
            for (size_t k = 0; k < g->k; k++)
                sum += g->a[i * g->lda + k] *
                       element(g->panel, k * g->width + j, format);
            float bias = g->bias != NULL ? g->bias[j] : 0.0f;
            g->c[i * g->ldc + j] = sum * g->scale + bias;
        }
    }
}

static void gemm_f32_scalar(const struct berth_gemm *g)
{
    gemm(g, BERTH_FORMAT_F32);
}

static void gemm_f16_scalar(const struct berth_gemm *g)
{
    gemm(g, BERTH_FORMAT_F16);
}

static void gemm_bf16_scalar(const struct berth_gemm *g)
{
    gemm(g, BERTH_FORMAT_BF16);
}

static int8_t weight(const struct berth_gemm_i8 *g, size_t k, size_t j)
{
    return g->panel[(k / BERTH_I8_STEP * g->width + j) * BERTH_I8_STEP +
                    k % BERTH_I8_STEP];
}

/* The exact sum of group x, column j. */
static int32_t group_sum(const struct berth_gemm_i8 *g, const uint8_t *a,
                         size_t x, size_t j)
{
    const size_t first = x * BERTH_I8_GROUP;
    const size_t end =
        g->k - first < BERTH_I8_GROUP ? g->k : first + BERTH_I8_GROUP;
    int32_t sum = 0;

    for (size_t k = first; k < end; k++)
        sum +=
            a[k] * g->panel[(k / BERTH_I8_STEP * g->width + j) * BERTH_I8_STEP +
                            k % BERTH_I8_STEP];
    return sum;
}

static float add_outliers(const struct berth_gemm_i8 *g, size_t i, size_t j,
                          float y)
{
    for (uint32_t x = 0; x < g->n_outliers[i]; x++) {
        const struct berth_outlier *o = &g->outliers[i * g->max_outliers + x];
        const float scale = g->scales[o->k / BERTH_I8_GROUP * g->width + j];
        y = fmaf(o->rest * scale, (float)weight(g, o->k, j), y);
    }
    return y;
}

static void gemm_i8_scalar(const struct berth_gemm_i8 *g)
{
    const size_t groups = (g->k + BERTH_I8_GROUP - 1) / BERTH_I8_GROUP;

    for (size_t i = 0; i < g->m; i++) {
        for (size_t j = 0; j < g->n; j++) {
            float sum = 0.0f;
            for (size_t x = 0; x < groups; x++)
                sum = fmaf((float)group_sum(g, g->a + i * g->lda, x, j),
                           g->scales[x * g->width + j], sum);
            const float bias = g->bias != NULL ? g->bias[j] : 0.0f;
            const float y =
                fmaf(g->a_scale[i], sum, fmaf(g->a_min[i], g->sums[j], bias));
            g->c[i * g->ldc + j] = add_outliers(g, i, j, y);
        }
    }
}

static void widen_i8_scalar(const int8_t *panel, const float *scales,
                            size_t width, size_t k, float *out)
{
    for (size_t i = 0; i < k; i++) {
        const int8_t *q = panel + i / BERTH_I8_STEP * width * BERTH_I8_STEP +
                          i % BERTH_I8_STEP;
        const float *scale = scales + i / BERTH_I8_GROUP * width;

        for (size_t j = 0; j < width; j++)
            out[i * width + j] = (float)q[j * BERTH_I8_STEP] * scale[j];
    }
}

static void quantize_scalar(const float *x, size_t n, unsigned levels,
                            uint8_t *q, struct berth_quantized_row *to)
{
    float low = INFINITY, high = -INFINITY, sum = 0.0f, squares = 0.0f;

    for (size_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        sum += x[i];
        squares += x[i] * x[i];
    }
    const float mean = sum / (float)n;
    const float variance = squares / (float)n - mean * mean;
    const float far =
        (float)berth_reach(levels) * sqrtf(variance > 0.0f ? variance : 0.0f);
    low = mean - far > low ? mean - far : low;
    low = isfinite(mean) ? low : NAN;
    high = mean + far < high ? mean + far : high;
    const float range = high - low, top = (float)levels;
    const float inverse = range > 0.0f ? top / range : 0.0f;
    to->scale = range > 0.0f ? range * (1.0f / top) : 0.0f;
    to->min = low;
    to->n_outliers = 0;
    for (size_t i = 0; i < n; i++) {
        const float level = rintf((x[i] - low) * inverse);
        q[i] = (uint8_t)(level >= 0.0f ? (level <= top ? level : top) : 0.0f);
        if ((x[i] < low || x[i] > high) &&
            to->n_outliers < berth_outliers_max(n))
            to->outliers[to->n_outliers++] = (struct berth_outlier){
                (uint32_t)i, x[i] - (q[i] == 0 ? low : high)};
    }
}

static void gemm_i16_scalar(const struct berth_gemm_i16 *g)
{
    for (size_t i = 0; i < g->m; i++) {
        for (size_t j = 0; j < g->n; j++) {
            int32_t sum = 0;

            for (size_t k = 0; k < g->k; k++)
                sum += g->a[i * g->lda + k] *
                       g->panel[(k / 2 * g->width + j) * 2 + k % 2];
            g->c[i * g->ldc + j] = (float)sum * g->a_scale[i];
        }
    }
}

/* Where level (i, j) is is said by the distances between rows, between columns
 * and between rows of a pair. */
static float levels_of(const float *x, size_t ld, size_t m, size_t n,
                       float most, int16_t *q, const size_t apart[3])
{
    float largest = 0.0f, nothing = 0.0f;

    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            const float y = fabsf(x[i * ld + j]);
            largest = y > largest ? y : largest;
            nothing += 0.0f * y; /* NaN: there was no number */
        }
    }
    const float by = largest > 0.0f ? most / largest : 0.0f;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            const float level = rintf(x[i * ld + j] * by);
            q[i / 2 * apart[0] + i % 2 * apart[1] + j * apart[2]] =
                (int16_t)(fabsf(level) <= most ? level : 0.0f);
        }
    }
    return largest / most + nothing;
}

static float levels_scalar(const float *x, size_t ld, size_t m, size_t n,
                           float most, void *q)
{
    const size_t even = n + n % 2;

    memset(q, 0, m * even * sizeof(int16_t));
    return levels_of(x, ld, m, n, most, q, (size_t[]){2 * even, even, 1});
}

static float level_pairs_scalar(const float *x, size_t ld, size_t m, size_t n,
                                float most, void *q)
{
    memset(q, 0, (m + m % 2) * n * sizeof(int16_t));
    return levels_of(x, ld, m, n, most, q, (size_t[]){2 * n, 1, 2});
}

static float softmax_levels_scalar(const float *x, size_t n, int16_t *q)
{
    const float most = BERTH_I16_WEIGHT;
    float max = x[0];
    double sum = 0.0;

    for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;
    for (size_t i = 0; i < n; i++) {
        const float level = rintf(most * expf(x[i] - max));
        q[i] = (int16_t)(level <= most ? level : 0.0f);
        sum += (double)level;
    }
    return 1.0f / (float)sum;
}

static float quantize_group_scalar(const float *x, size_t n, uint8_t *q,
                                   float *scale)
{
    float largest = 0.0f, sum = 0.0f, nothing = 0.0f;

    for (size_t i = 0; i < n; i++) {
        largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
        nothing += 0.0f * x[i]; /* NaN: there was no number */
    }
    *scale = largest / 127.0f + nothing;
    const float inverse = *scale > 0.0f ? 1.0f / *scale : 0.0f;
    for (size_t i = 0; i < n; i++) {
        const float level = rintf(x[i] * inverse);
        /* A NaN fails both comparisons and becomes a number too. */
        const float kept =
            level <= 127.0f ? (level >= -127.0f ? level : -127.0f) : 127.0f;
        q[i] = (uint8_t)(kept + 128.0f);
        sum += kept;
    }
    return sum;
}

static float gelu(float x)
{
    return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
}

static float gelu_tanh(float x)
{
    const float root = 0.79788456080286536f; /* sqrt(2 / pi) */

    return 0.5f * x * (1.0f + tanhf(root * (x + 0.044715f * x * x * x)));
}

static float relu(float x)
{
    return x < 0.0f ? 0.0f : x;
}

static float silu(float x)
{
    return x / (1.0f + expf(-x));
}

static void function_scalar(enum berth_function f, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (f == BERTH_FUNCTION_GELU || f == BERTH_FUNCTION_GELU_COARSE)
            x[i] = gelu(x[i]);
        else if (f == BERTH_FUNCTION_GELU_TANH ||
                 f == BERTH_FUNCTION_GELU_TANH_COARSE)
            x[i] = gelu_tanh(x[i]);
        else if (f == BERTH_FUNCTION_RELU)
            x[i] = relu(x[i]);
        else if (f == BERTH_FUNCTION_SILU)
            x[i] = silu(x[i]);
        else if (f == BERTH_FUNCTION_TANH)
            x[i] = tanhf(x[i]);
    }
}

static void softmax_scalar(float *x, size_t n)
{
    float max = x[0];
    double sum = 0.0;

    for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;
    for (size_t i = 0; i < n; i++) {
        x[i] = expf(x[i] - max);
        sum += (double)x[i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= (float)sum;
}

static double log_sum_scalar(const float *x, size_t n)
{
    float max = x[0];

    for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;
    double sum = exp((double)x[0] - (double)max);
    for (size_t i = 1; i < n; i++)
        sum += exp((double)x[i] - (double)max);
    return (double)max + log(sum);
}

static void layer_norm_scalar(const float *x, const float *residual,
                              const float *weight, const float *bias, float eps,
                              float *out, size_t n)
{
    float mean = 0.0f;
    float variance = 0.0f;

    for (size_t i = 0; i < n; i++) {
        out[i] = residual != NULL ? x[i] + residual[i] : x[i];
        mean += out[i];
    }
    mean /= (float)n;
    for (size_t i = 0; i < n; i++)
        variance += (out[i] - mean) * (out[i] - mean);
    float scale = 1.0f / sqrtf(variance / (float)n + eps);
    for (size_t i = 0; i < n; i++)
        out[i] = (out[i] - mean) * scale * weight[i] + bias[i];
}

static void add_scalar(float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

static void scale_scalar(const float *x, const float *residual,
                         const float *weight, const float *bias, float *out,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float y = residual != NULL ? x[i] + residual[i] : x[i];

        out[i] = y * weight[i] + bias[i];
    }
}

static void rotate_scalar(float *x, const float *turn, size_t n)
{
    float *y = x + n;

    for (size_t j = 0; j < n; j++) {
        const float a = x[j], b = y[j];

        x[j] = a * turn[j] - b * turn[n + j];
        y[j] = b * turn[j] + a * turn[n + j];
    }
}

static void pack_transposed_scalar(const float *src, size_t ld, size_t n,
                                   size_t k, float *panel, size_t width)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < width; j++)
            panel[i * width + j] = j < n ? src[j * ld + i] : 0.0f;
    }
}

static void dots_scalar(const float *x, const float *rows, size_t n_rows,
                        size_t n, float *out, struct berth_sums *sums)
{
    if (sums != NULL)
        berth_sums_steps(sums, rows, n_rows * n * sizeof(*rows));
    for (size_t i = 0; i < n_rows; i++, rows += n) {
        float lanes[BERTH_LANES] = {0};

        for (size_t j = 0; j < n; j++)
            lanes[j % BERTH_LANES] += x[j] * rows[j];
        for (size_t half = BERTH_LANES / 2; half > 0; half /= 2)
            for (size_t j = 0; j < half; j++)
                lanes[j] += lanes[j + half];
        out[i] = lanes[0];
    }
}

static void dots_u8_scalar(const int16_t *x, const uint8_t *rows, uint8_t flip,
                           size_t n_rows, size_t n, int32_t *out,
                           struct berth_sums *sums)
{
    if (sums != NULL)
        berth_sums_steps(sums, rows, n_rows * n);
    for (size_t i = 0; i < n_rows; i++) {
        out[i] = 0;
        for (size_t j = 0; j < n; j++)
            out[i] += x[j] * (rows[i * n + j] ^ flip);
    }
}

static void dots_bits_scalar(const int8_t *x, const uint8_t *rows,
                             size_t n_rows, size_t n, int32_t *out)
{
    for (size_t i = 0; i < n_rows; i++) {
        out[i] = 0;
        for (size_t j = 0; j < 8 * n; j++)
            out[i] += (rows[i * n + j / 8] >> j % 8 & 1) != 0 ? x[j] : 0;
    }
}

static size_t reach_scalar(const float *x, const float *limit, size_t n,
                           uint32_t *which)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        if (!(x[i] < limit[i]))
            which[found++] = (uint32_t)i;
    return found;
}

void berth_kernels_use_scalar(struct berth_kernels *k)
{
    *k = (struct berth_kernels){
        .name = "scalar",
        .panel_width = PANEL,
        .panel_unit = 1,
        .gemm = {gemm_f32_scalar, gemm_f16_scalar, gemm_bf16_scalar},
        .gemm_i8 = gemm_i8_scalar,
        .gemm_i16 = gemm_i16_scalar,
        .i8_levels = BERTH_I8_LEVELS,
        .widen_i8 = widen_i8_scalar,
        .quantize = quantize_scalar,
        .quantize_group = quantize_group_scalar,
        .function = function_scalar,
        .levels = levels_scalar,
        .level_pairs = level_pairs_scalar,
        .softmax = softmax_scalar,
        .softmax_levels = softmax_levels_scalar,
        .log_sum = log_sum_scalar,
        .layer_norm = layer_norm_scalar,
        .add = add_scalar,
        .scale = scale_scalar,
        .rotate = rotate_scalar,
        .widen_f16 = widen_f16_scalar,
        .widen_bf16 = widen_bf16_scalar,
        .narrow_f16 = narrow_f16_scalar,
        .narrow_bf16 = narrow_bf16_scalar,
        .sums = berth_sums_steps,
        .dots = dots_scalar,
        .dots_u8 = dots_u8_scalar,
        .dots_bits = dots_bits_scalar,
        .reach = reach_scalar,
        .crc32c = berth_crc32c,
        .pack_transposed = pack_transposed_scalar,
    };
}
