/*
 * levels.h - the CPU levels whose kernels are checked, and random operands.
 */
#ifndef TESTS_KERNELS_LEVELS_H
#define TESTS_KERNELS_LEVELS_H

#include "lib/cpu.h"
#include "lib/kernels/kernels.h"
#include "tests/guard.h"
#include "tests/tap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint32_t rng_state = 1;

/* rng_seed - from argv[1], printed. */
static inline void rng_seed(int argc, char **argv)
{
    if (argc > 1)
        rng_state = (uint32_t)strtoul(argv[1], NULL, 0);
    printf("# seed %u\n", (unsigned)rng_state);
    rng_state = rng_state != 0 ? rng_state : 1;
}

static inline uint32_t rng(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 17;
    rng_state ^= rng_state << 5;
    return rng_state;
}

/* In [-1, 1). */
static inline float rng_real(void)
{
    return (float)rng() * 0x1p-31f - 1.0f;
}

/* Small integers: every partial sum is exact, so every order of summation must
 * give the same bits. */
static inline float rng_integer(void)
{
    return (float)((int)(rng() % 33) - 16);
}

/* next_level - fills k with the kernels of one level after another; false at
 * the end. Levels this CPU lacks are skipped with a word, or fail where
 * BERTH_REQUIRE names them. Start with *level = 0. */
static inline bool next_level(int *level, struct berth_kernels *k)
{
    const char *required = getenv("BERTH_REQUIRE");

    for (; *level < BERTH_CPU_LEVELS; (*level)++) {
        const char *name = berth_cpu_name((enum berth_cpu) * level);
        if (berth_cpu_allowed((enum berth_cpu) * level)) {
            berth_kernels_select(k, (enum berth_cpu)(*level)++, false);
            return true;
        }
        if (required != NULL && strstr(required, name) != NULL)
            CHECK(false, "%s: BERTH_REQUIRE names it, this CPU lacks it", name);
        else
            SKIP("%s: this CPU lacks it", name);
    }
    return false;
}

#endif
