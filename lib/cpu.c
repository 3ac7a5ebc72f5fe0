/*
 * cpu.c - CPUID and XGETBV. Intel's Software Developer's Manual, volume 2A,
 * CPUID, leaves 1 and 7; volume 1, 14.3 and 15.2 for the detection sequence.
 */
#include "lib/cpu.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static bool has(unsigned word, unsigned bits)
{
    return (word & bits) == bits;
}

/* Which register files the operating system saves: XCR0. */
static unsigned saved_state(void)
{
    unsigned low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

enum berth_cpu berth_cpu_detect(void)
{
    const unsigned osxsave = 1u << 27, fma = 1u << 12, f16c = 1u << 29;
    const unsigned avx2 = 1u << 5;
    /* AVX-512 F, DQ, BW, VL in EBX of leaf 7; VNNI in ECX. */
    const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
    const unsigned vnni = 1u << 11;
    const unsigned ymm_state = 0x6, zmm_state = 0xe6;
    unsigned a, b, c, d, c1;

    if (!__get_cpuid(1, &a, &b, &c1, &d) || !has(c1, osxsave | fma | f16c))
        return BERTH_CPU_SCALAR;
    unsigned state = saved_state();
    if (!has(state, ymm_state) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) ||
        !has(b, avx2))
        return BERTH_CPU_SCALAR;
    if (!has(state, zmm_state) || !has(b, avx512))
        return BERTH_CPU_AVX2;
    return has(c, vnni) ? BERTH_CPU_AVX512VNNI : BERTH_CPU_AVX512;
}
#else
enum berth_cpu berth_cpu_detect(void)
{
    return BERTH_CPU_SCALAR;
}
#endif

static const char *const names[BERTH_CPU_LEVELS] = {"scalar", "avx2", "avx512",
                                                    "avx512vnni"};

const char *berth_cpu_name(enum berth_cpu level)
{
    return names[level];
}

bool berth_cpu_parse(const char *name, enum berth_cpu *level)
{
    for (int i = 0; i < BERTH_CPU_LEVELS; i++) {
        if (strcmp(name, names[i]) == 0) {
            *level = (enum berth_cpu)i;
            return true;
        }
    }
    return false;
}
