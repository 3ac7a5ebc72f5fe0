/*
 * dots_vector.c - products of one vector with the rows of an index.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_128.h"

#include "lib/kernels/dots.h"

enum {
    BITS_AT_ONCE = 128 /* steps until 16 bits could overflow: 2 * 127 each */
};

static void dots_vector(const float *x, const float *rows, size_t n_rows,
                        size_t n, float *out, struct berth_sums *sums)
{
    for (size_t i = 0; i < n_rows; i++, rows += n) {
        if (sums != NULL)
            berth_sums_steps(sums, rows, n * sizeof(*rows));
        out[i] = dot(x, rows, n, NULL);
    }
}

INLINE int32_t sum_of_ints(ints s)
{
    return s[0] + s[1] + s[2] + s[3];
}

static void dots_u8_vector(const int16_t *x, const uint8_t *rows, uint8_t flip,
                           size_t n_rows, size_t n, int32_t *out,
                           struct berth_sums *sums)
{
    const bytes zero = {0}, turn = zero + flip;

    for (size_t i = 0; i < n_rows; i++, rows += n) {
        if (sums != NULL)
            berth_sums_steps(sums, rows, n);
        ints sum = set1_ints(0);
        size_t j = 0;

        for (; j + 16 <= n; j += 16) {
            const bytes row = load_bytes(rows + j) ^ turn;

            sum = add_pairs(sum, low_bytes(row), load_shorts(x + j));
            sum = add_pairs(sum, high_bytes(row), load_shorts(x + j + 8));
        }
        out[i] = sum_of_ints(sum);
        for (; j < n; j++)
            out[i] += x[j] * (rows[j] ^ flip);
    }
}

/* 16 bits become 16 bytes, all ones where a bit is set. */
INLINE bytes spread(unsigned bits)
{
    const uint8_t low = (uint8_t)bits, high = (uint8_t)(bits >> 8);
    const uint64_t each = 0x0101010101010101;
    const bytes one = {1, 2, 4, 8, 16, 32, 64, 128,
                       1, 2, 4, 8, 16, 32, 64, 128};
    const bytes both =
        (bytes)(longs){(int64_t)(each * low), (int64_t)(each * high)};

    return (bytes)((both & one) == one);
}

static int32_t dot_bits(const int8_t *x, const uint8_t *row, size_t n)
{
    int32_t sum = 0;

    for (size_t j = 0; j < n;) {
        shorts s = {0};

        for (size_t step = 0; step < BITS_AT_ONCE && j < n; step++, j += 2) {
            const unsigned bits =
                row[j] | (j + 1 < n ? (unsigned)row[j + 1] << 8 : 0u);
            const shorts by = (shorts)(load_bytes(x + 8 * j) & spread(bits));

            s += (by << 8 >> 8) + (by >> 8);
        }
        for (int i = 0; i < 8; i++)
            sum += s[i];
    }
    return sum;
}

static void dots_bits_vector(const int8_t *x, const uint8_t *rows,
                             size_t n_rows, size_t n, int32_t *out)
{
    for (size_t i = 0; i < n_rows; i++)
        out[i] = dot_bits(x, rows + i * n, n);
}

static size_t reach_vector(const float *x, const float *limit, size_t n,
                           uint32_t *which)
{
    size_t found = 0, i = 0;

    for (; i + VL <= n; i += VL) {
        const longs below = (longs)(load(x + i) < load(limit + i));

        if ((below[0] & below[1]) == -1)
            continue;
        for (size_t j = i; j < i + VL; j++)
            if (!(x[j] < limit[j]))
                which[found++] = (uint32_t)j;
    }
    for (; i < n; i++)
        if (!(x[i] < limit[i]))
            which[found++] = (uint32_t)i;
    return found;
}

void berth_kernels_use_dots_vector(struct berth_kernels *k)
{
    k->dots = dots_vector;
    k->dots_u8 = dots_u8_vector;
    k->dots_bits = dots_bits_vector;
    k->reach = reach_vector;
}
