/*
 * peak.h - what a core can do at most: multiply-adds on registers alone, and
 * reading memory.
 */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include <stddef.h>

/* n rounds of independent multiply-adds; returns the operations done (a
 * multiply and an add count two). The caller takes the time. */
double peak_fma_avx2(long n);
double peak_fma_avx512(long n);
/* 8-bit operations; of tiles once the system has granted them (lib/cpu.c). */
double peak_dot_avx2vnni(long n);
double peak_dot_avx512vnni(long n);
double peak_dot_amx(long n);
/* With bfloat16. */
double peak_dot_avx512bf16(long n);
double peak_bf16_amx(long n);

/* Reads size bytes, a multiple of 512, and fetches so many bytes ahead of them
 * (0: leaves that to the CPU); returns size. */
double peak_read_avx2(const char *p, size_t size, size_t ahead);

#endif
