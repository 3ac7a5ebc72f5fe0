/*
 * linear.h - y = x W^T + b over all tokens of a batch, the place where nearly
 * all the time goes.
 */
#ifndef MODELS_LINEAR_LINEAR_H
#define MODELS_LINEAR_LINEAR_H

#include "lib/arena.h"
#include "lib/kernels/kernels.h"
#include "lib/pool.h"
#include "models/files/tensor_set.h"

enum {
    BERTH_PARTS_MAX = 3
};

/* A weight matrix as the file has it: tensors of some rows of n_in, stacked.
 */
struct berth_stack {
    const struct berth_tensor *parts[BERTH_PARTS_MAX];
    size_t n_parts;
    const struct berth_tensor *beside; /* (more, n_out): inputs after those of
                                          the only part, transposed; or NULL */
    enum berth_precision precision;    /* what values are rounded to */
};

/* Which half of the outputs goes through the function, and then times the other
 * half. Shazeer 2020, "GLU variants improve transformer", arXiv:2002.05202. */
enum berth_gate {
    BERTH_GATE_NONE,
    BERTH_GATE_FIRST,
    BERTH_GATE_LAST
};

/*
 * A linear layer. Until berth_linears_pack() packed is NULL, and each panel is
 * made when it is used: right for a sentence or two, where packing everything
 * would take longer than the work. The bits are the same.
 */
struct berth_linear {
    enum berth_format format;
    struct berth_stack source;
    const float *bias; /* (n_out), or NULL */
    size_t n_in;
    size_t n_out;
    /* 8 bits: so many of the last outputs need inputs as exact as they are, or
     * of BERTH_I8_LEVELS. */
    size_t n_exact;
    /* With a gate a panel has columns of both halves, so that their product is
     * made while they are in the cache. */
    enum berth_gate gate;
    const char *packed; /* W^T (n_in, n_out) in panels: lib/kernels/pack.h */
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

/* berth_linear_room - floats that a thread needs to make one panel. */
size_t berth_linear_room(const struct berth_linear *linear,
                         const struct berth_kernels *kernels);

/* berth_linears_room - the most of all of them. */
size_t berth_linears_room(struct berth_linear *const *list, size_t n,
                          const struct berth_kernels *kernels);

/*
 * berth_linears_pack - packs all panels of n layers, and lets the system take
 * back the pages of the file they came from.
 *
 *   arena  empty; owns the panels, and lives as long as the layers
 *
 * Threads: split over panels; no other thread may use the layers during the
 * call. Errors: BERTH_ERR_MEMORY; the layers are as they were.
 */
enum berth_status berth_linears_pack(struct berth_linear *const *list, size_t n,
                                     const struct berth_kernels *kernels,
                                     struct berth_pool *pool,
                                     struct berth_arena *arena,
                                     struct berth_error *err);

/* berth_linear_release - lets the system take back the pages of the file that
 * a layer was read from. */
void berth_linear_release(const struct berth_linear *linear);

/*
 * berth_linear_row - n numbers of a row of W, as float32, from the panels of a
 * packed layer that is not in 8 bits: the values of the file, rounded as the
 * layer's.
 */
void berth_linear_row(const struct berth_linear *linear,
                      const struct berth_kernels *kernels, size_t row, size_t n,
                      float *out);

/* What berth_linear_apply() runs with. */
struct berth_linear_tools {
    const struct berth_kernels *kernels;
    struct berth_pool *pool;
    float *room; /* (threads, room_size), room_size >= berth_linear_room() */
    size_t room_size;
    struct berth_quantized quantized; /* for 8-bit weights, m rows of it */
};

/*
 * berth_linear_apply - y = f(x W^T + b); with a gate, f of one half times the
 * other.
 *
 *   x  (m, n_in)   ldx floats between rows
 *   y  (m, n_out), with a gate (m, n_out / 2)  ldy floats between rows
 *   f  element-wise
 *
 * Threads: split over panels and rows. Cannot fail. With 8-bit weights each row
 * of x is quantised by itself: a neighbour changes nothing.
 */
void berth_linear_apply(const struct berth_linear *linear,
                        const struct berth_linear_tools *tools, const float *x,
                        size_t ldx, size_t m, enum berth_function f, float *y,
                        size_t ldy);

#endif
