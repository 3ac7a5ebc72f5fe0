/*
 * bench_kernels.c - speed of the matrix product, one thread, as a fraction of
 * the multiply-add peak measured in the same rounds.
 *
 *     bench_kernels [ROUNDS [LEVEL]]
 *
 * One line for each level, shape and number of rows M: medians of interleaved
 * slices of CPU time. Weights are cold: successive products use copies of the
 * matrix spread over 256 MiB, as a forward pass uses one layer after another.
 */
#include "bench/peak.h"
#include "lib/cpu.h"
#include "lib/pack.h"
#include "models/linear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MAX_ROUNDS = 101
};

static const size_t cold_bytes = (size_t)256 << 20;
static const double slice = 2e-3; /* seconds */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof(*x), compare);
    return x[n / 2];
}

static void *take(size_t bytes)
{
    void *p =
        aligned_alloc((size_t)2 << 20, (bytes + ((size_t)2 << 20)) >> 21 << 21);

    if (p == NULL) {
        fprintf(stderr, "bench_kernels: out of memory\n");
        exit(1);
    }
    return p;
}

static double peak(enum berth_cpu level)
{
    double (*fma)(long) =
        level >= BERTH_CPU_AVX512 ? peak_fma_avx512 : peak_fma_avx2;
    double work = 0.0;
    const double start = now();

    while (now() - start < slice)
        work += fma(2000);
    return work / (now() - start);
}

struct operands {
    struct berth_pool *pool;
    float *packed; /* copies one after another */
    float *x, *y, *bias;
    size_t next; /* the copy to use */
};

static double rate(const struct berth_kernels *k, struct operands *o, size_t m,
                   size_t n, size_t inner)
{
    const size_t size = berth_packed_size(k, inner, n);
    const size_t copies = cold_bytes / (size * sizeof(float));
    double work = 0.0;
    const double start = now();

    while (now() - start < slice) {
        const struct berth_linear w = {
            .packed = o->packed + o->next++ % copies * size,
            .bias = o->bias,
            .n_in = inner,
            .n_out = n,
        };
        berth_linear_apply(&w, k, o->pool, o->x, inner + 16, m,
                           BERTH_FUNCTION_IDENTITY, o->y, n + 16);
        work += 2.0 * (double)m * (double)n * (double)inner;
    }
    return work / (now() - start);
}

static void bench(enum berth_cpu level, struct operands *o, size_t rounds)
{
    static const size_t shapes[][2] = {/* inputs, outputs */
                                       {384, 1152}, {384, 384},  {384, 1536},
                                       {1536, 384}, {768, 2304}, {768, 768},
                                       {768, 3072}, {3072, 768}};
    static const size_t rows[] = {1, 4, 16, 32, 128, 512};
    struct berth_kernels k;
    double speed[MAX_ROUNDS], fraction[MAX_ROUNDS];

    berth_kernels_select(&k, level);
    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
            const size_t inner = shapes[s][0], n = shapes[s][1];
            for (size_t i = 0; i < rounds; i++) {
                const double most = peak(level);
                speed[i] = rate(&k, o, rows[r], n, inner);
                fraction[i] = speed[i] / most;
            }
            printf("gemm_f32\t%s\t%zu\t%zu\t%zu\t%.1f\t%.3f\n", k.name, rows[r],
                   n, inner, median(speed, rounds) / 1e9,
                   median(fraction, rounds));
            fflush(stdout);
        }
    }
}

int main(int argc, char **argv)
{
    const size_t asked = argc > 1 ? strtoul(argv[1], NULL, 10) : 15;
    const size_t rounds =
        asked < 1 ? 1 : (asked > MAX_ROUNDS ? MAX_ROUNDS : asked);
    const enum berth_cpu best = berth_cpu_detect();
    struct operands o = {
        .packed = take(cold_bytes),
        .x = take(512 * 3088 * sizeof(float)),
        .y = take(512 * 3088 * sizeof(float)),
        .bias = take(3088 * sizeof(float)),
    };

    if (berth_pool_new(1, &o.pool, NULL) != BERTH_OK)
        return 1;
    for (size_t i = 0; i < cold_bytes / sizeof(float); i++)
        o.packed[i] = (float)(i % 17) * 0.01f - 0.08f;
    for (size_t i = 0; i < 512 * 3088; i++)
        o.x[i] = (float)(i % 13) * 0.1f - 0.6f;
    memset(o.bias, 0, 3088 * sizeof(float));
    printf("kernel\tlevel\tm\tn\tk\tgflops\tof_peak\n");
    for (int level = BERTH_CPU_AVX2; level <= BERTH_CPU_AVX512; level++) {
        const char *name = berth_cpu_name((enum berth_cpu)level);
        if ((enum berth_cpu)level <= best &&
            (argc < 3 || strcmp(argv[2], name) == 0))
            bench((enum berth_cpu)level, &o, rounds);
    }
    berth_pool_free(o.pool);
    free(o.packed);
    free(o.x);
    free(o.y);
    free(o.bias);
    return 0;
}
