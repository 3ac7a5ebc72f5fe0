/*
 * finite.c - looks for NaN and infinity.
 */
#include "cli/stream/finite.h"

#include <math.h>
#include <string.h>

enum {
    LANES = 16
};

/* A float is finite unless its exponent is all ones: then adding one to it sets
 * the bit above. The lanes are independent, so that compilers can use
 * vectors. */
bool finite_all(const float *x, size_t n)
{
    uint32_t lanes[LANES] = {0}, bits[LANES] = {0}, all = 0;

    for (size_t i = 0; i < n; i += LANES) {
        size_t left = n - i;

        /* At the end some are looked at twice. */
        memcpy(bits, x + i, (left < LANES ? left : LANES) * sizeof(*bits));
        for (size_t j = 0; j < LANES; j++)
            lanes[j] |= (bits[j] & 0x7fffffffu) + 0x800000u;
    }
    for (size_t j = 0; j < LANES; j++)
        all |= lanes[j];
    return all >> 31 == 0;
}

const char finite_text[] =
    "the model's result is not a number (NaN or infinite): are its weights "
    "whole, and do they fit --precision?";

static bool fail(struct item *item)
{
    if (item->record.error == NULL)
        item->record.error = finite_text;
    return false;
}

bool finite_check(struct item *item, const float *x, size_t n)
{
    return finite_all(x, n) || fail(item);
}

bool finite_check_log(struct item *item, double x)
{
    return isfinite(x) || x < 0.0 || fail(item);
}
