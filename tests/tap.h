/*
 * tap.h - the whole C test framework: counts, prints TAP, sets the exit status.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_count, tap_failures;

__attribute__((format(printf, 4, 5))) static inline bool
tap_ok(bool pass, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    printf("%sok %d - ", pass ? "" : "not ", ++tap_count);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    if (!pass) {
        tap_failures++;
        printf("# failed at %s:%d\n", file, line);
    }
    return pass;
}

/* CHECK(cond, fmt, ...): one test point. */
#define CHECK(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

/* SKIP(reason): a test point that could not run; visible in the report, never
 * silent. */
#define SKIP(...)                                                              \
    do {                                                                       \
        printf("ok %d # SKIP ", ++tap_count);                                  \
        printf(__VA_ARGS__);                                                   \
        putchar('\n');                                                         \
    } while (0)

/* MISSING(what): data from outside the repository is not there. A word, unless
 * BERTH_REFERENCE says that it should be. */
#define MISSING(...)                                                           \
    do {                                                                       \
        if (getenv("BERTH_REFERENCE") != NULL)                                 \
            CHECK(false, __VA_ARGS__);                                         \
        else                                                                   \
            SKIP(__VA_ARGS__);                                                 \
    } while (0)

/* True when |got - want| <= bound; false whenever either side is NaN. */
static inline bool tap_near(double got, double want, double bound)
{
    return fabs(got - want) <= bound;
}

/* Call last: prints the plan, so an early exit is seen as a broken run. */
static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return fflush(stdout) != 0 || tap_failures != 0;
}

#endif
