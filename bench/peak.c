/*
 * peak.c - what this machine can do at most, one line each: name, threads,
 * value, unit.
 *
 *     peak [THREADS [ROUNDS]]
 *
 * Medians of short slices, in which all kinds take turns: a neighbour that
 * takes a core for a moment, or a moment at a higher clock, spoils one slice
 * and moves none of the figures. With 1 thread, 2, and so on.
 *
 *   fma_avx2, fma_f32    multiply-adds of floats, at AVX2 and AVX-512
 *   vnni_avx2, vnni_int8 8-bit dot products, at AVX2 and AVX-512
 *   bf16                 dot products of bfloat16
 *   amx_int8, amx_bf16   8-bit and bfloat16 products of tiles
 *   read                 340 MiB in huge pages, the weights of BERT-base in
 *                        float32, fetched as far ahead as is fastest here
 *   read_l2              1 MiB a thread
 *
 * A multiply and an add count as two.
 */
#include "bench/peak.h"

#include <cpuid.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_ROUNDS = 101,
    MAX_THREADS = 64
};

static const double slice = 5e-3; /* seconds */
static const size_t large = (size_t)340 << 20, small = (size_t)1 << 20;
static const size_t huge = (size_t)2 << 20;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ECX, EDX and EAX of CPUID's leaf 7: bits of words 0 and 1. */
static bool has_dot(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c >> 11 & 1) != 0;
}

static bool has_avx_vnni(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1) != 0;
}

static bool has_bf16(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1) != 0;
}

static bool has_tiles(void)
{
    const unsigned all = 1u << 22 | 1u << 24 | 1u << 25;
    const long request = 0x1023, tile_data = 18; /* ARCH_REQ_XCOMP_PERM */
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & all) == all &&
           syscall(SYS_arch_prctl, request, tile_data) == 0;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512bw");
}

struct kind {
    const char *name, *unit; /* thousand millions of it */
    bool (*here)(void);
    double (*compute)(long n); /* NULL: reads */
    size_t ahead;
    const size_t *size; /* of what is read */
};

static const struct kind kinds[] = {
    {"fma_avx2", "GFLOP/s", has_avx2, .compute = peak_fma_avx2},
    {"fma_f32", "GFLOP/s", has_avx512, .compute = peak_fma_avx512},
    {"vnni_avx2", "GOP/s", has_avx_vnni, .compute = peak_dot_avx2vnni},
    {"vnni_int8", "GOP/s", has_dot, .compute = peak_dot_avx512vnni},
    {"bf16", "GFLOP/s", has_bf16, .compute = peak_dot_avx512bf16},
    {"amx_int8", "GOP/s", has_tiles, .compute = peak_dot_amx},
    {"amx_bf16", "GFLOP/s", has_tiles, .compute = peak_bf16_amx},
    {"read", "GB/s", has_avx2, .size = &large},
    {"read", "GB/s", has_avx2, .size = &large, .ahead = 1024},
    {"read", "GB/s", has_avx2, .size = &large, .ahead = 2048},
    {"read", "GB/s", has_avx2, .size = &large, .ahead = 4096},
    {"read_l2", "GB/s", has_avx2, .size = &small},
};
enum {
    KINDS = sizeof(kinds) / sizeof(*kinds)
};

struct worker {
    pthread_barrier_t *gate;
    const char *memory; /* its share of the large buffer */
    size_t share;       /* of that in bytes */
    size_t rounds;
    bool here[KINDS];
    double rate[KINDS][MAX_ROUNDS];
};

static double measure(const struct kind *kind, const struct worker *w)
{
    const size_t size = kind->size == &large ? w->share : small;
    const double start = now();
    double work = 0.0, end;

    do {
        work += kind->compute != NULL
                    ? kind->compute(1000)
                    : peak_read_avx2(w->memory, size, kind->ahead);
        end = now();
    } while (end - start < slice);
    return work / (end - start);
}

static void *run(void *arg)
{
    struct worker *w = arg;

    for (size_t round = 0; round < w->rounds; round++) {
        for (size_t k = 0; k < KINDS; k++) {
            if (!w->here[k])
                continue;
            pthread_barrier_wait(w->gate);
            w->rate[k][round] = measure(&kinds[k], w);
        }
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median round of all threads together. */
static double median(const struct worker *workers, size_t threads, size_t kind)
{
    const size_t rounds = workers[0].rounds;
    double sum[MAX_ROUNDS] = {0};

    for (size_t i = 0; i < threads; i++)
        for (size_t round = 0; round < rounds; round++)
            sum[round] += workers[i].rate[kind][round];
    qsort(sum, rounds, sizeof(*sum), compare);
    return sum[rounds / 2];
}

/* Kinds of one name are one figure, the best. */
static void print(const struct worker *workers, size_t threads)
{
    double best = 0.0;

    for (size_t k = 0; k < KINDS; k++) {
        const double rate =
            workers[0].here[k] ? median(workers, threads, k) : 0.0;
        const bool last =
            k + 1 == KINDS || strcmp(kinds[k].name, kinds[k + 1].name) != 0;

        best = rate > best ? rate : best;
        if (last && best > 0.0)
            printf("%s\t%zu\t%.1f\t%s\n", kinds[k].name, threads, best / 1e9,
                   kinds[k].unit);
        best = last ? 0.0 : best;
    }
    fflush(stdout);
}

static void with_threads(struct worker *workers, size_t threads, size_t rounds,
                         const char *memory)
{
    pthread_t id[MAX_THREADS];
    pthread_barrier_t gate;

    pthread_barrier_init(&gate, NULL, (unsigned)threads);
    for (size_t i = 0; i < threads; i++) {
        struct worker *w = &workers[i];

        w->gate = &gate;
        w->share = large / threads / huge * huge;
        w->memory = memory + i * w->share;
        w->rounds = rounds;
        for (size_t k = 0; k < KINDS; k++)
            w->here[k] = kinds[k].here();
        pthread_create(&id[i], NULL, run, w);
    }
    for (size_t i = 0; i < threads; i++)
        pthread_join(id[i], NULL);
    pthread_barrier_destroy(&gate);
}

static size_t at_most(const char *text, size_t limit)
{
    const size_t n = strtoul(text, NULL, 10);

    return n < 1 ? 1 : (n > limit ? limit : n);
}

int main(int argc, char **argv)
{
    const size_t most = argc > 1 ? at_most(argv[1], MAX_THREADS) : 1;
    const size_t rounds = argc > 2 ? at_most(argv[2], MAX_ROUNDS) : 15;
    struct worker *workers = calloc(most, sizeof(*workers));
    char *memory = aligned_alloc(huge, large);

    if (workers == NULL || memory == NULL) {
        fprintf(stderr, "peak: out of memory\n");
        return 1;
    }
    madvise(memory, large, MADV_HUGEPAGE);
    memset(memory, 1, large);
    for (size_t threads = 1; threads <= most; threads++) {
        with_threads(workers, threads, rounds, memory);
        print(workers, threads);
    }
    free(memory);
    free(workers);
    return 0;
}
