/*
 * cpus.c - OMP_NUM_THREADS, the affinity mask, and the cgroup's quota.
 */
#include "cli/base/cpus.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_THREADS = 1024
};

/* The first line of a small file; false when there is none. */
static bool read_line(const char *folder, const char *name, char *line,
                      size_t size)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "re");
    bool ok = f != NULL && fgets(line, (int)size, f) != NULL;

    if (f != NULL)
        fclose(f);
    if (ok)
        line[strcspn(line, "\n")] = '\0';
    return ok;
}

static size_t whole_cpus(double quota, double period)
{
    if (!(quota > 0) || !(period > 0) || quota / period > MAX_THREADS)
        return 0;
    size_t n = (size_t)(quota / period);

    return n + ((double)n * period < quota);
}

/* cpu.max of version 2: "QUOTA PERIOD" or "max PERIOD". */
static size_t quota_v2(const char *folder)
{
    char line[64], *end;

    if (!read_line(folder, "cpu.max", line, sizeof(line)))
        return 0;
    double quota = strtod(line, &end);

    return end == line ? 0 : whole_cpus(quota, strtod(end, NULL));
}

/* cpu.cfs_quota_us of version 1: -1 is none. */
static size_t quota_v1(const char *folder)
{
    char quota[64], period[64];

    if (!read_line(folder, "cpu.cfs_quota_us", quota, sizeof(quota)) ||
        !read_line(folder, "cpu.cfs_period_us", period, sizeof(period)))
        return 0;
    return whole_cpus(strtod(quota, NULL), strtod(period, NULL));
}

static size_t smaller(size_t a, size_t b)
{
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

/* A group is also bound by the quotas of those above it, up to top. */
static size_t quota_upwards(const char *top, const char *group,
                            size_t (*quota)(const char *folder))
{
    char folder[4100];
    size_t least = 0;
    size_t top_length = strlen(top);

    snprintf(folder, sizeof(folder), "%s%s", top, group);
    for (;;) {
        least = smaller(least, quota(folder));
        char *slash = strrchr(folder, '/');

        if (slash == NULL || (size_t)(slash - folder) < top_length)
            return least;
        *slash = '\0';
    }
}

/* Whether the list of controllers, "cpu,cpuacct", has cpu. */
static bool has_cpu(const char *list, size_t size)
{
    while (size > 0) {
        const char *comma = memchr(list, ',', size);
        size_t n = comma != NULL ? (size_t)(comma - list) : size;

        if (n == 3 && memcmp(list, "cpu", 3) == 0)
            return true;
        n += comma != NULL;
        list += n;
        size -= n;
    }
    return false;
}

/* One line "ID:CONTROLLERS:PATH" of /proc/self/cgroup. */
static size_t quota_of_line(const char *line, const char *root)
{
    const char *list = strchr(line, ':');
    const char *group = list != NULL ? strchr(list + 1, ':') : NULL;
    char top[256];

    if (group == NULL)
        return 0;
    list++;
    if (list == group)
        return quota_upwards(root, group + 1, quota_v2);
    if (!has_cpu(list, (size_t)(group - list)))
        return 0;
    snprintf(top, sizeof(top), "%s/cpu", root);
    return quota_upwards(top, group + 1, quota_v1);
}

size_t cpus_quota(const char *groups, const char *root)
{
    FILE *f = fopen(groups, "re");
    char line[4096];
    size_t least = 0;

    if (f == NULL)
        return 0;
    while (fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        least = smaller(least, quota_of_line(line, root));
    }
    fclose(f);
    return least;
}

/* CPUs that this process may run on; 0: the system does not say. */
static long scheduled(void)
{
    long n = 0;
#if defined(CPU_ALLOC)
    cpu_set_t *set = CPU_ALLOC(MAX_THREADS);
    size_t size = CPU_ALLOC_SIZE(MAX_THREADS);

    if (set != NULL && sched_getaffinity(0, size, set) == 0)
        n = CPU_COUNT_S(size, set);
    CPU_FREE(set);
#endif
    return n;
}

static size_t allowed(void)
{
    long n = scheduled();

    if (n <= 0)
        n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

size_t cpus_granted(void)
{
    const char *omp = getenv("OMP_NUM_THREADS");

    if (omp != NULL) {
        char *end; /* "4,2": the outermost level is first */
        unsigned long n = strtoul(omp, &end, 10);

        if (*omp >= '0' && *omp <= '9' && (*end == '\0' || *end == ',') &&
            n >= 1 && n <= MAX_THREADS)
            return n;
    }
    return smaller(allowed(),
                   cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup"));
}
