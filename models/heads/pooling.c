/*
 * pooling.c - one vector from many. Plain loops over columns, which compilers
 * turn into vectors: no sum is reordered.
 */
#include "models/heads/pooling.h"

#include <math.h>
#include <string.h>

static void add_scaled(float *out, const float *x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += x[i] * scale;
}

static void divide(float *out, float by, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] /= by;
}

static void pool_max(const float *states, size_t n, size_t C, float *out)
{
    memcpy(out, states, C * sizeof(*out));
    for (size_t t = 1; t < n; t++) {
        for (size_t i = 0; i < C; i++) {
            const float x = states[t * C + i];
            out[i] = x > out[i] || isnan(x) ? x : out[i];
        }
    }
}

void berth_pool_states(enum berth_pooling pooling, const float *states,
                       size_t n, size_t first, size_t C, float *out)
{
    const bool weighted = pooling == BERTH_POOLING_WEIGHTED_MEAN;
    float total = 0.0f;

    memset(out, 0, C * sizeof(*out));
    if (n == 0)
        return;
    if (pooling == BERTH_POOLING_MAX) {
        pool_max(states, n, C, out);
        return;
    }
    if (pooling == BERTH_POOLING_CLS || pooling == BERTH_POOLING_LAST) {
        const size_t t = pooling == BERTH_POOLING_CLS ? 0 : n - 1;
        memcpy(out, states + t * C, C * sizeof(*out));
        return;
    }
    for (size_t t = 0; t < n; t++) {
        const float weight = weighted ? (float)(first + t) : 1.0f;
        add_scaled(out, states + t * C, weight, C);
        total += weight;
    }
    divide(out, pooling == BERTH_POOLING_MEAN_SQRT ? sqrtf(total) : total, C);
}
