/*
 * chain.c - a step of what comes after the encoder.
 */
#include "models/linear/chain.h"

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
}
