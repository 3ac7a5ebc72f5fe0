/*
 * widen.c - stored floats of every width as float32.
 */
#include "models/files/tensor_set.h"

#include <string.h>

static float from_bits(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Exact: every float16, subnormal ones too, is a float32. */
static float from_f16(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t exponent = (h >> 10) & 0x1f;
    uint32_t mantissa = h & 0x3ff;

    if (exponent == 0x1f)
        return from_bits(sign | 0x7f800000 | mantissa << 13);
    if (exponent == 0) {
        float x = (float)mantissa * 0x1p-24f;
        return sign != 0 ? -x : x;
    }
    return from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

static void widen_f16(const unsigned char *data, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, data + 2 * i, sizeof(h));
        out[i] = from_f16(h);
    }
}

static void widen_bf16(const unsigned char *data, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, data + 2 * i, sizeof(h));
        out[i] = from_bits((uint32_t)h << 16);
    }
}

static void narrow_f64(const unsigned char *data, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        double x;
        memcpy(&x, data + 8 * i, sizeof(x));
        out[i] = (float)x;
    }
}

void berth_tensor_widen(const struct berth_tensor *tensor, size_t first,
                        size_t n, float *out)
{
    const unsigned char *data = tensor->data;

    if (n == 0)
        return;
    switch (tensor->dtype) {
    case BERTH_DTYPE_F32:
        memcpy(out, data + 4 * first, 4 * n);
        break;
    case BERTH_DTYPE_F16:
        widen_f16(data + 2 * first, n, out);
        break;
    case BERTH_DTYPE_BF16:
        widen_bf16(data + 2 * first, n, out);
        break;
    case BERTH_DTYPE_F64:
        narrow_f64(data + 8 * first, n, out);
        break;
    case BERTH_DTYPE_OTHER:
        break;
    }
}

static bool equal_piece(const struct berth_tensor *a,
                        const struct berth_tensor *b, size_t first, size_t n)
{
    enum {
        PIECE = 256
    };
    float x[PIECE], y[PIECE];

    for (size_t i = 0; i < n; i += PIECE) {
        const size_t left = n - i < PIECE ? n - i : PIECE;

        berth_tensor_widen(a, first + i, left, x);
        berth_tensor_widen(b, first + i, left, y);
        if (memcmp(x, y, left * sizeof(*x)) != 0)
            return false;
    }
    return true;
}

bool berth_tensor_equal(const struct berth_tensor *a,
                        const struct berth_tensor *b)
{
    /* Two copies of a large matrix need not be in memory at once. */
    const size_t piece = (size_t)1 << 20;
    bool equal = true;

    for (size_t i = 0; equal && i < a->n_elements; i += piece) {
        const size_t left =
            a->n_elements - i < piece ? a->n_elements - i : piece;

        equal = equal_piece(a, b, i, left);
        berth_tensor_release(a, i, left);
        berth_tensor_release(b, i, left);
    }
    return equal;
}
