/*
 * linear.c - a matrix product as tasks: one panel of the weights, one chunk of
 * the rows.
 */
#include "models/linear.h"
#include "lib/pack.h"

/* Rows of a task: enough to use a panel many times while it is in the cache,
 * few enough to share a batch between threads. A multiple of the tiles' 9 and 6
 * rows. */
enum {
    CHUNK_ROWS = 288
};

struct job {
    const struct berth_linear *linear;
    const struct berth_kernels *kernels;
    const float *x;
    float *y;
    size_t ldx, ldy, m, n_panels;
    enum berth_function f;
};

static void run_task(void *arg, size_t task, size_t thread)
{
    const struct job *j = arg;
    const struct berth_linear *w = j->linear;
    const size_t p = task % j->n_panels;
    const size_t row = task / j->n_panels * CHUNK_ROWS;
    const size_t first = p * j->kernels->panel_width;
    const size_t left = w->n_out - first;
    const size_t n =
        left < j->kernels->panel_width ? left : j->kernels->panel_width;
    const size_t m = j->m - row < CHUNK_ROWS ? j->m - row : CHUNK_ROWS;
    float *y = j->y + row * j->ldy + first;

    (void)thread;
    j->kernels->gemm_f32(&(struct berth_gemm_f32){
        .a = j->x + row * j->ldx,
        .lda = j->ldx,
        .panel = w->packed + first * w->n_in,
        .width = berth_panel_width(j->kernels, w->n_out, p),
        .c = y,
        .ldc = j->ldy,
        .m = m,
        .n = n,
        .k = w->n_in,
        .scale = 1.0f,
        .bias = w->bias != NULL ? w->bias + first : NULL,
    });
    if (j->f == BERTH_FUNCTION_IDENTITY)
        return;
    for (size_t i = 0; i < m; i++)
        j->kernels->function(j->f, y + i * j->ldy, n);
}

void berth_linear_apply(const struct berth_linear *linear,
                        const struct berth_kernels *kernels,
                        struct berth_pool *pool, const float *x, size_t ldx,
                        size_t m, enum berth_function f, float *y, size_t ldy)
{
    struct job j = {
        .linear = linear,
        .kernels = kernels,
        .x = x,
        .y = y,
        .ldx = ldx,
        .ldy = ldy,
        .m = m,
        .n_panels = berth_panels(kernels, linear->n_out),
        .f = f,
    };

    berth_pool_run(pool, run_task, &j,
                   j.n_panels * ((m + CHUNK_ROWS - 1) / CHUNK_ROWS));
}
