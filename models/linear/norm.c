/*
 * norm.c - norms as tasks of some rows; unit length.
 */
#include "models/linear/norm.h"

#include <math.h>

/* Rows of a task. */
enum {
    NORM_ROWS = 32
};

struct job {
    const struct berth_norm *norm;
    const struct berth_kernels *kernels;
    const float *x, *residual;
    float *out;
    size_t ld, m;
};

static void layer_row(const struct job *j, const float *x,
                      const float *residual, float *out)
{
    const struct berth_norm *norm = j->norm;

    j->kernels->layer_norm(x, residual, norm->weight, norm->bias, norm->eps,
                           out, norm->n);
}

static float sum_of(const float *x, const float *residual, size_t i)
{
    return residual != NULL ? x[i] + residual[i] : x[i];
}

static void rms_row(const struct job *j, const float *x, const float *residual,
                    float *out)
{
    const struct berth_norm *norm = j->norm;
    double square = 0.0;

    for (size_t i = 0; i < norm->n; i++) {
        const float y = sum_of(x, residual, i);
        square += (double)y * (double)y;
    }
    const float by =
        (float)(1.0 / sqrt(square / (double)norm->n + (double)norm->eps));
    for (size_t i = 0; i < norm->n; i++)
        out[i] = sum_of(x, residual, i) * by * norm->weight[i];
}

static void scaled_row(const struct job *j, const float *x,
                       const float *residual, float *out)
{
    const struct berth_norm *norm = j->norm;

    j->kernels->scale(x, residual, norm->weight, norm->bias, out, norm->n);
}

static void (*const rows_of[])(const struct job *j, const float *x,
                               const float *residual, float *out) = {
    [BERTH_NORM_LAYER] = layer_row,
    [BERTH_NORM_RMS] = rms_row,
    [BERTH_NORM_SCALED] = scaled_row,
};

static void norm_rows(void *arg, size_t task, size_t thread)
{
    const struct job *j = arg;
    const size_t first = task * NORM_ROWS;
    const size_t left = j->m - first;
    const size_t end = first + (left < NORM_ROWS ? left : NORM_ROWS);

    (void)thread;
    for (size_t i = first; i < end; i++)
        rows_of[j->norm->kind](j, j->x + i * j->ld,
                               j->residual != NULL ? j->residual + i * j->ld
                                                   : NULL,
                               j->out + i * j->ld);
}

void berth_norm_rows(const struct berth_norm *norm,
                     const struct berth_kernels *kernels,
                     struct berth_pool *pool, const float *x,
                     const float *residual, float *out, size_t ld, size_t m)
{
    struct job job = {norm, kernels, x, residual, out, ld, m};

    berth_pool_run(pool, norm_rows, &job, (m + NORM_ROWS - 1) / NORM_ROWS);
}

void berth_unit_length(float *x, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    const double length = sqrt(sum);
    const float by = (float)(length > 1e-12 ? length : 1e-12);
    for (size_t i = 0; i < n; i++)
        x[i] /= by;
}
