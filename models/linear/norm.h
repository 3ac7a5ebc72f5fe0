/*
 * norm.h - rows that are normalised: LayerNorm, unit length.
 */
#ifndef MODELS_LINEAR_NORM_H
#define MODELS_LINEAR_NORM_H

#include "lib/kernels/kernels.h"
#include "lib/pool.h"

enum berth_norm_kind {
    BERTH_NORM_LAYER,
    BERTH_NORM_RMS,   /* y / sqrt(mean y^2 + eps) * weight: Zhang and Sennrich
                         2019, arXiv:1910.07467 */
    BERTH_NORM_SCALED /* y * weight + bias: NoNorm of MobileBERT */
};

/* A norm of rows of n. */
struct berth_norm {
    enum berth_norm_kind kind;
    const float *weight, *bias; /* (n) */
    size_t n;                   /* 0: there is none */
    float eps;
};

/*
 * berth_norm_rows - out = norm(x + residual) of m rows.
 *
 *   x, residual, out  (m, n)  ld floats between rows; residual may be NULL, out
 *                             one of the others or apart from them
 *
 * Threads: split over rows. Cannot fail.
 */
void berth_norm_rows(const struct berth_norm *norm,
                     const struct berth_kernels *kernels,
                     struct berth_pool *pool, const float *x,
                     const float *residual, float *out, size_t ld, size_t m);

/* berth_unit_length - x / max(|x|, 1e-12), torch's F.normalize; the length is
 * summed in double. */
void berth_unit_length(float *x, size_t n);

#endif
