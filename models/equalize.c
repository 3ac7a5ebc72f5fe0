/*
 * equalize.c - the factors, and the weights divided by them.
 */
#include "models/equalize.h"

#include <math.h>

void berth_largest_inputs(const float *row, size_t n, float *largest)
{
    for (size_t i = 0; i < n; i++)
        largest[i] = fmaxf(largest[i], fabsf(row[i]));
}

void berth_equalization(const float *norm_weight, const float *norm_bias,
                        const float *largest, size_t n, float *equal)
{
    for (size_t i = 0; i < n; i++) {
        const float size = fabsf(norm_bias[i]) + 3.0f * fabsf(norm_weight[i]);
        const float factor = sqrtf(largest[i] / size);
        const int usable = isfinite(factor) && factor > 1e-6f && factor < 1e6f;
        equal[i] = usable ? factor : 1.0f;
    }
}

void berth_equalize_rows(const float *equal, float *rows, size_t m, size_t n)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++)
            rows[i * n + j] /= equal[j];
    }
}
