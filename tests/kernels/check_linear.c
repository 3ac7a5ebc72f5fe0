/*
 * check_linear.c - a linear layer gives a row the same bits whatever is done
 * with it: alone or among many, with one thread or several, whether its inputs
 * are few or so many that they are taken in pieces.
 */
#include "lib/kernels/pack.h"
#include "models/linear/linear.h"
#include "tests/kernels/levels.h"

enum {
    ROWS = 300,
    OUTPUTS = 100,
    INPUTS_MAX = 1700,
    THREADS = 3
};

static void *take(size_t floats)
{
    return aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64);
}

static void apply(const struct berth_linear *linear,
                  const struct berth_kernels *kernels, struct berth_pool *pool,
                  const float *x, size_t m, float *y)
{
    const size_t room = berth_linear_room(linear, kernels);
    const struct berth_linear_tools tools = {
        .kernels = kernels,
        .pool = pool,
        .room = take(THREADS * room),
        .room_size = room,
    };

    berth_linear_apply(linear, &tools, x, linear->n_in, m, BERTH_FUNCTION_GELU,
                       y, OUTPUTS);
    free(tools.room);
}

static bool check_inputs(const struct berth_kernels *kernels,
                         struct berth_pool *pool, size_t n_in)
{
    const size_t columns = berth_padded_columns(kernels, OUTPUTS);
    float *w = take(OUTPUTS * n_in), *packed = take(columns * n_in);
    float *x = take(ROWS * n_in), *y = take(ROWS * OUTPUTS);
    float bias[OUTPUTS], alone[OUTPUTS];
    bool same = true;

    for (size_t i = 0; i < OUTPUTS * n_in; i++)
        w[i] = rng_real();
    for (size_t i = 0; i < ROWS * n_in; i++)
        x[i] = rng_real();
    for (size_t i = 0; i < OUTPUTS; i++)
        bias[i] = rng_real();
    berth_pack_transposed(kernels, w, n_in, OUTPUTS, n_in, packed);
    const struct berth_linear linear = {
        .format = BERTH_FORMAT_F32,
        .bias = bias,
        .n_in = n_in,
        .n_out = OUTPUTS,
        .packed = (const char *)packed,
    };
    apply(&linear, kernels, pool, x, ROWS, y);
    for (size_t i = 0; i < ROWS; i++) {
        apply(&linear, kernels, NULL, x + i * n_in, 1, alone);
        same = same && memcmp(alone, y + i * OUTPUTS, sizeof(alone)) == 0;
    }
    free(w);
    free(packed);
    free(x);
    free(y);
    return same;
}

int main(int argc, char **argv)
{
    static const size_t inputs[] = {7, 384, 768, 769, INPUTS_MAX};
    struct berth_pool *pool = NULL;
    struct berth_kernels k;

    rng_seed(argc, argv);
    if (!CHECK(berth_pool_new(THREADS, &pool, NULL) == BERTH_OK, "threads"))
        return tap_done();
    for (int level = 0; next_level(&level, &k);) {
        for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
            CHECK(check_inputs(&k, pool, inputs[i]),
                  "%s: %zu inputs, among others and alone", k.name, inputs[i]);
            CHECK(check_inputs(&k, NULL, inputs[i]), "%s: on one thread",
                  k.name);
        }
    }
    berth_pool_free(pool);
    return tap_done();
}
