/*
 * tensor.h - tensors as float32, and in which format their panels are kept.
 */
#ifndef MODELS_FILES_TENSOR_H
#define MODELS_FILES_TENSOR_H

#include "lib/kernels/kernels.h"
#include "models/files/tensor_set.h"

/* berth_round_floats - to the nearest value of float16 or bfloat16, ties to
 * even; other precisions change nothing. */
void berth_round_floats(const struct berth_kernels *kernels,
                        enum berth_precision precision, float *x, size_t n);

/* berth_tensor_read - elements [first, first + n) as float32, widened by the
 * kernels and rounded to precision. Cannot fail. */
void berth_tensor_read(const struct berth_tensor *tensor,
                       const struct berth_kernels *kernels,
                       enum berth_precision precision, size_t first, size_t n,
                       float *out);

/*
 * berth_tensor_fits - whether reading a tensor in a precision keeps every
 * number finite.
 *
 *   value, at  out: the first that does not fit, and its element
 *
 * An infinity or NaN of the file fits: it stays what it was. Reads the tensor
 * where a number could be too large, and then gives its pages back. bfloat16
 * has the range of float32 and is not asked.
 */
bool berth_tensor_fits(const struct berth_tensor *tensor,
                       enum berth_precision precision, double *value,
                       size_t *at);

/* berth_format_of - how to keep the panels of a matrix stored as dtype: as
 * small as holds its values exactly; BERTH_PRECISION_I8 gives 8 bits. */
enum berth_format berth_format_of(enum berth_dtype dtype,
                                  enum berth_precision precision);

#endif
