/*
 * peak.c - peaks of this machine, one line each: name, threads, value, unit.
 *
 *     cc -O2 -march=native -pthread peak.c -o peak && ./peak 2
 *
 * measures with 1 thread and with 2.
 *
 *   fma    AVX-512 fmadd on registers
 *   vnni   vpdpbusd
 *   bf16   vdpbf16ps, where the CPU has it
 *   dram   sum over a buffer of 1 GiB per thread
 *   l2     sum over 1 MiB per thread
 *
 * A multiply and an add count as two.
 */
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FMA,
    VNNI,
    BF16,
    DRAM,
    L2,
    KINDS
};
static const char *const names[KINDS] = {"fma_f32", "vnni_int8", "bf16",
                                         "dram_read", "l2_read"};
static const char *const units[KINDS] = {"GFLOP/s", "GOP/s", "GFLOP/s", "GB/s",
                                         "GB/s"};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    int kind;
    pthread_barrier_t *gate;
    char *buf;
    size_t size;
    double work, start, end;
} job;

#define ACC                                                                    \
    20 /* independent chains: latency 4 x 2 ports, and some to spare; named    \
          variables, so that none lives in memory */
/* clang-format off */
#define REP(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19)
/* clang-format on */

static double loop_fma(long n)
{
    __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(1e-3f);
#define S(i) __m512 a##i = _mm512_set1_ps((float)i);
    REP(S)
#undef S
    for (long k = 0; k < n; k++) {
#define S(i)                                                                   \
    a##i = _mm512_fmadd_ps(a##i, x, y);                                        \
    __asm__ volatile("" : "+v"(a##i));
        REP(S)
#undef S
    }
    return (double)n * ACC * 32;
}

static double loop_vnni(long n)
{
    __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(1);
#define S(i) __m512i a##i = _mm512_set1_epi32(i);
    REP(S)
#undef S
    for (long k = 0; k < n; k++) {
#define S(i)                                                                   \
    a##i = _mm512_dpbusd_epi32(a##i, x, y);                                    \
    __asm__ volatile("" : "+v"(a##i));
        REP(S)
#undef S
    }
    return (double)n * ACC * 128;
}

#ifdef __AVX512BF16__
static double loop_bf16(long n)
{
    __m512bh x = (__m512bh)_mm512_set1_epi16(0x3f00), y = x;
#define S(i) __m512 a##i = _mm512_set1_ps((float)i);
    REP(S)
#undef S
    for (long k = 0; k < n; k++) {
#define S(i)                                                                   \
    a##i = _mm512_dpbf16_ps(a##i, x, y);                                       \
    __asm__ volatile("" : "+v"(a##i));
        REP(S)
#undef S
    }
    return (double)n * ACC * 64;
}
#endif

static double loop_read(const char *p, size_t size, long n)
{
    __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0, s4 = s0,
            s5 = s0, s6 = s0, s7 = s0;
    for (long k = 0; k < n; k++)
        for (size_t o = 0; o < size; o += 512) {
#define S(i)                                                                   \
    s##i = _mm512_or_si512(s##i, _mm512_load_si512(p + o + 64 * i));           \
    __asm__ volatile("" : "+v"(s##i));
            S(0) S(1) S(2) S(3) S(4) S(5) S(6) S(7)
#undef S
        }
    return (double)n * (double)size;
}

static double work(job *j, long n)
{
    switch (j->kind) {
    case FMA:
        return loop_fma(n * 1000);
    case VNNI:
        return loop_vnni(n * 1000);
#ifdef __AVX512BF16__
    case BF16:
        return loop_bf16(n * 1000);
#endif
    case DRAM:
        return loop_read(j->buf, j->size, 1);
    case L2:
        return loop_read(j->buf, j->size, n);
    }
    return 0;
}

static void *run(void *arg)
{
    job *j = arg;
    work(j, 100);
    pthread_barrier_wait(j->gate);
    j->start = now();
    do {
        j->work += work(j, 500);
        j->end = now();
    } while (j->end - j->start < 0.4);
    return 0;
}

int main(int argc, char **argv)
{
    int max = argc > 1 ? atoi(argv[1]) : 1;
    for (int kind = 0; kind < KINDS; kind++)
        for (int t = 1; t <= max; t++) {
            pthread_barrier_t gate;
            pthread_t *id = calloc((size_t)t, sizeof *id);
            job *j = calloc((size_t)t, sizeof *j);
            pthread_barrier_init(&gate, 0, (unsigned)t);
            for (int i = 0; i < t; i++) {
                j[i] = (job){.kind = kind,
                             .gate = &gate,
                             .size = kind == DRAM ? (size_t)1 << 30
                                                  : (size_t)1 << 20};
                if (kind == DRAM || kind == L2) {
                    j[i].buf = aligned_alloc(
                        1 << 21, j[i].size < 1 << 21 ? 1 << 21 : j[i].size);
                    if (!j[i].buf)
                        return 1;
                    memset(j[i].buf, i + 1, j[i].size);
                }
                pthread_create(&id[i], 0, run, &j[i]);
            }
            double sum = 0;
            for (int i = 0; i < t; i++) {
                pthread_join(id[i], 0);
                sum += j[i].work / (j[i].end - j[i].start);
                free(j[i].buf);
            }
            if (sum > 0)
                printf("%s\t%d\t%.1f\t%s\n", names[kind], t, sum / 1e9,
                       units[kind]);
            fflush(stdout);
            free(id), free(j);
        }
    return 0;
}
