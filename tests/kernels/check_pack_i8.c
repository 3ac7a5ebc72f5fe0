/*
 * check_pack_i8.c - rows that were put into 8 bits beforehand give the panel
 * that the rows themselves give, wherever they are cut and whatever their
 * address.
 */
#include "lib/kernels/pack.h"

#include "tests/kernels/levels.h"

enum {
    N_MAX = 48,
    K_MAX = 400,
    GROUPS = 4
};

struct panel {
    _Alignas(64) int8_t data[N_MAX * K_MAX];
    float scales[N_MAX * GROUPS], sums[N_MAX];
};

static float rows[N_MAX * K_MAX];
static struct panel want, got;

/* What a file would have, from some byte on; up to its last there is memory. */
struct stored {
    unsigned char *q, *scales, *sums;
};

static void quantize(const struct berth_kernels *kernels, size_t n, size_t k,
                     const struct stored *to)
{
    const size_t groups = berth_i8_groups(k);

    for (size_t i = 0; i < n; i++) {
        int8_t q[K_MAX];
        float scales[GROUPS];
        const float sum =
            berth_quantize_row_i8(kernels, rows + i * k, k, q, scales);

        memcpy(to->q + i * k, q, k);
        memcpy(to->scales + i * groups * sizeof(float), scales,
               groups * sizeof(float));
        memcpy(to->sums + i * sizeof(float), &sum, sizeof(sum));
    }
}

/* Columns from .. from + n - 1. */
static void pack(const struct berth_kernels *kernels,
                 const struct stored *stored, size_t from, size_t n, size_t k,
                 size_t width)
{
    const size_t of_row = berth_i8_groups(k) * sizeof(float);
    const struct berth_rows_i8 some = {stored->q + from * k,
                                       stored->scales + from * of_row,
                                       stored->sums + from * sizeof(float), n};

    berth_pack_rows_i8(kernels, &some, k, from, width, got.data, got.scales,
                       got.sums);
}

static bool check(const struct berth_kernels *kernels, size_t n, size_t k,
                  size_t cut, size_t beside)
{
    const size_t width = berth_panel_width(kernels, n, 0);
    const size_t groups = berth_i8_groups(k);
    const size_t bytes = (k + 3) / 4 * 4 * width;
    unsigned char *memory[3] = {malloc(n * k + beside),
                                malloc(n * groups * sizeof(float) + beside),
                                malloc(n * sizeof(float) + beside)};
    const struct stored stored = {memory[0] + beside, memory[1] + beside,
                                  memory[2] + beside};

    memset(&want, 0x55, sizeof(want));
    memset(&got, 0xaa, sizeof(got));
    berth_pack_panel_i8(kernels, rows, n, k, width, want.data, want.scales,
                        want.sums);
    quantize(kernels, n, k, &stored);
    pack(kernels, &stored, 0, cut, k, width);
    if (cut < n)
        pack(kernels, &stored, cut, n - cut, k, width);
    const bool same =
        memcmp(want.data, got.data, bytes) == 0 &&
        memcmp(want.scales, got.scales, groups * width * sizeof(float)) == 0 &&
        memcmp(want.sums, got.sums, width * sizeof(float)) == 0;

    for (int i = 0; i < 3; i++)
        free(memory[i]);
    return same;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1, 3, 4, 126, 128, 130, 256, 384, 400};
    struct berth_kernels k;

    rng_seed(argc, argv);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        rows[i] = i % 7 == 3 ? 0.0f : rng_real();
    for (int level = 0; next_level(&level, &k);) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            const size_t width = k.panel_width;
            bool same = true;

            for (size_t n = 1; n <= width; n++)
                same = same && check(&k, n, sizes[i], n, 0) &&
                       check(&k, n, sizes[i], n / 2 + 1, 0) &&
                       check(&k, n, sizes[i], n / 3 + 1, 1);
            CHECK(same, "%s: rows of %zu: the panel of the floats", k.name,
                  sizes[i]);
        }
    }
    return tap_done();
}
