/*
 * pack.c - into panels.
 */
#include "lib/pack.h"

#include <string.h>

size_t berth_panels(const struct berth_kernels *kernels, size_t n)
{
    return (n + kernels->panel_width - 1) / kernels->panel_width;
}

size_t berth_panel_width(const struct berth_kernels *kernels, size_t n,
                         size_t p)
{
    const size_t left = n - p * kernels->panel_width;
    const size_t unit = kernels->panel_unit;

    if (left >= kernels->panel_width)
        return kernels->panel_width;
    return (left + unit - 1) / unit * unit;
}

size_t berth_packed_size(const struct berth_kernels *kernels, size_t k,
                         size_t n)
{
    const size_t unit = kernels->panel_unit;

    return (n + unit - 1) / unit * unit * k;
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
