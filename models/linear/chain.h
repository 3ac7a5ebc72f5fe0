/*
 * chain.h - what comes after the encoder: steps one after another, each a
 * linear layer, a function, a norm, or some of these. What a step has not, it
 * does not do.
 */
#ifndef MODELS_LINEAR_CHAIN_H
#define MODELS_LINEAR_CHAIN_H

#include "models/linear/linear.h"
#include "models/linear/norm.h"

struct berth_step {
    struct berth_linear linear;   /* n_out 0: there is none */
    enum berth_function function; /* of a linear layer */
    struct berth_norm norm;
    size_t unit; /* scale rows of this size to length 1 at the end; 0: do not */
};

enum {
    BERTH_STEPS_MAX = 16
};

struct berth_chain {
    struct berth_step steps[BERTH_STEPS_MAX];
    size_t n;
};

/* berth_chain_size - numbers of a row after the first n steps, of size before
 * them; *widest, where asked for, the most there are on the way. */
size_t berth_chain_size(const struct berth_chain *chain, size_t n, size_t size,
                        size_t *widest);

/* berth_chain_linears - all linear layers, into list; NULL: how many there
 * are. */
size_t berth_chain_linears(struct berth_chain *chain,
                           struct berth_linear **list);

/*
 * berth_step_run - y = unit(norm(f(x W^T + b))) of m rows.
 *
 *   x  ldx floats between rows; without a linear layer y is x
 *   y  ldy floats between rows
 */
void berth_step_run(const struct berth_step *step,
                    const struct berth_linear_tools *tools, const float *x,
                    size_t ldx, size_t m, float *y, size_t ldy);

/*
 * berth_chain_run - n steps of m rows.
 *
 *   x, other  (m, ld)  ld as wide as the widest row on the way; both are
 *                      overwritten
 *
 * Returns the one that has the result.
 */
float *berth_chain_run(const struct berth_step *steps, size_t n,
                       const struct berth_linear_tools *tools, float *x,
                       float *other, size_t ld, size_t m);

#endif
