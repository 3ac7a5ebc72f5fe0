/*
 * precision.c - float32 from float16, bfloat16 and float64, and back.
 */
#include "models/precision.h"

#include <string.h>

void berth_round_floats(const struct berth_kernels *kernels,
                        enum berth_precision precision, float *x, size_t n)
{
    enum {
        PIECE = 256
    };
    uint16_t narrow[PIECE];

    if (precision != BERTH_PRECISION_F16 && precision != BERTH_PRECISION_BF16)
        return;
    for (size_t i = 0; i < n; i += PIECE) {
        const size_t left = n - i < PIECE ? n - i : PIECE;
        if (precision == BERTH_PRECISION_F16) {
            kernels->narrow_f16(x + i, narrow, left);
            kernels->widen_f16(narrow, x + i, left);
        } else {
            kernels->narrow_bf16(x + i, narrow, left);
            kernels->widen_bf16(narrow, x + i, left);
        }
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
        kernels->widen_f16(data + first * sizeof(uint16_t), out, n);
    else if (tensor->dtype == BERTH_DTYPE_BF16)
        kernels->widen_bf16(data + first * sizeof(uint16_t), out, n);
    else
        berth_tensor_widen(tensor, first, n, out);
    if (!already_rounded(tensor->dtype, precision))
        berth_round_floats(kernels, precision, out, n);
}

enum berth_format berth_format_of(enum berth_dtype dtype,
                                  enum berth_precision precision)
{
    if (precision == BERTH_PRECISION_I8)
        return BERTH_FORMAT_I8;
    if (precision == BERTH_PRECISION_F16 ||
        (precision == BERTH_PRECISION_STORED && dtype == BERTH_DTYPE_F16))
        return BERTH_FORMAT_F16;
    if (precision == BERTH_PRECISION_BF16 ||
        (precision == BERTH_PRECISION_STORED && dtype == BERTH_DTYPE_BF16))
        return BERTH_FORMAT_BF16;
    return BERTH_FORMAT_F32;
}
