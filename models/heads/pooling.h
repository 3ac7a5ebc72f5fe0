/*
 * pooling.h - the states of a sequence become one vector.
 */
#ifndef MODELS_HEADS_POOLING_H
#define MODELS_HEADS_POOLING_H

#include "lib/berth.h"

/*
 * berth_pool_states - Pooling.forward of sentence-transformers, one mode.
 *
 *   states  (n, C)  n may be 0 where a prompt was all there is: the result is
 *                   then 0
 *   out     (C)     mean: sum / n; max; mean-sqrt: sum / sqrt n; weighted-mean:
 *                   weights first, first + 1, ... ; cls: the first; last: the
 *                   last
 *   first   1-based position of states[0] in its sequence
 *
 * Sums run over tokens in ascending order. Cannot fail.
 */
void berth_pool_states(enum berth_pooling pooling, const float *states,
                       size_t n, size_t first, size_t C, float *out);

#endif
