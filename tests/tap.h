/*
 * tap.h - the whole C test framework: counts, prints TAP, sets the exit status.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failures;

/* What the comparison of the present point found: its lines. */
static char tap_sides[1024];

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
        printf("# failed at %s:%d\n%s", file, line, tap_sides);
        fflush(stdout); /* what comes next may not survive this */
    }
    tap_sides[0] = '\0';
    return pass;
}

/* CHECK(cond, fmt, ...): one test point. What compares takes one of those
 * below, which print what was found and what was expected. */
#define CHECK(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

/* What has a fraction does not compile here: it would be cut off unseen. */
#define TAP_WHOLE(x)                                                           \
    _Generic((x), float : tap_sides, double : tap_sides, default : (x))
/* EQUAL_SIZE(got, want, fmt, ...): numbers of things. */
#define EQUAL_SIZE(got, want, ...)                                             \
    CHECK(tap_size(TAP_WHOLE(got), TAP_WHOLE(want)), __VA_ARGS__)
/* EQUAL_INT(got, want, fmt, ...): numbers with a sign, statuses, bools. */
#define EQUAL_INT(got, want, ...)                                              \
    CHECK(tap_int(TAP_WHOLE(got), TAP_WHOLE(want)), __VA_ARGS__)
/* NEAR(got, want, bound, fmt, ...): never with NaN; bound 0: the same number.
 */
#define NEAR(got, want, bound, ...)                                            \
    CHECK(tap_number((double)(got), (double)(want), (bound)), __VA_ARGS__)
/* EQUAL_FLOATS(got, want, n, fmt, ...): n of them, to the bit. */
#define EQUAL_FLOATS(got, want, n, ...)                                        \
    CHECK(tap_floats((got), (want), (n)), __VA_ARGS__)
/* NEAR_FLOATS(got, want, n, bound, fmt, ...): n of them. */
#define NEAR_FLOATS(got, want, n, bound, ...)                                  \
    CHECK(tap_near_floats((got), (want), (n), (bound)), __VA_ARGS__)
/* EQUAL_IDS(got, n_got, want, n_want, fmt, ...): int32_t. */
#define EQUAL_IDS(got, n_got, want, n_want, ...)                               \
    CHECK(tap_ids((got), (n_got), (want), (n_want)), __VA_ARGS__)
/* EQUAL_BYTES(got, n_got, want, n_want, fmt, ...) */
#define EQUAL_BYTES(got, n_got, want, n_want, ...)                             \
    CHECK(tap_bytes((got), (n_got), (want), (n_want)), __VA_ARGS__)
/* EQUAL_TEXT(got, want, fmt, ...): either may be NULL. */
#define EQUAL_TEXT(got, want, ...) CHECK(tap_text((got), (want)), __VA_ARGS__)
/* HAS_TEXT(text, part, fmt, ...): part is somewhere in text. */
#define HAS_TEXT(text, part, ...) CHECK(tap_has((text), (part)), __VA_ARGS__)

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

static inline bool tap_size(size_t got, size_t want)
{
    snprintf(tap_sides, sizeof(tap_sides), "#   found %zu, expected %zu\n", got,
             want);
    return got == want;
}

static inline bool tap_int(long long got, long long want)
{
    snprintf(tap_sides, sizeof(tap_sides), "#   found %lld, expected %lld\n",
             got, want);
    return got == want;
}

static inline bool tap_number(double got, double want, double bound)
{
    snprintf(tap_sides, sizeof(tap_sides),
             "#   found %.17g, expected %.17g within %g\n", got, want, bound);
    return tap_near(got, want, bound);
}

static inline bool tap_ids(const int32_t *got, size_t n_got,
                           const int32_t *want, size_t n_want)
{
    size_t i = 0;

    while (i < n_got && i < n_want && got[i] == want[i])
        i++;
    if (i < n_got && i < n_want)
        snprintf(tap_sides, sizeof(tap_sides),
                 "#   id %zu: found %ld, expected %ld\n", i, (long)got[i],
                 (long)want[i]);
    else
        snprintf(tap_sides, sizeof(tap_sides),
                 "#   found %zu ids, expected %zu\n", n_got, n_want);
    return i == n_got && i == n_want;
}

static inline bool tap_floats(const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(&got[i], &want[i], sizeof(*got)) == 0)
            continue;
        snprintf(tap_sides, sizeof(tap_sides),
                 "#   number %zu of %zu: found %.9g, expected %.9g\n", i, n,
                 (double)got[i], (double)want[i]);
        return false;
    }
    return true;
}

/* Names the number that is furthest off. */
static inline bool tap_near_floats(const float *got, const float *want,
                                   size_t n, double bound)
{
    double largest = 0.0;
    size_t worst = 0;

    for (size_t i = 0; i < n && !isnan(largest); i++) {
        const double d = fabs((double)got[i] - (double)want[i]);

        if (d > largest || isnan(d)) {
            largest = d;
            worst = i;
        }
    }
    if (n > 0)
        snprintf(
            tap_sides, sizeof(tap_sides),
            "#   number %zu of %zu: found %.9g, expected %.9g, off by %.2g, "
            "allowed %.2g\n",
            worst, n, (double)got[worst], (double)want[worst], largest, bound);
    return largest <= bound;
}

/* Appends a side as a line, whatever bytes it has; a long one is cut. */
static inline void tap_side(const char *label, const void *data, size_t size)
{
    const size_t end = strlen(tap_sides) + sizeof(tap_sides) / 2;
    const unsigned char *p = data;
    size_t at = strlen(tap_sides);

    at += (size_t)sprintf(tap_sides + at, "#   %s: %s", label,
                          p != NULL ? "\"" : "NULL");
    for (size_t i = 0; p != NULL && i < size && at + 64 < end; i++)
        at += (size_t)sprintf(tap_sides + at,
                              p[i] < ' ' || p[i] == 0x7f ? "\\x%02x" : "%c",
                              p[i]);
    if (p != NULL)
        at += (size_t)sprintf(tap_sides + at, "\" (%zu bytes)", size);
    strcpy(tap_sides + at, "\n");
}

static inline bool tap_bytes(const void *got, size_t n_got, const void *want,
                             size_t n_want)
{
    const bool same = got == NULL || want == NULL
                          ? got == want
                          : n_got == n_want && memcmp(got, want, n_want) == 0;

    if (!same) {
        tap_side("found", got, n_got);
        tap_side("expected", want, n_want);
    }
    return same;
}

static inline bool tap_text(const char *got, const char *want)
{
    return tap_bytes(got, got != NULL ? strlen(got) : 0, want,
                     want != NULL ? strlen(want) : 0);
}

static inline bool tap_has(const char *text, const char *part)
{
    const bool has = text != NULL && strstr(text, part) != NULL;

    if (!has) {
        tap_side("found", text, text != NULL ? strlen(text) : 0);
        tap_side("expected in it", part, strlen(part));
    }
    return has;
}

/* Call last: prints the plan, so an early exit is seen as a broken run. */
static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return fflush(stdout) != 0 || tap_failures != 0;
}

#endif
