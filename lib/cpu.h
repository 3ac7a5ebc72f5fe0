/*
 * cpu.h - what the CPU and the operating system allow, as levels that each
 * include the ones before.
 */
#ifndef LIB_CPU_H
#define LIB_CPU_H

#include <stdbool.h>

enum berth_cpu {
    BERTH_CPU_SCALAR,     /* plain C */
    BERTH_CPU_AVX2,       /* AVX2, FMA, F16C */
    BERTH_CPU_AVX512,     /* AVX-512 F, BW, VL, DQ */
    BERTH_CPU_AVX512VNNI, /* and 8-bit dot products */
    BERTH_CPU_LEVELS
};

/* berth_cpu_detect - the highest level that may be used here. */
enum berth_cpu berth_cpu_detect(void);

/* berth_cpu_name - "scalar", "avx2", "avx512", "avx512vnni". */
const char *berth_cpu_name(enum berth_cpu level);

/* berth_cpu_parse - a name to its level; false when there is none. */
bool berth_cpu_parse(const char *name, enum berth_cpu *level);

#endif
