/*
 * check_dots.c - products with the rows of an index: every level against the
 * scalar one, to the bit, at the end of a page.
 */
#include "lib/sums.h"
#include "tests/kernels/levels.h"

enum {
    ROWS = 9,
    SIZES = 300,
    LONG = 9000 /* more bits than 16-bit sums hold */
};

struct operands {
    float *x, *rows;
    int16_t *wide;
    int8_t *narrow;
};

static struct operands all;

static void fill(size_t n)
{
    for (size_t j = 0; j < n; j++) {
        all.x[j] = rng_real();
        all.wide[j] = (int16_t)((int)(rng() % 1801) - 900);
    }
    for (size_t i = 0; i < ROWS * n; i++)
        all.rows[i] = rng_real();
}

/* Of what came before. */
static const struct berth_sums some_sums = {{1, 2, 3, 4, 5, 6, 7, UINT64_MAX},
                                            {9, 8, 7, 6, 5, 4, UINT64_MAX, 2}};

static size_t wrong_floats(const struct berth_kernels *k,
                           const struct berth_kernels *scalar, float *end,
                           size_t n)
{
    float got[ROWS], want[ROWS];
    float *rows = end - ROWS * n, *x = end - ROWS * n - n;

    memcpy(rows, all.rows, ROWS * n * sizeof(*rows));
    memcpy(x, all.x, n * sizeof(*x));
    k->dots(x, rows, ROWS, n, got, NULL);
    scalar->dots(x, rows, ROWS, n, want, NULL);
    if (memcmp(got, want, sizeof(got)) != 0)
        return 1;
    if (n % BERTH_LANES != 0)
        return 0;
    struct berth_sums sums = some_sums, want_sums = some_sums;

    k->dots(x, rows, ROWS, n, got, &sums);
    berth_sums_add(&want_sums, rows, ROWS * n * sizeof(*rows));
    return memcmp(got, want, sizeof(got)) != 0 ||
           memcmp(&sums, &want_sums, sizeof(sums)) != 0;
}

static size_t wrong_bytes(const struct berth_kernels *k,
                          const struct berth_kernels *scalar, uint8_t *end,
                          size_t n, uint8_t flip)
{
    int32_t got[ROWS], want[ROWS];
    uint8_t *rows = end - ROWS * n;

    for (size_t i = 0; i < ROWS * n; i++)
        rows[i] = (uint8_t)rng();
    k->dots_u8(all.wide, rows, flip, ROWS, n, got, NULL);
    scalar->dots_u8(all.wide, rows, flip, ROWS, n, want, NULL);
    if (memcmp(got, want, sizeof(got)) != 0)
        return 1;
    if (n % BERTH_SUMS_STEP != 0)
        return 0;
    struct berth_sums sums = some_sums, want_sums = some_sums,
                      again = some_sums;

    k->dots_u8(all.wide, rows, flip, ROWS, n, got, &sums);
    k->sums(&again, rows, ROWS * n);
    berth_sums_add(&want_sums, rows, ROWS * n);
    return memcmp(got, want, sizeof(got)) != 0 ||
           memcmp(&sums, &want_sums, sizeof(sums)) != 0 ||
           memcmp(&again, &want_sums, sizeof(again)) != 0;
}

/* The largest sums, too: x of 127 and all bits set. */
static size_t wrong_bits(const struct berth_kernels *k,
                         const struct berth_kernels *scalar, uint8_t *end,
                         size_t n, bool full)
{
    int32_t got[ROWS], want[ROWS];
    uint8_t *rows = end - ROWS * n;

    memset(all.narrow, 0, LONG + 64);
    for (size_t j = 0; j < 8 * n; j++)
        all.narrow[j] = full ? 127 : (int8_t)((int)(rng() % 255) - 127);
    for (size_t i = 0; i < ROWS * n; i++)
        rows[i] = full ? 255 : (uint8_t)rng();
    k->dots_bits(all.narrow, rows, ROWS, n, got);
    scalar->dots_bits(all.narrow, rows, ROWS, n, want);
    return memcmp(got, want, sizeof(got)) != 0;
}

static size_t wrong_reach(const struct berth_kernels *k,
                          const struct berth_kernels *scalar, size_t n)
{
    uint32_t got[SIZES + 1], want[SIZES + 1];

    for (size_t i = 0; i < n; i += 7)
        all.x[i] = i % 2 ? NAN : all.rows[i];
    const size_t found = k->reach(all.x, all.rows, n, got);

    return found != scalar->reach(all.x, all.rows, n, want) ||
           memcmp(got, want, found * sizeof(*got)) != 0;
}

static void check(const struct berth_kernels *k,
                  const struct berth_kernels *scalar, float *floats)
{
    size_t f = 0, u = 0, b = 0, r = 0;
    uint8_t *end = (void *)floats;

    for (size_t n = 1; n <= SIZES; n++) {
        fill(n);
        f += wrong_floats(k, scalar, floats, n);
        u += wrong_bytes(k, scalar, end, n, n % 2 ? 0x80 : 0);
        b += wrong_bits(k, scalar, end, n, n % 5 == 0);
        r += wrong_reach(k, scalar, n);
    }
    b += wrong_bits(k, scalar, end, LONG / 8, true);
    EQUAL_SIZE(f, 0, "%s: dots of 1 to %d floats", k->name, SIZES);
    EQUAL_SIZE(u, 0, "%s: dots of 1 to %d bytes", k->name, SIZES);
    EQUAL_SIZE(b, 0, "%s: dots of bits, of 1 to %d bytes and of %d", k->name,
               SIZES, LONG / 8);
    EQUAL_SIZE(r, 0, "%s: which of 1 to %d reach a limit", k->name, SIZES);
}

int main(int argc, char **argv)
{
    float *end = guarded_floats((ROWS + 1) * SIZES);
    struct berth_kernels k, scalar;

    rng_seed(argc, argv);
    all.x = calloc(SIZES, sizeof(*all.x));
    all.rows = calloc(ROWS * SIZES, sizeof(*all.rows));
    all.wide = calloc(SIZES, sizeof(*all.wide));
    all.narrow = calloc(LONG + 64, sizeof(*all.narrow));
    berth_kernels_select(&scalar, BERTH_CPU_SCALAR, false);
    for (int level = 0; next_level(&level, &k);)
        check(&k, &scalar, end);
    free(all.x);
    free(all.rows);
    free(all.wide);
    free(all.narrow);
    return tap_done();
}
