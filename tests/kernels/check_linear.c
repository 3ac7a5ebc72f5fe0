/*
 * check_linear.c - a linear layer gives a row the same bits whatever is done
 * with it: alone, among some or among many, with one thread or several, whether
 * its inputs are few or so many that they are taken in pieces, its weights few
 * or so many that they drive results out of the cache.
 */
#include "lib/kernels/pack.h"
#include "models/linear/linear.h"
#include "tests/kernels/levels.h"

enum {
    ROWS = 300,
    SOME_ROWS = 20,
    OUTPUTS_MAX = 1100,
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
                       y, linear->n_out);
    free(tools.room);
}

struct shape {
    size_t rows, inputs, outputs;
};

static bool check_shape(const struct berth_kernels *kernels,
                        struct berth_pool *pool, struct shape shape)
{
    const size_t n_in = shape.inputs, n_out = shape.outputs;
    const size_t columns = berth_padded_columns(kernels, n_out);
    float *w = take(n_out * n_in), *packed = take(columns * n_in);
    float *x = take(shape.rows * n_in), *y = take(shape.rows * n_out);
    float bias[OUTPUTS_MAX], *some = take(SOME_ROWS * n_out);

    for (size_t i = 0; i < n_out * n_in; i++)
        w[i] = rng_real();
    for (size_t i = 0; i < shape.rows * n_in; i++)
        x[i] = rng_real();
    for (size_t i = 0; i < n_out; i++)
        bias[i] = rng_real();
    berth_pack_transposed(kernels, w, n_in, n_out, n_in, packed);
    const struct berth_linear linear = {
        .format = BERTH_FORMAT_F32,
        .bias = bias,
        .n_in = n_in,
        .n_out = n_out,
        .packed = (const char *)packed,
    };
    apply(&linear, kernels, pool, x, shape.rows, y);
    apply(&linear, kernels, pool, x, SOME_ROWS, some);
    bool same = memcmp(some, y, SOME_ROWS * n_out * sizeof(*y)) == 0;
    for (size_t i = 0; i < shape.rows; i++) {
        apply(&linear, kernels, NULL, x + i * n_in, 1, some);
        same = same && memcmp(some, y + i * n_out, n_out * sizeof(*y)) == 0;
    }
    free(w);
    free(packed);
    free(x);
    free(y);
    free(some);
    return same;
}

int main(int argc, char **argv)
{
    static const struct shape shapes[] = {
        {ROWS, 7, 100},   {ROWS, 384, 100},  {ROWS, 768, 100},
        {ROWS, 769, 100}, {ROWS, 1700, 100}, {40, 760, OUTPUTS_MAX}};
    struct berth_pool *pool = NULL;
    struct berth_kernels k;

    rng_seed(argc, argv);
    if (!CHECK(berth_pool_new(THREADS, &pool, NULL) == BERTH_OK, "threads"))
        return tap_done();
    for (int level = 0; next_level(&level, &k);) {
        k.fetch_ahead = 2048;
        for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
            CHECK(check_shape(&k, pool, shapes[i]),
                  "%s: %zu inputs, %zu outputs, among others and alone", k.name,
                  shapes[i].inputs, shapes[i].outputs);
            CHECK(check_shape(&k, NULL, shapes[i]), "%s: on one thread",
                  k.name);
        }
    }
    berth_pool_free(pool);
    return tap_done();
}
