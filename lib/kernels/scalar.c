/*
 * scalar.c - every kernel as plain loops: the specification, never optimised.
 */
#include "lib/kernels/kernels.h"

#include <math.h>
#include <string.h>

enum {
    PANEL = 8
};

static void gemm_f32_scalar(const struct berth_gemm_f32 *g)
{
    for (size_t i = 0; i < g->m; i++) {
        for (size_t j = 0; j < g->n; j++) {
            float sum = 0.0f;
            for (size_t k = 0; k < g->k; k++)
                sum += g->a[i * g->lda + k] * g->panel[k * g->width + j];
            float bias = g->bias != NULL ? g->bias[j] : 0.0f;
            g->c[i * g->ldc + j] = sum * g->scale + bias;
        }
    }
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

static void function_scalar(enum berth_function f, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (f == BERTH_FUNCTION_GELU)
            x[i] = gelu(x[i]);
        else if (f == BERTH_FUNCTION_GELU_TANH)
            x[i] = gelu_tanh(x[i]);
        else if (f == BERTH_FUNCTION_RELU)
            x[i] = relu(x[i]);
        else if (f == BERTH_FUNCTION_TANH)
            x[i] = tanhf(x[i]);
    }
}

static void softmax_scalar(float *x, size_t n)
{
    float max = x[0];
    float sum = 0.0f;

    for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;
    for (size_t i = 0; i < n; i++) {
        x[i] = expf(x[i] - max);
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= sum;
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

static void pack_transposed_scalar(const float *src, size_t ld, size_t n,
                                   size_t k, float *panel, size_t width)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < width; j++)
            panel[i * width + j] = j < n ? src[j * ld + i] : 0.0f;
    }
}

void berth_kernels_use_scalar(struct berth_kernels *k)
{
    *k = (struct berth_kernels){
        .name = "scalar",
        .panel_width = PANEL,
        .panel_unit = 1,
        .gemm_f32 = gemm_f32_scalar,
        .function = function_scalar,
        .softmax = softmax_scalar,
        .layer_norm = layer_norm_scalar,
        .widen_f16 = widen_f16_scalar,
        .widen_bf16 = widen_bf16_scalar,
        .pack_transposed = pack_transposed_scalar,
    };
}
