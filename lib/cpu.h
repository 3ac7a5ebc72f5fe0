/*
 * cpu.h - what the CPU and the operating system allow, as levels: sets of
 * features, of which one level may have more than another, or others.
 */
#ifndef LIB_CPU_H
#define LIB_CPU_H

#include <stdbool.h>
#include <stddef.h>

/* The better, the later. */
enum berth_cpu {
    BERTH_CPU_SCALAR,     /* plain C */
    BERTH_CPU_VECTOR,     /* vectors of 128 bits that every CPU of its kind has,
                             as x86-64 and AArch64 have */
    BERTH_CPU_AVX2,       /* AVX2, FMA, F16C */
    BERTH_CPU_AVX2VNNI,   /* and 8-bit dot products of 256 bits: AVX-VNNI */
    BERTH_CPU_AVX512,     /* AVX2 and AVX-512 F, BW, VL, DQ */
    BERTH_CPU_AVX512VNNI, /* and 8-bit dot products: AVX-512 VNNI */
    BERTH_CPU_AMX,        /* and tiles of 8-bit numbers and of bfloat16 */
    BERTH_CPU_DOTPROD,    /* AArch64: vectors, 8-bit dot products and CRC-32C */
    BERTH_CPU_LEVELS
};

/* berth_cpu_includes - whether a level has all that another has. */
bool berth_cpu_includes(enum berth_cpu level, enum berth_cpu other);

/* berth_cpu_allowed - whether this CPU and the operating system have all of a
 * level. For BERTH_CPU_AMX it asks Linux for the tiles, for the whole process,
 * as those below do; they do not ask for less. */
bool berth_cpu_allowed(enum berth_cpu level);

/* berth_cpu_within - the best level that is allowed here and included in
 * another. */
enum berth_cpu berth_cpu_within(enum berth_cpu level);

/* berth_cpu_detect - the best level that is allowed here. */
enum berth_cpu berth_cpu_detect(void);

/* berth_cpu_fetch_ahead - how many bytes before their use numbers that are read
 * in order should be fetched; 0: this CPU is fastest by itself, or unknown. */
size_t berth_cpu_fetch_ahead(void);

/* berth_cpu_name - "scalar", "vector", "avx2", "avx2vnni", "avx512",
 * "avx512vnni", "amx", "dotprod". */
const char *berth_cpu_name(enum berth_cpu level);

/* berth_cpu_parse - a name to its level; false when there is none. */
bool berth_cpu_parse(const char *name, enum berth_cpu *level);

#endif
