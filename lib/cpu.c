/*
 * cpu.c - CPUID and XGETBV. Intel's Software Developer's Manual, volume 2A,
 * CPUID, leaves 0, 1 and 7; volume 1, 14.3 and 15.2 for the detection sequence.
 * On AArch64, what Linux says in AT_HWCAP.
 */
#include "lib/cpu.h"

#include <string.h>

/* What levels are made of. No CPU must have one because it has another. */
enum feature {
    VECTOR = 1, /* for which no CPU is asked */
    AVX2 = 2,   /* with FMA and F16C */
    AVX_VNNI = 4,
    AVX512 = 8, /* F, DQ, BW, VL */
    AVX512_VNNI = 16,
    AMX = 32,    /* TILE, INT8, BF16, and AVX-512 BF16 */
    DOTPROD = 64 /* with CRC-32C */
};

static const struct {
    const char *name;
    unsigned features;
} levels[BERTH_CPU_LEVELS] = {
    [BERTH_CPU_SCALAR] = {"scalar", 0},
    [BERTH_CPU_VECTOR] = {"vector", VECTOR},
    [BERTH_CPU_AVX2] = {"avx2", VECTOR | AVX2},
    [BERTH_CPU_AVX2VNNI] = {"avx2vnni", VECTOR | AVX2 | AVX_VNNI},
    [BERTH_CPU_AVX512] = {"avx512", VECTOR | AVX2 | AVX512},
    [BERTH_CPU_AVX512VNNI] = {"avx512vnni",
                              VECTOR | AVX2 | AVX512 | AVX512_VNNI},
    [BERTH_CPU_AMX] = {"amx", VECTOR | AVX2 | AVX512 | AVX512_VNNI | AMX},
    [BERTH_CPU_DOTPROD] = {"dotprod", VECTOR | DOTPROD},
};

static bool has(unsigned word, unsigned bits)
{
    return (word & bits) == bits;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <errno.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#include <unistd.h>

/* Which register files the operating system saves: XCR0. */
static unsigned saved_state(void)
{
    unsigned low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/*
 * The tiles are 8 KiB of every thread that uses them, and Linux (5.16 and
 * later) saves them only for a process that has asked: Documentation/arch/x86/
 * xstate.rst. It refuses where a thread has an alternate signal stack too small
 * for them.
 */
static bool tiles_granted(void)
{
    bool granted = false;
#if defined(__linux__)
    const long request = 0x1023; /* ARCH_REQ_XCOMP_PERM */
    const long tile_data = 18;
    const int before = errno;

    granted = syscall(SYS_arch_prctl, request, tile_data) == 0;
    errno = before;
#endif
    return granted;
}

/* Those of wanted that may be used. */
static unsigned detect_features(unsigned wanted)
{
    const unsigned osxsave = 1u << 27, fma = 1u << 12, f16c = 1u << 29;
    const unsigned avx2 = 1u << 5;
    /* AVX-512 F, DQ, BW, VL in EBX of leaf 7; VNNI in ECX. */
    const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
    const unsigned avx512_vnni = 1u << 11;
    /* EAX of subleaf 1. */
    const unsigned avx_vnni = 1u << 4, avx512_bf16 = 1u << 5;
    const unsigned amx = 1u << 22 | 1u << 24 | 1u << 25; /* BF16, TILE, INT8 */
    const unsigned ymm_state = 0x6, zmm_state = 0xe6, tile_state = 3u << 17;
    unsigned a, b, c, d, c1, features = wanted & VECTOR;

    if (!__get_cpuid(1, &a, &b, &c1, &d) || !has(c1, osxsave | fma | f16c))
        return features;
    const unsigned state = saved_state();
    if (!has(state, ymm_state) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) ||
        !has(b, avx2))
        return features;
    const unsigned last_subleaf = a;
    features |= AVX2;
    if (has(state, zmm_state))
        features |= (has(b, avx512) ? AVX512 : 0) |
                    (has(c, avx512_vnni) ? AVX512_VNNI : 0);
    const bool tiles =
        has(wanted, AMX) && has(state, tile_state) && has(d, amx);
    if (last_subleaf < 1 || !__get_cpuid_count(7, 1, &a, &b, &c, &d))
        a = 0;
    if (has(a, avx_vnni))
        features |= AVX_VNNI;
    if (tiles && has(a, avx512_bf16) && tiles_granted())
        features |= AMX;
    return features & wanted;
}

/* By vendor alone: a virtual machine may say any model. What was measured:
 * Xeons with AVX-512, whose own prefetchers leave half the bandwidth of memory
 * unused while a product is made; and EPYC (family 25, model 17), where
 * fetching floats ahead made a sentence slower. */
size_t berth_cpu_fetch_ahead(void)
{
    static const struct {
        char vendor[13]; /* EBX, EDX, ECX */
        size_t ahead;
    } known[] = {{"GenuineIntel", 2048}, {"AuthenticAMD", 0}};
    unsigned a;
    union {
        unsigned word[3];
        char name[13];
    } vendor = {{0}};

    if (!__get_cpuid(0, &a, &vendor.word[0], &vendor.word[2], &vendor.word[1]))
        return 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strncmp(vendor.name, known[i].vendor, 12) == 0)
            return known[i].ahead;
    }
    return 0;
}
#else
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

/* Documentation/arch/arm64/elf_hwcaps.rst */
static unsigned beside_vectors(void)
{
    const unsigned long crc32 = 1ul << 7, asimddp = 1ul << 20;
    const unsigned long both = crc32 | asimddp;

    return (getauxval(AT_HWCAP) & both) == both ? DOTPROD : 0;
}
#else
/* What the compiler may use everywhere, as for Macs. */
static unsigned beside_vectors(void)
{
#if defined(__ARM_FEATURE_DOTPROD) && defined(__ARM_FEATURE_CRC32)
    return DOTPROD;
#else
    return 0;
#endif
}
#endif

static unsigned detect_features(unsigned wanted)
{
    return wanted & (VECTOR | beside_vectors());
}

size_t berth_cpu_fetch_ahead(void)
{
    return 0;
}
#endif

bool berth_cpu_includes(enum berth_cpu level, enum berth_cpu other)
{
    return has(levels[level].features, levels[other].features);
}

bool berth_cpu_allowed(enum berth_cpu level)
{
    const unsigned features = levels[level].features;

    return detect_features(features) == features;
}

/* The best level of these features. */
static enum berth_cpu best_of(unsigned features)
{
    int level = BERTH_CPU_LEVELS - 1;

    while (!has(features, levels[level].features))
        level--;
    return (enum berth_cpu)level;
}

enum berth_cpu berth_cpu_within(enum berth_cpu level)
{
    return best_of(detect_features(levels[level].features));
}

enum berth_cpu berth_cpu_detect(void)
{
    return best_of(detect_features(~0u));
}

const char *berth_cpu_name(enum berth_cpu level)
{
    return levels[level].name;
}

bool berth_cpu_parse(const char *name, enum berth_cpu *level)
{
    for (int i = 0; i < BERTH_CPU_LEVELS; i++) {
        if (strcmp(name, levels[i].name) == 0) {
            *level = (enum berth_cpu)i;
            return true;
        }
    }
    return false;
}
