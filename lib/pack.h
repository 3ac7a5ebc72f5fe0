/*
 * pack.h - matrices in the layout of the matrix product: panels of a few
 * columns each, every row of a panel contiguous.
 *
 * The one place that knows the layout beside the kernels. A packed matrix B of
 * (k, n) is ceil(n / panel_width) panels one after another, panel p starting at
 * float p * panel_width * k; see berth_panel_width().
 */
#ifndef BERTH_PACK_H
#define BERTH_PACK_H

#include "lib/kernels/kernels.h"

/* berth_panels - how many panels n columns make. */
size_t berth_panels(const struct berth_kernels *kernels, size_t n);

/* berth_panel_width - columns of panel p of n columns, the zeros behind the
 * last counted. */
size_t berth_panel_width(const struct berth_kernels *kernels, size_t n,
                         size_t p);

/* berth_packed_size - floats of a packed (k, n) matrix; the caller checked that
 * (n + panel_width) * k does not overflow. */
size_t berth_packed_size(const struct berth_kernels *kernels, size_t k,
                         size_t n);

/*
 * berth_pack_transposed - B = src^T, src (n, k) with ld floats between rows:
 * how linear layers store their weights, and keys. packed is 64-byte aligned.
 */
void berth_pack_transposed(const struct berth_kernels *kernels,
                           const float *src, size_t ld, size_t n, size_t k,
                           float *packed);

/* berth_pack - B = src (k, n) with ld floats between rows: values. */
void berth_pack(const struct berth_kernels *kernels, const float *src,
                size_t ld, size_t n, size_t k, float *packed);

#endif
