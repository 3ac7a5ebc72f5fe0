/*
 * bent.h - changes at random to files of weights: each leaves a model that
 * works, or is refused in one line, and none makes more memory be asked for
 * than such a small file could need.
 */
#ifndef TESTS_BENT_H
#define TESTS_BENT_H

#include "tests/mutations.h"

#include <sys/resource.h>

enum {
    BENT_MEMORY = 96, /* MB: a table of threads and the like, but no model */
    BENT_ROOM = 32    /* bytes that a change may add */
};

/* The sanitizer has its own way to refuse. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "max_allocation_size_mb=96";
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

/* bent_limit_memory - from now on BENT_MEMORY more, and no more. */
static inline void bent_limit_memory(void)
{
#ifndef SANITIZED
    struct rlimit limit = {0};
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (f == NULL || fscanf(f, "%lu", &pages) != 1)
        SKIP("/proc/self/statm: memory is not limited");
    if (f != NULL)
        fclose(f);
    limit.rlim_cur =
        pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)BENT_MEMORY << 20);
    limit.rlim_max = RLIM_INFINITY;
    CHECK(pages == 0 || setrlimit(RLIMIT_AS, &limit) == 0, "limits memory");
#endif
}

static inline uint32_t bent_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* What a length, a count or a place may be that it must not. */
static const uint64_t bent_numbers[] = {0,
                                        1,
                                        5,
                                        31,
                                        0x7fffffff,
                                        0x80000000,
                                        0xffffffff,
                                        1ULL << 32,
                                        1ULL << 40,
                                        INT64_MAX,
                                        1ULL << 63,
                                        UINT64_MAX,
                                        UINT64_MAX - 31};

/* bent_change - one change at byte at to n bytes of data, which has BENT_ROOM
 * more; the new n. what says which. */
static inline size_t bent_change(unsigned char *data, size_t n, size_t at,
                                 uint32_t *seed, char *what, size_t size)
{
    const uint64_t number =
        bent_numbers[bent_next(seed) %
                     (sizeof(bent_numbers) / sizeof(*bent_numbers))];
    const size_t width = bent_next(seed) % 2 == 0 ? 4 : 8;
    const size_t some = 1 + bent_next(seed) % 16;
    const size_t gone = some < n - at ? some : n - at;

    switch (bent_next(seed) % 5) {
    case 0:
        snprintf(what, size, "cut at %zu", at);
        return at;
    case 1:
        data[at] ^= (unsigned char)(1U << bent_next(seed) % 8);
        snprintf(what, size, "a bit of byte %zu", at);
        return n;
    case 2:
        for (size_t i = 0; i < width; i++)
            data[at + i] = (unsigned char)(number >> (8 * i));
        snprintf(what, size, "%llu at %zu", (unsigned long long)number, at);
        return n;
    case 3:
        memmove(data + at, data + at + gone, n - at - gone);
        snprintf(what, size, "without %zu at %zu", gone, at);
        return n - gone;
    default:
        memmove(data + at + some, data + at, n - at);
        snprintf(what, size, "%zu twice at %zu", some, at);
        return n + some;
    }
}

/* bent_check - a change may leave a model that computes other numbers, infinite
 * ones too. */
static inline void bent_check(const struct folder *folder, const char *name,
                              const char *what)
{
    struct berth_error err = {0};
    bool finite = false;

    alarm(SECONDS);
    const enum berth_status status = use(folder, &finite, &err);
    alarm(0);
    char said[sizeof(err.message)];
    snprintf(said, sizeof(said), "%s", tail(folder, err.message));
    print_safely(said);
    CHECK(status == BERTH_OK || (status != BERTH_ERR_MEMORY &&
                                 is_good_line(folder, status, &err)),
          "%s, %s: %s", name, what, status == BERTH_OK ? "works" : said);
}

#endif
