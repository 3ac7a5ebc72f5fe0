/*
 * check_crc32c.c - the sum of every level against lib/crc32c.c, which
 * tests/unit/test_crc32c.c compares with the polynomial.
 */
#include "lib/crc32c.h"
#include "tests/kernels/levels.h"

enum {
    N_MAX = 200
};

/* All lengths and begins, at the end of a page and in pieces. */
static size_t count_wrong(const struct berth_kernels *k, unsigned char *end)
{
    size_t wrong = 0;

    for (size_t n = 0; n <= N_MAX; n++) {
        const size_t cut = n > 0 ? rng() % n : 0;
        const uint32_t first = rng();
        unsigned char *p = end - n;

        for (size_t i = 0; i < n; i++)
            p[i] = (unsigned char)rng();
        const uint32_t want = berth_crc32c(first, p, n);
        wrong += k->crc32c(first, p, n) != want ? 1 : 0;
        wrong += k->crc32c(k->crc32c(first, p, cut), p + cut, n - cut) != want
                     ? 1
                     : 0;
    }
    return wrong;
}

int main(int argc, char **argv)
{
    unsigned char *end = (void *)guarded_end(N_MAX);
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (int level = 0; next_level(&level, &k);)
        EQUAL_SIZE(count_wrong(&k, end), 0, "%s: sums of 0 to %d bytes", k.name,
                   N_MAX);
    return tap_done();
}
