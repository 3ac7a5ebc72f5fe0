/*
 * guard.h - buffers that end where readable memory ends.
 */
#ifndef TESTS_GUARD_H
#define TESTS_GUARD_H

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* guarded_end - the end of a block of at least bytes; the next byte faults. */
static inline char *guarded_end(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (bytes + page - 1) / page * page;
    char *p = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED || mprotect(p + size, page, PROT_NONE) != 0)
        abort();
    return p + size;
}

/* guarded_floats - the end of a block of n. */
static inline float *guarded_floats(size_t n)
{
    return (void *)guarded_end(n * sizeof(float));
}

#endif
