/*
 * peak_chains.h - independent chains of one instruction, enough to hide its
 * latency. Included by peak_<isa>.c alone, which brings vec, CHAINS and
 * INSTRUCTION: its name, of three operands.
 */
#ifndef BENCH_PEAK_CHAINS_H
#define BENCH_PEAK_CHAINS_H

/* n rounds of all chains; returns how many instructions that were. In assembly,
 * so that nothing is computed ahead. */
static double chains(long n, vec x, vec y)
{
    vec sum[CHAINS];

#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++)
        sum[i] = x;
    for (long k = 0; k < n; k++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            __asm__ volatile(INSTRUCTION " %2, %1, %0"
                             : "+v"(sum[i])
                             : "v"(x), "v"(y));
    }
    return (double)n * CHAINS;
}

#endif
