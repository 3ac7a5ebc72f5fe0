/*
 * pack.c - matrices into panels, the layout that kernels read from front to
 * back. For width 4, k 3: the columns 0 to 3 of input 0, then those of input 1,
 * then of input 2; then the next 4 columns. The last panel is filled up with
 * zeros.
 */
#include "lib/kernels/pack.h"

#include <stdbool.h>
#include <string.h>

size_t berth_panels(const struct berth_kernels *kernels, size_t n)
{
    return (n + kernels->panel_width - 1) / kernels->panel_width;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

size_t berth_panel_width(const struct berth_kernels *kernels, size_t n,
                         size_t p)
{
    const size_t left = n - p * kernels->panel_width;

    if (left >= kernels->panel_width)
        return kernels->panel_width;
    return round_up(left, kernels->panel_unit);
}

size_t berth_padded_columns(const struct berth_kernels *kernels, size_t n)
{
    return round_up(n, kernels->panel_unit);
}

/* All panels before p are full, so the offset needs no sum. p may be the number
 * of panels: then it is the size of all. */
size_t berth_panel_offset(const struct berth_kernels *kernels,
                          enum berth_format format, size_t k, size_t n,
                          size_t p)
{
    static const size_t element[] = {
        [BERTH_FORMAT_F32] = sizeof(float),
        [BERTH_FORMAT_F16] = sizeof(uint16_t),
        [BERTH_FORMAT_BF16] = sizeof(uint16_t),
        [BERTH_FORMAT_I8] = sizeof(int8_t),
    };
    const size_t columns = p * kernels->panel_width;
    const size_t padded = berth_padded_columns(kernels, n);

    if (format == BERTH_FORMAT_I8)
        k = round_up(k, BERTH_I8_STEP);
    else if (berth_has_pairs(kernels, format))
        k = berth_split_steps(k);
    return (columns < padded ? columns : padded) * k * element[format];
}

size_t berth_i8_groups(size_t k)
{
    return (k + BERTH_I8_GROUP - 1) / BERTH_I8_GROUP;
}

void berth_pack_panel(const struct berth_kernels *kernels,
                      enum berth_format format, const float *rows, size_t n,
                      size_t k, size_t width, float *scratch, void *panel)
{
    if (format == BERTH_FORMAT_F32) {
        kernels->pack_transposed(rows, k, n, k, panel, width);
        return;
    }
    kernels->pack_transposed(rows, k, n, k, scratch, width);
    if (berth_has_pairs(kernels, format))
        kernels->round_pairs(scratch, width, k, width, panel);
    else if (format == BERTH_FORMAT_F16)
        kernels->narrow_f16(scratch, panel, k * width);
    else
        kernels->narrow_bf16(scratch, panel, k * width);
}

/* One column's inputs first .. first + n - 1; returns the sum of q * scale. */
static double pack_group(const struct berth_kernels *kernels, const float *row,
                         size_t first, size_t n, size_t width, int8_t *column,
                         float *scale)
{
    const uint32_t level_0 = 0x80808080;
    const size_t step = width * BERTH_I8_STEP;
    uint8_t q[BERTH_I8_GROUP];
    const float sum = kernels->quantize_group(row + first, n, q, scale);

    /* quantize_group() gives 1 .. 255, with 128 for zero. Kernels take weights
     * of -127 .. 127: the same byte with its top bit changed. */
    memset(q + n, 128, round_up(n, BERTH_I8_STEP) - n);
    for (size_t i = 0; i < n; i += BERTH_I8_STEP) {
        uint32_t four;
        memcpy(&four, q + i, sizeof(four));
        four ^= level_0;
        memcpy(column + (first + i) / BERTH_I8_STEP * step, &four,
               sizeof(four));
    }
    return (double)sum * (double)*scale;
}

void berth_pack_panel_i8(const struct berth_kernels *kernels, const float *rows,
                         size_t n, size_t k, size_t width, int8_t *panel,
                         float *scales, float *sums)
{
    const size_t groups = berth_i8_groups(k);

    memset(panel, 0, round_up(k, BERTH_I8_STEP) * width);
    memset(scales, 0, groups * width * sizeof(*scales));
    memset(sums, 0, width * sizeof(*sums));
    for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t g = 0; g < groups; g++) {
            const size_t first = g * BERTH_I8_GROUP;
            const size_t left = k - first;
            sum +=
                pack_group(kernels, rows + j * k, first,
                           left < BERTH_I8_GROUP ? left : BERTH_I8_GROUP, width,
                           panel + j * BERTH_I8_STEP, &scales[g * width + j]);
        }
        sums[j] = (float)sum;
    }
}

float berth_quantize_row_i8(const struct berth_kernels *kernels,
                            const float *row, size_t k, int8_t *q,
                            float *scales)
{
    double sum = 0.0;

    for (size_t g = 0, first = 0; first < k; g++, first += BERTH_I8_GROUP) {
        const size_t left = k - first;
        const size_t n = left < BERTH_I8_GROUP ? left : BERTH_I8_GROUP;
        uint8_t levels[BERTH_I8_GROUP];
        const float of_group =
            kernels->quantize_group(row + first, n, levels, &scales[g]);

        for (size_t i = 0; i < n; i++)
            q[first + i] = (int8_t)(levels[i] - 128);
        sum += (double)of_group * (double)scales[g];
    }
    return (float)sum;
}

/* A column at a time. */
static void put_columns(const struct berth_rows_i8 *rows, size_t k, size_t at,
                        size_t width, int8_t *panel)
{
    const size_t step = width * BERTH_I8_STEP;
    const int8_t *q = rows->q;

    for (size_t j = 0; j < rows->n; j++, q += k) {
        int8_t *to = panel + (at + j) * BERTH_I8_STEP;

        for (size_t i = 0; i < k; i += BERTH_I8_STEP, to += step)
            memcpy(to, q + i, k - i < BERTH_I8_STEP ? k - i : BERTH_I8_STEP);
    }
}

/* Four bytes move as one float does, and no float is computed with. */
static bool move_as_floats(const struct berth_kernels *kernels,
                           const struct berth_rows_i8 *rows, size_t k,
                           size_t at, size_t width, int8_t *panel)
{
    if (at > 0 || k % BERTH_I8_STEP != 0 ||
        (uintptr_t)rows->q % sizeof(float) != 0)
        return false;
    kernels->pack_transposed(rows->q, k / BERTH_I8_STEP, rows->n,
                             k / BERTH_I8_STEP, (void *)panel, width);
    return true;
}

void berth_pack_rows_i8(const struct berth_kernels *kernels,
                        const struct berth_rows_i8 *rows, size_t k, size_t at,
                        size_t width, int8_t *panel, float *scales, float *sums)
{
    const size_t groups = berth_i8_groups(k);
    const char *scale = rows->scales;

    if (at == 0) {
        memset(scales, 0, groups * width * sizeof(*scales));
        memset(sums, 0, width * sizeof(*sums));
    }
    if (!move_as_floats(kernels, rows, k, at, width, panel)) {
        if (at == 0)
            memset(panel, 0, round_up(k, BERTH_I8_STEP) * width);
        put_columns(rows, k, at, width, panel);
    }
    for (size_t j = 0; j < rows->n; j++) {
        for (size_t g = 0; g < groups; g++, scale += sizeof(float))
            memcpy(&scales[g * width + at + j], scale, sizeof(float));
    }
    memcpy(sums + at, rows->sums, rows->n * sizeof(*sums));
}

void berth_pack_transposed(const struct berth_kernels *kernels,
                           const float *src, size_t ld, size_t n, size_t k,
                           float *packed)
{
    const size_t width = kernels->panel_width;

    for (size_t p = 0, first = 0; first < n; p++, first += width) {
        const size_t columns = n - first < width ? n - first : width;
        kernels->pack_transposed(src + first * ld, ld, columns, k,
                                 packed + first * k,
                                 berth_panel_width(kernels, n, p));
    }
}

static void pack_panel(const float *src, size_t ld, size_t n, size_t k,
                       float *panel, size_t width)
{
    for (size_t i = 0; i < k; i++) {
        memcpy(panel + i * width, src + i * ld, n * sizeof(*src));
        memset(panel + i * width + n, 0, (width - n) * sizeof(*src));
    }
}

void berth_pack(const struct berth_kernels *kernels, const float *src,
                size_t ld, size_t n, size_t k, float *packed)
{
    const size_t width = kernels->panel_width;

    for (size_t p = 0, first = 0; first < n; p++, first += width) {
        const size_t columns = n - first < width ? n - first : width;
        pack_panel(src + first, ld, columns, k, packed + first * k,
                   berth_panel_width(kernels, n, p));
    }
}
