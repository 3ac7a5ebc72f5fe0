/*
 * head_stats.c - entropy, distance and shares of heads, and how far heads are
 * from one another.
 */
#include "cli/inside/head_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool head_stats_init(struct head_stats *s, size_t n_heads, bool distances)
{
    *s = (struct head_stats){.n_heads = n_heads};
    s->heads = calloc(n_heads, sizeof(*s->heads));
    s->entropies = calloc(n_heads, sizeof(*s->entropies));
    if (distances)
        s->distances = calloc(n_heads * n_heads, sizeof(*s->distances));
    return s->heads != NULL && s->entropies != NULL &&
           (!distances || s->distances != NULL);
}

void head_stats_copy(struct head_stats *to, const struct head_stats *from)
{
    size_t n = from->n_heads;

    to->n_queries = from->n_queries;
    memcpy(to->heads, from->heads, n * sizeof(*to->heads));
    if (from->distances != NULL)
        memcpy(to->distances, from->distances, n * n * sizeof(*to->distances));
}

void head_stats_free(struct head_stats *s)
{
    free(s->heads);
    free(s->entropies);
    free(s->distances);
    *s = (struct head_stats){0};
}

/* -p log p, continued to 0. */
static double surprise(double p)
{
    return p > 0.0 ? -p * log(p) : 0.0;
}

/* One query of one head; returns its entropy. */
static double add_query(struct head_sums *h, const float *row, size_t n,
                        size_t q, const unsigned char *kinds)
{
    static const enum head_share by_kind[] = {SHARE_CLS, SHARE_SEP,
                                              SHARE_PUNCTUATION};
    double entropy = 0.0;

    for (size_t k = 0; k < n; k++) {
        double w = (double)row[k];

        entropy += surprise(w);
        h->distance += w * (double)(k > q ? k - q : q - k);
        for (size_t i = 0; i < sizeof(by_kind) / sizeof(*by_kind); i++)
            if (kinds[k] & 1U << by_kind[i])
                h->shares[by_kind[i]] += w;
    }
    h->shares[SHARE_SELF] += (double)row[q];
    if (q > 0)
        h->shares[SHARE_PREVIOUS] += (double)row[q - 1];
    if (q + 1 < n)
        h->shares[SHARE_NEXT] += (double)row[q + 1];
    h->entropy += entropy;
    return entropy;
}

/* JS(a, b) = H((a + b) / 2) - (H(a) + H(b)) / 2, of one query. */
static void add_distances(struct head_stats *s, const float *weights, size_t n,
                          size_t q)
{
    for (size_t a = 0; a < s->n_heads; a++)
        for (size_t b = a + 1; b < s->n_heads; b++) {
            const float *x = weights + (a * n + q) * n;
            const float *y = weights + (b * n + q) * n;
            double both = 0.0;

            for (size_t k = 0; k < n; k++)
                both += surprise(((double)x[k] + (double)y[k]) / 2.0);
            s->distances[a * s->n_heads + b] +=
                both - (s->entropies[a] + s->entropies[b]) / 2.0;
        }
}

void head_stats_add(struct head_stats *s, const float *weights, size_t n,
                    const unsigned char *kinds)
{
    for (size_t q = 0; q < n; q++) {
        for (size_t h = 0; h < s->n_heads; h++)
            s->entropies[h] =
                add_query(&s->heads[h], weights + (h * n + q) * n, n, q, kinds);
        if (s->distances != NULL)
            add_distances(s, weights, n, q);
    }
    s->n_queries += n;
}

double head_stats_mean(const struct head_stats *s, size_t head, size_t k)
{
    const struct head_sums *sums = &s->heads[head];
    const double sum = k == 0   ? sums->entropy
                       : k == 1 ? sums->distance
                                : sums->shares[k - 2];

    return sum / (double)s->n_queries;
}

double head_stats_distance(const struct head_stats *s, size_t a, size_t b)
{
    const size_t at = a < b ? a * s->n_heads + b : b * s->n_heads + a;

    return s->distances[at] / (double)s->n_queries;
}
