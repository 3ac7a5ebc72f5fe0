/*
 * test_cpus.c - quotas of both versions of cgroups, from made-up trees.
 */
#include <stdint.h>
#include <stdlib.h>

#include "cli/base/cpus.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static void put(const struct scratch *s, const char *name, const char *text)
{
    CHECK(scratch_write(s, name, text, strlen(text)), "wrote %s", name);
}

static size_t quota(const struct scratch *s, const char *groups)
{
    char name[SCRATCH_PATH + 256];

    if (!scratch_write(s, "groups", groups, strlen(groups)))
        return SIZE_MAX;
    return cpus_quota(scratch_name(s, "groups", name), s->path);
}

int main(void)
{
    struct scratch s;

    if (!scratch_make(&s))
        return 1;
    put(&s, "cpu.max", "max 100000\n");
    put(&s, "a/cpu.max", "250000 100000\n");
    put(&s, "a/b/cpu.max", "max 100000\n");
    put(&s, "odd/cpu.max", "nonsense\n");
    put(&s, "zero/cpu.max", "100000 0\n");
    put(&s, "cpu/cpu.cfs_quota_us", "-1\n");
    put(&s, "cpu/v1/cpu.cfs_quota_us", "50000\n");
    put(&s, "cpu/v1/cpu.cfs_period_us", "100000\n");
    CHECK(quota(&s, "0::/\n") == 0, "max is no quota");
    CHECK(quota(&s, "0::/a\n") == 3, "2.5 CPUs are 3 threads");
    CHECK(quota(&s, "0::/a/b\n") == 3, "a quota holds for the groups below");
    CHECK(quota(&s, "0::/odd\n") == 0, "what is no number is no quota");
    CHECK(quota(&s, "0::/zero\n") == 0, "no period, no quota");
    CHECK(quota(&s, "0::/missing/deep\n") == 0, "no file, no quota");
    CHECK(quota(&s, "5:memory:/v1\n4:cpu,cpuacct:/v1\n") == 1, "version 1");
    CHECK(quota(&s, "4:cpuacct,cpuset:/v1\n") == 0,
          "a quota of another controller is none");
    CHECK(quota(&s, "4:cpu:/v1\n0::/a\n") == 1, "the smaller of two");
    EQUAL_INT(quota(&s, "nonsense\n"), 0, "a file without groups");
    EQUAL_INT(quota(&s, ""), 0, "an empty file of groups");
    CHECK(cpus_quota("/nonexistent/file", s.path) == 0,
          "a file of groups that is not there is no quota");
    setenv("OMP_NUM_THREADS", "5,2", 1);
    CHECK(cpus_granted() == 5, "OMP_NUM_THREADS, its first number");
    setenv("OMP_NUM_THREADS", "x", 1);
    CHECK(cpus_granted() >= 1, "nonsense there is ignored");
    unsetenv("OMP_NUM_THREADS");
    CHECK(cpus_granted() >= 1, "at least one");
    scratch_remove(&s);
    return tap_done();
}
