/*
 * linear.h - y = x W^T + b over all tokens of a batch, the place where nearly
 * all the time goes.
 */
#ifndef BERTH_LINEAR_H
#define BERTH_LINEAR_H

#include "lib/kernels/kernels.h"
#include "lib/pool.h"

struct berth_linear {
    enum berth_format format;
    const void *packed; /* W^T (n_in, n_out) in panels: lib/pack.h */
    const float *bias;  /* (n_out), or NULL */
    size_t n_in;
    size_t n_out;
    /* 8 bits only. Of each panel in turn: (groups, width) and (width). */
    const float *scales;
    const float *sums;
};

/* Room for the rows of x in 8 bits. */
struct berth_quantized {
    uint8_t *q;         /* (m, ld) */
    size_t ld;          /* n_in or more, a multiple of BERTH_I8_STEP */
    float *scale, *min; /* (m) */
    struct berth_outlier *outliers; /* (m, max_outliers) */
    uint32_t *n_outliers;           /* (m) */
    size_t max_outliers;            /* berth_outliers_max(n_in) or more */
};

/*
 * berth_linear_apply - y = f(x W^T + b).
 *
 *   x     (m, n_in)   ldx floats between rows
 *   room  (m) rows; used by 8-bit weights alone, else may be NULL
 *   y     (m, n_out)  ldy floats between rows
 *   f     element-wise
 *
 * Threads: split over panels and rows. Cannot fail. With 8-bit weights each row
 * of x is quantised by itself: a neighbour changes nothing.
 */
void berth_linear_apply(const struct berth_linear *linear,
                        const struct berth_kernels *kernels,
                        struct berth_pool *pool, const float *x, size_t ldx,
                        size_t m, const struct berth_quantized *room,
                        enum berth_function f, float *y, size_t ldy);

#endif
