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
    struct berth_linear linear; /* n_out 0: there is none */
    enum berth_function function;
    struct berth_norm norm;
};

enum {
    BERTH_STEPS_MAX = 16
};

struct berth_chain {
    struct berth_step steps[BERTH_STEPS_MAX];
    size_t n;
};

/* berth_chain_linears - all linear layers, into list; NULL: how many there
 * are. */
size_t berth_chain_linears(struct berth_chain *chain,
                           struct berth_linear **list);

/*
 * berth_step_run - y = norm(f(x W^T + b)) of m rows.
 *
 *   x  ldx floats between rows; without a linear layer y is x
 *   y  ldy floats between rows
 */
void berth_step_run(const struct berth_step *step,
                    const struct berth_linear_tools *tools, const float *x,
                    size_t ldx, size_t m, float *y, size_t ldy);

#endif
