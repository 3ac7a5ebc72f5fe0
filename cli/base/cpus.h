/*
 * cpus.h - how many CPUs this process may use.
 */
#ifndef CLI_BASE_CPUS_H
#define CLI_BASE_CPUS_H

#include <stddef.h>

/*
 * cpus_granted - OMP_NUM_THREADS, else the CPUs of the affinity mask, at most
 * those that the cgroup's quota pays for (versions 1 and 2). At least 1.
 */
size_t cpus_granted(void);

/*
 * cpus_quota - the quota of a process, whole CPUs, rounded up; 0: none.
 *
 *   groups  a file like /proc/self/cgroup
 *   root    where the cgroup file systems are mounted, "/sys/fs/cgroup"
 */
size_t cpus_quota(const char *groups, const char *root);

#endif
