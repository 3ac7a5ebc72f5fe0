/*
 * precision.c - float32 to float16 or bfloat16 and back.
 */
#include "models/precision.h"

#include <math.h>
#include <string.h>

/* Keeps 8 bits of significand: adds half of the last place kept, and one more
 * where that place is odd. */
static float round_bf16(float x)
{
    uint32_t bits;

    if (isnan(x))
        return x;
    memcpy(&bits, &x, sizeof(bits));
    bits += 0x7fffu + (bits >> 16 & 1u);
    bits &= 0xffff0000u;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* 11 bits of significand, the last place never below 2^-24: adding and taking
 * away 1.5 * 2^23 of that unit rounds to it. */
static float round_f16(float x)
{
    const float largest = 65504.0f, smallest_normal = 0x1p-14f;
    const float size = fabsf(x);
    int exponent;

    if (!isfinite(x) || x == 0.0f)
        return x;
    (void)frexpf(size < smallest_normal ? smallest_normal : size, &exponent);
    const float magic = ldexpf(1.5f, 23 + exponent - 11);
    const volatile float up = x + magic; /* the rounding happens here */
    const float y = up - magic;
    if (fabsf(y) > largest)
        return copysignf(INFINITY, x);
    return copysignf(y, x);
}

void berth_round_floats(enum berth_precision precision, float *x, size_t n)
{
    if (precision == BERTH_PRECISION_F16) {
        for (size_t i = 0; i < n; i++)
            x[i] = round_f16(x[i]);
    } else if (precision == BERTH_PRECISION_BF16) {
        for (size_t i = 0; i < n; i++)
            x[i] = round_bf16(x[i]);
    }
}

static bool already_rounded(enum berth_dtype dtype,
                            enum berth_precision precision)
{
    return (dtype == BERTH_DTYPE_F16 && precision == BERTH_PRECISION_F16) ||
           (dtype == BERTH_DTYPE_BF16 && precision == BERTH_PRECISION_BF16);
}

void berth_tensor_read(const struct berth_tensor *tensor,
                       const struct berth_kernels *kernels,
                       enum berth_precision precision, size_t first, size_t n,
                       float *out)
{
    const char *data = tensor->data;

    if (tensor->dtype == BERTH_DTYPE_F32)
        memcpy(out, data + first * sizeof(*out), n * sizeof(*out));
    else if (tensor->dtype == BERTH_DTYPE_F16)
        kernels->widen_f16(data + first * 2, out, n);
    else if (tensor->dtype == BERTH_DTYPE_BF16)
        kernels->widen_bf16(data + first * 2, out, n);
    else
        berth_tensor_widen(tensor, first, n, out);
    if (!already_rounded(tensor->dtype, precision))
        berth_round_floats(precision, out, n);
}
