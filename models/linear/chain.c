/*
 * chain.c - the steps of what comes after the encoder.
 */
#include "models/linear/chain.h"

size_t berth_chain_size(const struct berth_chain *chain, size_t n, size_t size,
                        size_t *widest)
{
    size_t most = size;

    for (size_t i = 0; i < n; i++) {
        if (chain->steps[i].linear.n_out > 0)
            size = chain->steps[i].linear.n_out;
        if (size > most)
            most = size;
    }
    if (widest != NULL)
        *widest = most;
    return size;
}

size_t berth_chain_linears(struct berth_chain *chain,
                           struct berth_linear **list)
{
    size_t n = 0;

    for (size_t i = 0; i < chain->n; i++) {
        if (chain->steps[i].linear.n_out == 0)
            continue;
        if (list != NULL)
            list[n] = &chain->steps[i].linear;
        n++;
    }
    return n;
}

void berth_step_run(const struct berth_step *step,
                    const struct berth_linear_tools *tools, const float *x,
                    size_t ldx, size_t m, float *y, size_t ldy)
{
    if (step->linear.n_out > 0)
        berth_linear_apply(&step->linear, tools, x, ldx, m, step->function, y,
                           ldy);
    if (step->norm.n > 0)
        berth_norm_rows(&step->norm, tools->kernels, tools->pool, y, NULL, y,
                        ldy, m);
    for (size_t i = 0; step->unit > 0 && i < m; i++)
        berth_unit_length(y + i * ldy, step->unit);
}

float *berth_chain_run(const struct berth_step *steps, size_t n,
                       const struct berth_linear_tools *tools, float *x,
                       float *other, size_t ld, size_t m)
{
    for (size_t i = 0; i < n; i++) {
        const bool moves = steps[i].linear.n_out > 0;
        float *y = moves ? other : x;

        berth_step_run(&steps[i], tools, x, ld, m, y, ld);
        if (moves) {
            other = x;
            x = y;
        }
    }
    return x;
}
