/*
 * tensor.c - how numbers are stored, as one table; how each becomes float32,
 * and which numbers would be changed too much.
 */
#include "models/files/tensor.h"
#include "lib/crc32c.h"
#include "lib/folder.h"
#include "models/files/dequantise.h"
#include "models/files/rows_i8.h"

#include <math.h>
#include <string.h>

static void copy_f32(const struct berth_kernels *kernels, const void *src,
                     size_t n, float *out)
{
    (void)kernels;
    memcpy(out, src, n * sizeof(*out));
}

static void widen_f16(const struct berth_kernels *kernels, const void *src,
                      size_t n, float *out)
{
    kernels->widen_f16(src, out, n);
}

static void widen_bf16(const struct berth_kernels *kernels, const void *src,
                       size_t n, float *out)
{
    kernels->widen_bf16(src, out, n);
}

static void narrow_f64(const struct berth_kernels *kernels, const void *src,
                       size_t n, float *out)
{
    const unsigned char *data = src;

    (void)kernels;
    for (size_t i = 0; i < n; i++) {
        double x;
        memcpy(&x, data + sizeof(x) * i, sizeof(x));
        out[i] = (float)x;
    }
}

/* Floats as integers, without their sign, are in the order of their size. */
enum {
    INFINITE = 0x7f800000,
    BEYOND_F16 = 0x477ff000,  /* 65520: rounds to infinity */
    BEYOND_BF16 = 0x7f7f8000, /* 3.3961775e38: as well */
    BLOCKS = 0x4d800000       /* 2^28: a float16 times what blocks multiply */
};

/* The block types of GGUF: products of float16 and small integers, with more
 * bits than either half has. */
#define BLOCK_ROW(name, elements, bytes, widen)                                \
    {                                                                          \
        name, elements, bytes, berth_widen_##widen, BERTH_FORMAT_F32, BLOCKS   \
    }

static const struct berth_dtype dtypes[] = {
    {"F32", 1, 4, copy_f32, BERTH_FORMAT_F32, 0x7f7fffff},
    {"F16", 1, 2, widen_f16, BERTH_FORMAT_F16, 0x477fe000},
    {"BF16", 1, 2, widen_bf16, BERTH_FORMAT_BF16, 0x7f7f0000},
    {"F64", 1, 8, narrow_f64, BERTH_FORMAT_F32, INFINITE},
    {"BOOL", 1, 1, NULL, 0, 0},
    {"U8", 1, 1, NULL, 0, 0},
    {"I8", 1, 1, NULL, 0, 0},
    {"I16", 1, 2, NULL, 0, 0},
    {"U16", 1, 2, NULL, 0, 0},
    {"I32", 1, 4, NULL, 0, 0},
    {"U32", 1, 4, NULL, 0, 0},
    {"I64", 1, 8, NULL, 0, 0},
    {"U64", 1, 8, NULL, 0, 0},
    {"C64", 1, 8, NULL, 0, 0},
    {"F4", 2, 1, NULL, 0, 0},
    {"F6_E2M3", 4, 3, NULL, 0, 0},
    {"F6_E3M2", 4, 3, NULL, 0, 0},
    {"F8_E5M2", 1, 1, NULL, 0, 0},
    {"F8_E4M3", 1, 1, NULL, 0, 0},
    {"F8_E8M0", 1, 1, NULL, 0, 0},
    {"F8_E4M3FNUZ", 1, 1, NULL, 0, 0},
    {"F8_E5M2FNUZ", 1, 1, NULL, 0, 0},
    BLOCK_ROW("Q4_0", BERTH_BLOCK, 18, q4_0),
    BLOCK_ROW("Q4_1", BERTH_BLOCK, 20, q4_1),
    BLOCK_ROW("Q5_0", BERTH_BLOCK, 22, q5_0),
    BLOCK_ROW("Q5_1", BERTH_BLOCK, 24, q5_1),
    BLOCK_ROW("Q8_0", BERTH_BLOCK, 34, q8_0),
    BLOCK_ROW("IQ4_NL", BERTH_BLOCK, 18, iq4_nl),
    BLOCK_ROW("Q2_K", BERTH_BLOCK_K, 84, q2_k),
    BLOCK_ROW("Q3_K", BERTH_BLOCK_K, 110, q3_k),
    BLOCK_ROW("Q4_K", BERTH_BLOCK_K, 144, q4_k),
    BLOCK_ROW("Q5_K", BERTH_BLOCK_K, 176, q5_k),
    BLOCK_ROW("Q6_K", BERTH_BLOCK_K, 210, q6_k),
};

const struct berth_dtype *berth_dtype_find(const char *name)
{
    for (size_t i = 0; i < sizeof(dtypes) / sizeof(dtypes[0]); i++) {
        if (strcmp(dtypes[i].name, name) == 0)
            return &dtypes[i];
    }
    return NULL;
}

static size_t bytes_of(const struct berth_tensor *t, size_t n)
{
    return n / t->dtype->block_elements * t->dtype->block_bytes;
}

static const void *element(const struct berth_tensor *t, size_t i)
{
    size_t at = t->strided ? 0 : i;

    for (size_t k = t->strided ? t->rank : 0; k-- > 0; i /= t->shape[k])
        at += i % t->shape[k] * t->strides[k];
    return (const char *)t->data + bytes_of(t, at);
}

enum berth_format berth_format_of(enum berth_format stored,
                                  enum berth_precision precision)
{
    static const enum berth_format formats[] = {
        [BERTH_PRECISION_F32] = BERTH_FORMAT_F32,
        [BERTH_PRECISION_F16] = BERTH_FORMAT_F16,
        [BERTH_PRECISION_BF16] = BERTH_FORMAT_BF16,
        [BERTH_PRECISION_I8] = BERTH_FORMAT_I8,
    };

    return precision == BERTH_PRECISION_STORED ? stored : formats[precision];
}

const char *berth_precision_words(enum berth_precision precision)
{
    return precision == BERTH_PRECISION_F16    ? "float16 (f16)"
           : precision == BERTH_PRECISION_BF16 ? "bfloat16 (bf16)"
                                               : "float32 (f32)";
}

/* Whether precision has fewer values than the dtype. */
static bool rounds(const struct berth_dtype *dtype,
                   enum berth_precision precision)
{
    return (precision == BERTH_PRECISION_F16 ||
            precision == BERTH_PRECISION_BF16) &&
           dtype->format != berth_format_of(dtype->format, precision);
}

static void round_floats(const struct berth_kernels *kernels,
                         enum berth_precision precision, float *x, size_t n)
{
    enum {
        PIECE = 256
    };
    uint16_t narrow[PIECE];

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

enum {
    TILE = 64,    /* numbers of a row that are gathered at once */
    MAX_BYTES = 8 /* of a number */
};

/* n numbers that begin step bytes apart, to lie side by side. Inline, with a
 * size that the compiler knows, each is a load and a store. */
static inline void copy_apart(const char *from, size_t step, size_t n,
                              size_t size, char *to)
{
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * size, from + i * step, size);
}

/* Up to TILE numbers of one row of a strided tensor. */
static void gather(const struct berth_tensor *t,
                   const struct berth_kernels *kernels, size_t first, size_t n,
                   float *out)
{
    const char *from = element(t, first);
    const size_t size = t->dtype->block_bytes;
    const size_t step = t->strides[t->rank - 1] * size;
    char side_by_side[TILE * MAX_BYTES];

    if (step == size) {
        t->dtype->widen(kernels, from, n, out);
        return;
    }
    if (size == 4)
        copy_apart(from, step, n, 4, side_by_side);
    else if (size == 2)
        copy_apart(from, step, n, 2, side_by_side);
    else
        copy_apart(from, step, n, size, side_by_side);
    t->dtype->widen(kernels, side_by_side, n, out);
}

/* Rows of a strided tensor, from number first on, left numbers of each. A
 * transposed matrix has the numbers of a column, which are wanted for all rows,
 * in one line of the cache: so TILE columns at a time, for all rows. */
static void gather_rows(const struct berth_tensor *t,
                        const struct berth_kernels *kernels, size_t first,
                        size_t rows, size_t left, float *out)
{
    const size_t width = t->shape[t->rank - 1];

    for (size_t c = 0; c < left; c += TILE) {
        const size_t n = left - c < TILE ? left - c : TILE;

        for (size_t r = 0; r < rows; r++)
            gather(t, kernels, first + r * width + c, n, out + r * width + c);
    }
}

/* The rest of the row that first is in, whole rows, and what is left. */
static void read_strided(const struct berth_tensor *t,
                         const struct berth_kernels *kernels, size_t first,
                         size_t n, float *out)
{
    const size_t width = t->shape[t->rank - 1];
    const size_t rest = (width - first % width) % width;
    const size_t head = rest < n ? rest : n;
    const size_t rows = (n - head) / width;
    const size_t tail = n - head - rows * width;

    gather_rows(t, kernels, first, 1, head, out);
    gather_rows(t, kernels, first + head, rows, width, out + head);
    gather_rows(t, kernels, first + n - tail, 1, tail, out + n - tail);
}

bool berth_tensor_is_float(const struct berth_tensor *tensor)
{
    return tensor->dtype->widen != NULL || tensor->scales != NULL;
}

void berth_tensor_read(const struct berth_tensor *tensor,
                       const struct berth_kernels *kernels,
                       enum berth_precision precision, size_t first, size_t n,
                       float *out)
{
    if (tensor->strided)
        read_strided(tensor, kernels, first, n, out);
    else if (tensor->scales != NULL)
        berth_rows_i8_read(tensor, first, n, out);
    else
        tensor->dtype->widen(kernels, element(tensor, first), n, out);
    if (rounds(tensor->dtype, precision))
        round_floats(kernels, precision, out, n);
}

const float *berth_tensor_in_place(const struct berth_tensor *tensor,
                                   enum berth_precision precision, size_t first)
{
    const void *data = element(tensor, first);

    return !tensor->strided && tensor->dtype->widen == copy_f32 &&
                   !rounds(tensor->dtype, precision) &&
                   (uintptr_t)data % sizeof(float) == 0
               ? data
               : NULL;
}

void berth_tensor_release(const struct berth_tensor *tensor, size_t first,
                          size_t n)
{
    const size_t all = tensor->n_elements;

    if (!tensor->strided)
        berth_pages_release(element(tensor, first), bytes_of(tensor, n));
    else if (first + n == all)
        berth_pages_release(tensor->data,
                            (size_t)((const char *)element(tensor, all - 1) -
                                     (const char *)tensor->data) +
                                bytes_of(tensor, 1));
}

enum {
    LANES = 32,
    BLOCK = 1024,   /* numbers of a buffer on the stack */
    PIECE = 1 << 20 /* numbers, or bytes, whose pages are given back at once */
};

bool berth_tensor_intact(const struct berth_tensor *tensor,
                         const struct berth_kernels *kernels)
{
    const size_t size = bytes_of(tensor, tensor->n_elements);
    const unsigned char *data = tensor->data;
    uint32_t crc = 0;

    for (size_t i = 0; tensor->summed && i < size; i += PIECE) {
        const size_t left = size - i < PIECE ? size - i : PIECE;

        crc = kernels->crc32c(crc, data + i, left);
        berth_pages_release(data + i, left);
    }
    return !tensor->summed || berth_crc32c_mask(crc) == tensor->sum;
}

static bool equal_piece(const struct berth_tensor *a,
                        const struct berth_tensor *b,
                        const struct berth_kernels *kernels, size_t first,
                        size_t n)
{
    float x[BLOCK], y[BLOCK];

    for (size_t i = 0; i < n; i += BLOCK) {
        const size_t left = n - i < BLOCK ? n - i : BLOCK;

        berth_tensor_read(a, kernels, BERTH_PRECISION_F32, first + i, left, x);
        berth_tensor_read(b, kernels, BERTH_PRECISION_F32, first + i, left, y);
        if (memcmp(x, y, left * sizeof(*x)) != 0)
            return false;
    }
    return true;
}

/* Two copies of a large matrix need not be in memory at once. */
bool berth_tensor_equal(const struct berth_tensor *a,
                        const struct berth_tensor *b,
                        const struct berth_kernels *kernels)
{
    bool equal = true;

    for (size_t i = 0; equal && i < a->n_elements; i += PIECE) {
        const size_t left =
            a->n_elements - i < PIECE ? a->n_elements - i : PIECE;

        equal = equal_piece(a, b, kernels, i, left);
        berth_tensor_release(a, i, left);
        berth_tensor_release(b, i, left);
    }
    return equal;
}

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

/* One number as the file has it, x as float32. */
static double stored_value(const struct berth_tensor *t, size_t i, float x)
{
    double wide;

    if (t->dtype->widen != narrow_f64)
        return (double)x;
    memcpy(&wide, element(t, i), sizeof(wide));
    return wide;
}

/* The first of n numbers x, from element first on, that is finite in the file
 * and not after it. */
static bool find_lost(const struct berth_tensor *t, const float *x,
                      size_t first, size_t n, int32_t limit, double *value,
                      size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        *value = stored_value(t, first + i, x[i]);
        *at = first + i;
        if (isfinite(*value) && reaches(x + i, 1, limit))
            return true;
    }
    return false;
}

static bool piece_fits(const struct berth_tensor *t,
                       const struct berth_kernels *kernels, size_t first,
                       size_t n, int32_t limit, double *value, size_t *at)
{
    float x[BLOCK];

    for (size_t i = first; i < first + n; i += BLOCK) {
        const size_t left = first + n - i < BLOCK ? first + n - i : BLOCK;

        berth_tensor_read(t, kernels, BERTH_PRECISION_F32, i, left, x);
        if (reaches(x, left, limit) &&
            find_lost(t, x, i, left, limit, value, at))
            return false;
    }
    return true;
}

bool berth_tensor_fits(const struct berth_tensor *tensor,
                       const struct berth_kernels *kernels,
                       enum berth_precision precision, double *value,
                       size_t *at)
{
    const int32_t limit = precision == BERTH_PRECISION_F16    ? BEYOND_F16
                          : precision == BERTH_PRECISION_BF16 ? BEYOND_BF16
                                                              : INFINITE;
    const int32_t largest =
        tensor->scales != NULL ? INFINITE - 1 : tensor->dtype->largest;
    const size_t n = tensor->n_elements;
    bool fits = true;

    if (largest < limit)
        return true;
    for (size_t i = 0; fits && i < n; i += PIECE) {
        const size_t left = n - i < PIECE ? n - i : PIECE;

        fits = piece_fits(tensor, kernels, i, left, limit, value, at);
        berth_tensor_release(tensor, i, left);
    }
    return fits;
}
