/*
 * bench_kernels.c - speed of the matrix product, one thread, as a fraction of
 * the multiply-add peak, and of reading the weights and no more, each measured
 * in the same rounds.
 *
 *     bench_kernels [ROUNDS [LEVEL]]
 *
 * One line for each level, shape and number of rows M: medians of interleaved
 * slices of CPU time. Weights are cold: successive products use copies of the
 * matrix spread over 256 MiB, as a forward pass uses one layer after another.
 */
#include "bench/peak.h"
#include "lib/cpu.h"
#include "lib/kernels/pack.h"
#include "models/linear/linear.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
    madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

/* Operations a second of a loop on registers. */
static double peak(double (*work_of)(long))
{
    double work = 0.0;
    const double start = now();

    while (now() - start < slice)
        work += work_of(2000);
    return work / (now() - start);
}

struct operands {
    struct berth_linear_tools tools;
    char *packed; /* copies one after another */
    float *x, *y, *bias, *scales;
    size_t next; /* the copy to use */
    size_t read; /* from where to read */
};

/* Bytes a second of the memory that holds the weights, fetched ahead. */
static double read_weights(struct operands *o)
{
    const size_t piece = (size_t)1 << 20, ahead = 2048;
    double bytes = 0.0;
    const double start = now();

    while (now() - start < slice) {
        bytes += peak_read_avx2(o->packed + o->read, piece, ahead);
        o->read = (o->read + piece) % (cold_bytes - piece);
    }
    return bytes / (now() - start);
}

/* What is measured: a format of the weights at a CPU level. */
struct subject {
    struct berth_kernels kernels;
    enum berth_format format;
    double (*peak)(long);
    int products; /* of the peak's, that make one of floats */
};

static double rate(const struct subject *s, struct operands *o, size_t m,
                   size_t n, size_t inner)
{
    const size_t size = berth_panel_offset(&s->kernels, s->format, inner, n,
                                           berth_panels(&s->kernels, n)) /
                        64 * 64;
    const size_t copies = cold_bytes / size;
    double work = 0.0;

    o->tools.kernels = &s->kernels;
    o->tools.quantized.ld = inner + 16;
    o->tools.quantized.max_outliers = berth_outliers_max(inner);
    const double start = now();
    while (now() - start < slice) {
        const struct berth_linear w = {
            .format = s->format,
            .packed = o->packed + o->next++ % copies * size,
            .scales = s->format == BERTH_FORMAT_I8 ? o->scales : NULL,
            .sums = o->scales,
            .bias = o->bias,
            .n_in = inner,
            .n_out = n,
        };
        berth_linear_apply(&w, &o->tools, o->x, inner + 16, m,
                           BERTH_FUNCTION_IDENTITY, o->y, n + 16);
        work += 2.0 * (double)m * (double)n * (double)inner;
    }
    return work / (now() - start);
}

static void bench(const struct subject *s, struct operands *o, size_t rounds)
{
    static const char *const names[] = {"gemm_f32", "gemm_f16", "gemm_bf16",
                                        "gemm_i8"};
    static const size_t shapes[][2] = {/* inputs, outputs */
                                       {384, 1152}, {384, 384},  {384, 1536},
                                       {1536, 384}, {768, 2304}, {768, 768},
                                       {768, 3072}, {3072, 768}};
    static const size_t rows[] = {1, 4, 10, 16, 32, 64, 128, 512};
    double speed[MAX_ROUNDS], fraction[MAX_ROUNDS], of_read[MAX_ROUNDS];

    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
            const size_t inner = shapes[i][0], n = shapes[i][1];
            const double bytes_an_operation =
                (double)berth_panel_offset(&s->kernels, s->format, inner, n,
                                           berth_panels(&s->kernels, n)) /
                (2.0 * (double)rows[r] * (double)n * (double)inner);
            for (size_t j = 0; j < rounds; j++) {
                const double most = peak(s->peak) / s->products;
                const double read = read_weights(o);
                speed[j] = rate(s, o, rows[r], n, inner);
                fraction[j] = speed[j] / most;
                of_read[j] = speed[j] * bytes_an_operation / read;
            }
            printf("%s\t%s\t%zu\t%zu\t%zu\t%.1f\t%.3f\t%.3f\n",
                   names[s->format], s->kernels.name, rows[r], n, inner,
                   median(speed, rounds) / 1e9, median(fraction, rounds),
                   median(of_read, rounds));
            fflush(stdout);
        }
    }
}

/* What the kernels of a level can do at most, in floats and in 8 bits; NULL:
 * its kernels are another level's. */
static double (*const peaks[BERTH_CPU_LEVELS][2])(long n) = {
    [BERTH_CPU_AVX2] = {peak_fma_avx2, peak_fma_avx2},
    [BERTH_CPU_AVX2VNNI] = {NULL, peak_dot_avx2vnni},
    [BERTH_CPU_AVX512] = {peak_fma_avx512, NULL},
    [BERTH_CPU_AVX512VNNI] = {NULL, peak_dot_avx512vnni},
    [BERTH_CPU_AMX] = {peak_bf16_amx, peak_dot_amx},
};

static void bench_level(enum berth_cpu level, struct operands *o, size_t rounds)
{
    /* Floats on tiles: struct berth_gemm. */
    static const int of_parts[] = {6, 5, 1, 1};

    for (int f = 0; f <= BERTH_FORMAT_I8; f++) {
        struct subject s = {.format = (enum berth_format)f,
                            .peak = peaks[level][f == BERTH_FORMAT_I8],
                            .products =
                                level == BERTH_CPU_AMX ? of_parts[f] : 1};
        if (s.peak == NULL)
            continue;
        berth_kernels_select(&s.kernels, level, true);
        bench(&s, o, rounds);
    }
}

int main(int argc, char **argv)
{
    const size_t asked = argc > 1 ? strtoul(argv[1], NULL, 10) : 15;
    const size_t rounds =
        asked < 1 ? 1 : (asked > MAX_ROUNDS ? MAX_ROUNDS : asked);
    enum {
        ROWS = 512,
        WIDEST = 3088
    };
    struct operands o = {
        .packed = take(cold_bytes),
        .x = take(ROWS * WIDEST * sizeof(float)),
        .y = take(ROWS * WIDEST * sizeof(float)),
        .bias = take(WIDEST * sizeof(float)),
        .scales = take(WIDEST * 32 * sizeof(float)),
    };
    struct berth_quantized *q = &o.tools.quantized;

    /* Room for a task's rows in parts, and what making a panel takes. */
    o.tools.room = take(ROWS * WIDEST * 4 * sizeof(float));
    q->q = take(ROWS * WIDEST);
    q->scale = take(ROWS * sizeof(float));
    q->min = take(ROWS * sizeof(float));
    q->n_outliers = take(ROWS * sizeof(*q->n_outliers));
    q->outliers =
        take(ROWS * berth_outliers_max(WIDEST) * sizeof(*q->outliers));
    if (berth_pool_new(1, &o.tools.pool, NULL) != BERTH_OK)
        return 1;
    /* As floats, halves and bytes these are all ordinary numbers. */
    for (size_t i = 0; i < cold_bytes; i++)
        o.packed[i] = (char)(i % 2 == 0 ? i % 17 : 0x3c);
    for (size_t i = 0; i < ROWS * WIDEST; i++)
        o.x[i] = (float)(i % 13) * 0.1f - 0.6f;
    for (size_t i = 0; i < WIDEST * 32; i++)
        o.scales[i] = 0.01f;
    memset(o.bias, 0, WIDEST * sizeof(float));
    printf("kernel\tlevel\tm\tn\tk\tgflops\tof_peak\tof_read\n");
    for (int level = BERTH_CPU_AVX2; level < BERTH_CPU_LEVELS; level++) {
        const char *name = berth_cpu_name((enum berth_cpu)level);
        if (berth_cpu_allowed((enum berth_cpu)level) &&
            (argc < 3 || strcmp(argv[2], name) == 0))
            bench_level((enum berth_cpu)level, &o, rounds);
    }
    return 0;
}
