/*
 * precision.h - tensors as float32, and in which format their panels are kept.
 */
#ifndef BERTH_PRECISION_H
#define BERTH_PRECISION_H

#include "lib/kernels/kernels.h"
#include "models/safetensors.h"

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

/* berth_format_of - how to keep the panels of a matrix stored as dtype: as
 * small as holds its values exactly; BERTH_PRECISION_I8 gives 8 bits. */
enum berth_format berth_format_of(enum berth_dtype dtype,
                                  enum berth_precision precision);

#endif
