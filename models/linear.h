/*
 * linear.h - y = x W^T + b over all tokens of a batch, the place where nearly
 * all the time goes.
 */
#ifndef BERTH_LINEAR_H
#define BERTH_LINEAR_H

#include "lib/kernels/kernels.h"
#include "lib/pool.h"

struct berth_linear {
    const float *packed; /* W^T (n_in, n_out) in panels: lib/pack.h */
    const float *bias;   /* (n_out), or NULL */
    size_t n_in;
    size_t n_out;
};

/*
 * berth_linear_apply - y = f(x W^T + b).
 *
 *   x  (m, n_in)   ldx floats between rows
 *   y  (m, n_out)  ldy floats between rows
 *   f  element-wise
 *
 * Threads: split over panels and rows. Cannot fail.
 */
void berth_linear_apply(const struct berth_linear *linear,
                        const struct berth_kernels *kernels,
                        struct berth_pool *pool, const float *x, size_t ldx,
                        size_t m, enum berth_function f, float *y, size_t ldy);

#endif
