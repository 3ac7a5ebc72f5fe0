/*
 * tensor.c - float32 from float16, bfloat16 and float64, and back, and which
 * numbers do not survive it.
 */
#include "models/files/tensor.h"

#include <math.h>
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

enum {
    LANES = 32,
    BLOCK = 2048,
    PIECE = 1 << 20 /* numbers whose pages are given back at once */
};

/* Floats as integers, without their sign, are in the order of their size. */
static const int32_t infinity = 0x7f800000;
static const int32_t beyond_f16 = 0x477ff000;  /* 65520: rounds to infinity */
static const int32_t beyond_bf16 = 0x7f7f8000; /* 3.3961775e38: as well */

/* Whether one of n numbers is limit or more; in lanes, for compilers. */
static bool reaches(const float *x, size_t n, int32_t limit)
{
    int32_t found[LANES] = {0};
    int32_t any = 0;

    for (size_t i = 0; i < n; i += LANES) {
        const size_t left = n - i < LANES ? n - i : LANES;
        int32_t bits[LANES] = {0};

        memcpy(bits, x + i, left * sizeof(*x));
        for (size_t k = 0; k < LANES; k++)
            found[k] |= (bits[k] & INT32_MAX) >= limit;
    }
    for (size_t k = 0; k < LANES; k++)
        any |= found[k];
    return any != 0;
}

static double stored_value(const struct berth_tensor *t, size_t i)
{
    double wide;
    float x;

    if (t->dtype == BERTH_DTYPE_F64) {
        memcpy(&wide, (const char *)t->data + i * sizeof(wide), sizeof(wide));
        return wide;
    }
    berth_tensor_widen(t, i, 1, &x);
    return (double)x;
}

/* The first of n numbers that is finite in the file, and not behind it. */
static bool find_lost(const struct berth_tensor *t, size_t first, size_t n,
                      int32_t limit, double *value, size_t *at)
{
    for (size_t i = first; i < first + n; i++) {
        float x;

        berth_tensor_widen(t, i, 1, &x);
        *value = stored_value(t, i);
        *at = i;
        if (isfinite(*value) && reaches(&x, 1, limit))
            return true;
    }
    return false;
}

static bool piece_fits(const struct berth_tensor *t, size_t first, size_t n,
                       int32_t limit, double *value, size_t *at)
{
    float x[BLOCK];

    for (size_t i = first; i < first + n; i += BLOCK) {
        const size_t left = first + n - i < BLOCK ? first + n - i : BLOCK;

        berth_tensor_widen(t, i, left, x);
        if (reaches(x, left, limit) && find_lost(t, i, left, limit, value, at))
            return false;
    }
    return true;
}

bool berth_tensor_fits(const struct berth_tensor *tensor,
                       enum berth_precision precision, double *value,
                       size_t *at)
{
    const bool half = precision == BERTH_PRECISION_F16;
    const bool brain = precision == BERTH_PRECISION_BF16;
    const int32_t limit = half ? beyond_f16 : brain ? beyond_bf16 : infinity;
    const size_t n = tensor->n_elements;
    bool fits = true;

    if (tensor->dtype == BERTH_DTYPE_F16 ||
        (tensor->dtype == BERTH_DTYPE_BF16 && !half) ||
        (tensor->dtype == BERTH_DTYPE_F32 && !half && !brain))
        return true;
    for (size_t i = 0; fits && i < n; i += PIECE) {
        const size_t left = n - i < PIECE ? n - i : PIECE;

        fits = piece_fits(tensor, i, left, limit, value, at);
        berth_tensor_release(tensor, i, left);
    }
    return fits;
}
