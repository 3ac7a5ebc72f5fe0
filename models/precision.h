/*
 * precision.h - tensors as float32 rows, rounded on the way where asked.
 */
#ifndef BERTH_PRECISION_H
#define BERTH_PRECISION_H

#include "lib/kernels/kernels.h"
#include "models/safetensors.h"

/* berth_round_floats - to the nearest value of that precision, ties to even;
 * values beyond float16's range become infinite. F32 and STORED change nothing.
 */
void berth_round_floats(enum berth_precision precision, float *x, size_t n);

/* berth_tensor_read - elements [first, first + n) as float32, widened by the
 * kernels and rounded to precision. Cannot fail. */
void berth_tensor_read(const struct berth_tensor *tensor,
                       const struct berth_kernels *kernels,
                       enum berth_precision precision, size_t first, size_t n,
                       float *out);

#endif
