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

static void pack(const struct berth_kernels *kernels, enum berth_format format,
                 const float *w, size_t n_in, size_t n_out, char *packed)
{
    const size_t width = kernels->panel_width;
    float *scratch = take(n_in * width);

    for (size_t p = 0; p < berth_panels(kernels, n_out); p++) {
        const size_t left = n_out - p * width;
        berth_pack_panel(
            kernels, format, w + p * width * n_in, left < width ? left : width,
            n_in, berth_panel_width(kernels, n_out, p), scratch,
            packed + berth_panel_offset(kernels, format, n_in, n_out, p));
    }
    free(scratch);
}

static bool check_shape(const struct berth_kernels *kernels,
                        enum berth_format format, struct berth_pool *pool,
                        struct shape shape)
{
    const size_t n_in = shape.inputs, n_out = shape.outputs;
    const size_t size = berth_panel_offset(kernels, format, n_in, n_out,
                                           berth_panels(kernels, n_out));
    float *w = take(n_out * n_in), *packed = take(size / sizeof(float));
    float *x = take(shape.rows * n_in), *y = take(shape.rows * n_out);
    float bias[OUTPUTS_MAX], *some = take(SOME_ROWS * n_out);

    for (size_t i = 0; i < n_out * n_in; i++)
        w[i] = rng_real();
    for (size_t i = 0; i < shape.rows * n_in; i++)
        x[i] = rng_real();
    for (size_t i = 0; i < n_out; i++)
        bias[i] = rng_real();
    pack(kernels, format, w, n_in, n_out, (char *)packed);
    const struct berth_linear linear = {
        .format = format,
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

static void check_format(struct berth_kernels *k, enum berth_format format,
                         struct berth_pool *pool)
{
    static const struct shape shapes[] = {
        {ROWS, 7, 100},   {ROWS, 384, 100},  {ROWS, 768, 100},
        {ROWS, 769, 100}, {ROWS, 1700, 100}, {40, 760, OUTPUTS_MAX}};

    k->fetch_ahead = 2048;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        CHECK(check_shape(k, format, pool, shapes[i]),
              "%s: format %d%s, %zu inputs, %zu outputs, among others and "
              "alone",
              k->name, (int)format, k->round_pairs != NULL ? ", rounded" : "",
              shapes[i].inputs, shapes[i].outputs);
        CHECK(check_shape(k, format, NULL, shapes[i]), "%s: on one thread",
              k->name);
    }
}

int main(int argc, char **argv)
{
    struct berth_pool *pool = NULL;
    struct berth_kernels k;

    rng_seed(argc, argv);
    if (!CHECK(berth_pool_new(THREADS, &pool, NULL) == BERTH_OK, "threads"))
        return tap_done();
    for (int level = 0; next_level(&level, &k);) {
        for (int f = 0; f < BERTH_FORMAT_FLOATS; f++)
            check_format(&k, (enum berth_format)f, pool);
        berth_kernels_select(&k, (enum berth_cpu)(level - 1), true);
        if (k.round_pairs != NULL)
            check_format(&k, BERTH_FORMAT_BF16, pool);
    }
    berth_pool_free(pool);
    return tap_done();
}
