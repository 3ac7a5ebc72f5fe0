/*
 * attention_math.c - words from pieces, means, maxima and rollout.
 */
#include "cli/inside/attention_math.h"

#include <string.h>

void attention_merge(const float *in, size_t n, const size_t *group,
                     size_t n_words, double *scratch, float *out)
{
    for (size_t begin = 0, end; begin < n; begin = end) {
        float *row = out + group[begin] * n_words;

        memset(scratch, 0, n_words * sizeof(*scratch));
        for (end = begin; end < n && group[end] == group[begin]; end++)
            for (size_t i = 0; i < n; i++)
                scratch[group[i]] += (double)in[end * n + i];
        for (size_t w = 0; w < n_words; w++)
            row[w] = (float)(scratch[w] / (double)(end - begin));
    }
}

void attention_mean(const float *in, size_t n, size_t stride, size_t size,
                    float *out)
{
    for (size_t i = 0; i < size; i++) {
        double sum = 0.0;

        for (size_t k = 0; k < n; k++)
            sum += (double)in[k * stride + i];
        out[i] = (float)(sum / (double)n);
    }
}

void attention_max(const float *in, size_t n, size_t stride, size_t size,
                   float *out)
{
    for (size_t i = 0; i < size; i++) {
        float largest = in[i];

        for (size_t k = 1; k < n; k++)
            if (in[k * stride + i] > largest)
                largest = in[k * stride + i];
        out[i] = largest;
    }
}

/* A row of (W + I) / sum. */
static void mix_row(const float *heads, size_t n_heads, size_t n, size_t q,
                    double *a)
{
    double sum = 0.0;

    for (size_t k = 0; k < n; k++) {
        a[k] = k == q ? (double)n_heads : 0.0;
        for (size_t h = 0; h < n_heads; h++)
            a[k] += (double)heads[(h * n + q) * n + k];
        sum += a[k];
    }
    for (size_t k = 0; k < n; k++)
        a[k] /= sum;
}

void attention_rollout(const float *heads, size_t n_heads, size_t n,
                       double *joint, double *scratch)
{
    double *a = scratch + n * n;

    for (size_t q = 0; q < n; q++) {
        double *out = scratch + q * n;

        mix_row(heads, n_heads, n, q, a);
        memset(out, 0, n * sizeof(*out));
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < n; i++)
                out[i] += a[k] * joint[k * n + i];
    }
    memcpy(joint, scratch, n * n * sizeof(*joint));
}
