/*
 * tensor.h - one tensor of a file: how its numbers are stored, and reading them
 * as float32.
 */
#ifndef MODELS_FILES_TENSOR_H
#define MODELS_FILES_TENSOR_H

#include "lib/berth.h"
#include "lib/kernels/kernels.h"

/* How numbers are stored: in blocks of some elements and some bytes. */
struct berth_dtype {
    const char *name; /* "F32" ... as safetensors or GGUF has it */
    size_t block_elements, block_bytes;
    /* n elements at src, which may be unaligned, as float32: exact, except that
     * float64 is rounded to nearest. NULL: not a type of weights. */
    void (*widen)(const struct berth_kernels *kernels, const void *src,
                  size_t n, float *out);
    enum berth_format format; /* the smallest panels that hold every value */
    /* The largest finite number, as the bits of a float32; where float32 does
     * not hold it, infinity's. */
    int32_t largest;
};

/* berth_dtype_find - NULL: the formats of weights know none by that name. Those
 * that are widened in blocks are GGUF's alone. */
const struct berth_dtype *berth_dtype_find(const char *name);

enum {
    BERTH_TENSOR_MAX_RANK = 8
};

struct berth_tensor {
    const char *name; /* lives as long as the set */
    const char *file; /* for messages: path of the file it is in */
    const struct berth_dtype *dtype;
    size_t rank;
    size_t shape[BERTH_TENSOR_MAX_RANK];
    size_t n_elements;
    const void *data; /* may be unaligned; n_elements of dtype were checked to
                         be inside the file */
    /* Where strided is set, the elements do not lie one after the other: one
     * step along dimension i is strides[i] elements. A dtype's blocks then have
     * one element, and n_elements is 2 or more. */
    bool strided;
    size_t strides[BERTH_TENSOR_MAX_RANK];
    bool summed;  /* the file has a sum of the bytes, which nobody checked */
    uint32_t sum; /* it: a masked CRC-32C */
    /* Of numbers in 8 bits (models/files/rows_i8.h), else NULL: for each row
     * the scales of its groups, (rows, groups), and its sum, (rows); float32,
     * maybe unaligned, inside the file. */
    const void *scales, *sums;
};

/* berth_tensor_is_float - whether it can be read as float32. */
bool berth_tensor_is_float(const struct berth_tensor *tensor);

/*
 * berth_tensor_read - elements [first, first + n) as float32, widened and
 * rounded to precision: to the nearest float16 or bfloat16, ties to even; other
 * precisions change nothing. The tensor is float, and first begins a
 * block. Of a strided tensor several whole rows at once are faster than one by
 * one. Cannot fail.
 */
void berth_tensor_read(const struct berth_tensor *tensor,
                       const struct berth_kernels *kernels,
                       enum berth_precision precision, size_t first, size_t n,
                       float *out);

/* berth_tensor_in_place - where the file has what berth_tensor_read() would
 * give from element first on: aligned floats that are not rounded, one after
 * the other. NULL: it has not. */
const float *berth_tensor_in_place(const struct berth_tensor *tensor,
                                   enum berth_precision precision,
                                   size_t first);

/* berth_tensor_release - lets the system take back the memory pages of elements
 * [first, first + n); they are read from the file again when they are used. The
 * rows of a strided tensor share pages: those go with its last element. */
void berth_tensor_release(const struct berth_tensor *tensor, size_t first,
                          size_t n);

/* berth_tensor_intact - whether a tensor's bytes have the sum of the file; true
 * where it has none. Reads them, and gives their pages back. Cannot fail. */
bool berth_tensor_intact(const struct berth_tensor *tensor,
                         const struct berth_kernels *kernels);

/*
 * berth_tensor_equal - whether two float tensors of one shape hold the same
 * values, as float32. Reads both, up to the first that differs, and gives their
 * pages back. Cannot fail.
 */
bool berth_tensor_equal(const struct berth_tensor *a,
                        const struct berth_tensor *b,
                        const struct berth_kernels *kernels);

/*
 * berth_tensor_fits - whether reading a tensor in a precision keeps every
 * number finite.
 *
 *   value, at  out: the first that does not fit, and its element
 *
 * An infinity or NaN of the file fits: it stays what it was. Reads the tensor
 * where a number could be too large, and then gives its pages back.
 */
bool berth_tensor_fits(const struct berth_tensor *tensor,
                       const struct berth_kernels *kernels,
                       enum berth_precision precision, double *value,
                       size_t *at);

/* berth_precision_words - what messages call a precision: "float16 (f16)". */
const char *berth_precision_words(enum berth_precision precision);

/* berth_format_of - how to keep the panels of a matrix whose values need the
 * format stored: as small as holds them exactly; BERTH_PRECISION_I8 gives 8
 * bits. */
enum berth_format berth_format_of(enum berth_format stored,
                                  enum berth_precision precision);

#endif
