/*
 * test_cpu_levels.c - levels that include others, and those that do not; tiles
 * are asked for only where they are wanted.
 */
#include "lib/cpu.h"
#include "tests/tap.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether Linux will save the tiles of this process. */
static bool tiles_granted(void)
{
    unsigned long granted = 0;
#if defined(__x86_64__)
    const long get = 0x1022, tile_data = 18; /* ARCH_GET_XCOMP_PERM */

    syscall(SYS_arch_prctl, get, &granted);
    granted &= 1ul << tile_data;
#endif
    return granted != 0;
}

static void check_tiles(void)
{
    berth_cpu_within(BERTH_CPU_AVX512VNNI);
    CHECK(!tiles_granted(), "without amx tiles are not asked for");
    CHECK(berth_cpu_allowed(BERTH_CPU_AMX) == tiles_granted(),
          "amx is allowed where they are granted");
}

static void check_level(enum berth_cpu level)
{
    const char *name = berth_cpu_name(level);
    const enum berth_cpu within = berth_cpu_within(level);
    enum berth_cpu parsed;

    CHECK(berth_cpu_parse(name, &parsed) && parsed == level, "%s: its name",
          name);
    CHECK(berth_cpu_includes(level, level) &&
              berth_cpu_includes(level, BERTH_CPU_SCALAR),
          "%s: includes itself and plain C", name);
    CHECK(berth_cpu_allowed(within) && berth_cpu_includes(level, within),
          "%s: within it, %s can be used", name, berth_cpu_name(within));
    CHECK(berth_cpu_allowed(level) == (within == level),
          "%s: the best within an allowed level is that level", name);
    for (int i = 0; i < BERTH_CPU_LEVELS; i++) {
        const enum berth_cpu other = (enum berth_cpu)i;
        if (other > level && berth_cpu_includes(level, other))
            CHECK(false, "%s: includes %s, which is better", name,
                  berth_cpu_name(other));
        if (other > within && berth_cpu_allowed(other) &&
            berth_cpu_includes(level, other))
            CHECK(false, "%s: %s would be better", name, berth_cpu_name(other));
    }
}

/* What Linux says of the vendor, a second source. */
static void check_fetch_ahead(void)
{
    static const struct {
        const char *vendor;
        size_t ahead;
    } known[] = {{"GenuineIntel", 2048}, {"AuthenticAMD", 0}};
    const size_t ahead = berth_cpu_fetch_ahead();
    FILE *f = NULL;
    char line[4096];

    /* An emulator shows the file of the machine below it. */
#if defined(__x86_64__)
    f = fopen("/proc/cpuinfo", "r");
#endif

    while (f != NULL && fgets(line, sizeof(line), f) != NULL &&
           strncmp(line, "flags", 5) != 0) {
        for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
            if (strncmp(line, "vendor_id", 9) == 0 &&
                strstr(line, known[i].vendor) != NULL)
                EQUAL_SIZE(ahead, known[i].ahead, "%s: how far ahead to fetch",
                           known[i].vendor);
        }
    }
    if (f != NULL)
        fclose(f);
    CHECK(ahead <= 1 << 16, "what is fetched fits the nearest cache");
}

int main(void)
{
    check_tiles();
    check_fetch_ahead();
    const enum berth_cpu best = berth_cpu_detect();
    enum berth_cpu none;

    for (int i = 0; i < BERTH_CPU_LEVELS; i++)
        check_level((enum berth_cpu)i);
    CHECK(berth_cpu_allowed(best), "%s is the best and allowed",
          berth_cpu_name(best));
    for (int i = (int)best + 1; i < BERTH_CPU_LEVELS; i++)
        CHECK(!berth_cpu_allowed((enum berth_cpu)i), "%s is not",
              berth_cpu_name((enum berth_cpu)i));
    CHECK(berth_cpu_includes(BERTH_CPU_AVX512, BERTH_CPU_AVX2) &&
              berth_cpu_includes(BERTH_CPU_AVX512VNNI, BERTH_CPU_AVX512),
          "AVX-512 includes AVX2, and with VNNI what is without");
    CHECK(berth_cpu_includes(BERTH_CPU_AMX, BERTH_CPU_AVX512VNNI),
          "AMX comes with both");
    CHECK(!berth_cpu_includes(BERTH_CPU_AVX512VNNI, BERTH_CPU_AVX2VNNI) &&
              !berth_cpu_includes(BERTH_CPU_AVX512, BERTH_CPU_AVX2VNNI),
          "AVX-512 does not include AVX-VNNI, which is younger");
    CHECK(!berth_cpu_parse("pentium", &none), "there is no level pentium");
    return tap_done();
}
