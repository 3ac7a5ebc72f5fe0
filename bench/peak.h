/*
 * peak.h - what a core can do at most: multiply-adds on registers alone.
 */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

/* n rounds of independent multiply-adds; returns the operations done (a
 * multiply and an add count two). The caller takes the time. */
double peak_fma_avx2(long n);
double peak_fma_avx512(long n);
/* 8-bit operations. */
double peak_dot_avx2vnni(long n);
double peak_dot_avx512vnni(long n);
double peak_dot_amx(long n);

#endif
