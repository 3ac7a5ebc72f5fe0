/*
 * sums.c - sums of words and of these sums, in two lanes to a vector, which
 * every 64-bit CPU has.
 */
#include "lib/sums.h"

#include <string.h>

enum {
    VECTORS = BERTH_SUMS_LANES / 2
};

typedef uint64_t two __attribute__((vector_size(16)));

void berth_sums_steps(struct berth_sums *sums, const void *data, size_t n)
{
    const unsigned char *p = data;
    two first[VECTORS], second[VECTORS];

    memcpy(first, sums->first, sizeof(first));
    memcpy(second, sums->second, sizeof(second));
    for (size_t i = 0; i < n; i += BERTH_SUMS_STEP)
        for (size_t v = 0; v < VECTORS; v++) {
            two x;

            memcpy(&x, p + i + v * sizeof(x), sizeof(x));
            first[v] += x;
            second[v] += first[v];
        }
    memcpy(sums->first, first, sizeof(first));
    memcpy(sums->second, second, sizeof(second));
}

void berth_sums_add(struct berth_sums *sums, const void *data, size_t n)
{
    const size_t rest = n % BERTH_SUMS_STEP, whole = n - rest;
    unsigned char last[BERTH_SUMS_STEP] = {0};

    berth_sums_steps(sums, data, whole);
    if (rest == 0)
        return;
    memcpy(last, (const unsigned char *)data + whole, rest);
    berth_sums_steps(sums, last, sizeof(last));
}
