/*
 * pack.h - matrices in the layout of the matrix product: panels of a few
 * columns each, every row of a panel contiguous.
 *
 * The one place that knows the layout beside the kernels. A packed matrix B of
 * (k, n) is berth_panels() panels one after another; panel p starts at element
 * p * panel_width * k of its format and is berth_panel_width() columns wide. In
 * 8 bits k is rounded up to a multiple of BERTH_I8_STEP, where inputs are in
 * pairs to one of BERTH_SPLIT_STEP.
 */
#ifndef LIB_KERNELS_PACK_H
#define LIB_KERNELS_PACK_H

#include "lib/kernels/kernels.h"

/* berth_has_pairs - whether panels of a format have inputs in pairs, as
 * gemm_split takes bfloat16 where it rounds. */
static inline bool berth_has_pairs(const struct berth_kernels *kernels,
                                   enum berth_format format)
{
    return format == BERTH_FORMAT_BF16 && kernels->round_pairs != NULL;
}

/* berth_panels - how many panels n columns make. */
size_t berth_panels(const struct berth_kernels *kernels, size_t n);

/* berth_panel_width - columns of panel p of n columns, including the zeros
 * after the last. */
size_t berth_panel_width(const struct berth_kernels *kernels, size_t n,
                         size_t p);

/* berth_padded_columns - the widths of all panels together. */
size_t berth_padded_columns(const struct berth_kernels *kernels, size_t n);

/* berth_panel_offset - bytes from the first panel of a (k, n) matrix to panel
 * p; for p = berth_panels() the size of the whole. The caller checked that (n +
 * panel_width) * k * 4 does not overflow. */
size_t berth_panel_offset(const struct berth_kernels *kernels,
                          enum berth_format format, size_t k, size_t n,
                          size_t p);

/* berth_i8_groups - how many scales a column of k inputs has. */
size_t berth_i8_groups(size_t k);

/*
 * berth_pack_panel - one panel of B = rows^T in a float format.
 *
 *   rows     (n, k)          n <= width
 *   scratch  (k, width)      64-byte aligned; unused when format is F32
 *   panel    (k, width)      64-byte aligned
 */
void berth_pack_panel(const struct berth_kernels *kernels,
                      enum berth_format format, const float *rows, size_t n,
                      size_t k, size_t width, float *scratch, void *panel);

/*
 * berth_pack_panel_i8 - the same in 8 bits: scale = largest |row| of a group /
 * 127, q to the nearest. What panel, scales and sums hold is said at struct
 * berth_gemm_i8.
 */
void berth_pack_panel_i8(const struct berth_kernels *kernels, const float *rows,
                         size_t n, size_t k, size_t width, int8_t *panel,
                         float *scales, float *sums);

/* berth_quantize_row_i8 - what that function makes of a row: q (k), scales
 * (groups); returns the sum of q * scale. */
float berth_quantize_row_i8(const struct berth_kernels *kernels,
                            const float *row, size_t k, int8_t *q,
                            float *scales);

/* Rows that are in 8 bits already: (n, k) bytes, and float32, which all may be
 * unaligned. */
struct berth_rows_i8 {
    const void *q;      /* (n, k) -127 .. 127 */
    const void *scales; /* (n, groups) */
    const void *sums;   /* (n) */
    size_t n;
};

/* berth_pack_rows_i8 - puts them into such a panel, as columns from at on; with
 * at 0 the other columns become zero. */
void berth_pack_rows_i8(const struct berth_kernels *kernels,
                        const struct berth_rows_i8 *rows, size_t k, size_t at,
                        size_t width, int8_t *panel, float *scales,
                        float *sums);

/*
 * berth_pack_transposed - B = src^T in float32, src (n, k) with ld floats
 * between rows: keys. packed is 64-byte aligned.
 */
void berth_pack_transposed(const struct berth_kernels *kernels,
                           const float *src, size_t ld, size_t n, size_t k,
                           float *packed);

/* berth_pack - B = src (k, n) with ld floats between rows: values. */
void berth_pack(const struct berth_kernels *kernels, const float *src,
                size_t ld, size_t n, size_t k, float *packed);

#endif
