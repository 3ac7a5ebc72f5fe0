/*
 * positions.c - sinusoids, and similarities of positions.
 */
#include "cli/inside/positions.h"

#include <math.h>

void positions_sinusoidal(size_t position, size_t size, float *out)
{
    for (size_t i = 0; i < size; i++) {
        double exponent = (double)(i - i % 2) / (double)size;
        double angle = (double)position / pow(10000.0, exponent);

        out[i] = (float)(i % 2 == 0 ? sin(angle) : cos(angle));
    }
}

static double dot(const float *x, const float *y, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

void positions_similarity(const float *x, const float *table, size_t n,
                          size_t size, bool cosine, float *out)
{
    double own = dot(x, x, size);

    for (size_t i = 0; i < n; i++) {
        const float *y = table + i * size;
        double value = dot(x, y, size);
        double lengths = cosine ? sqrt(own * dot(y, y, size)) : 1.0;

        out[i] = (float)(lengths > 0.0 ? value / lengths : 0.0);
    }
}
