/*
 * reference.h - where reference values are, and comparing with them.
 *
 * Small models are in tests/data. All others are in the folder that
 * BERTH_REFERENCE names; without it, tests that need it are skipped and say so.
 */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include "tests/npy.h"
#include "tests/tap.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PATH_SIZE = 1024
};

/* Largest |got - want|; NAN when a value is no number or differs by one. */
static inline double distance(const float *got, const float *want, size_t n)
{
    double largest = 0.0;

    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double)got[i] - (double)want[i]);
        if (isnan(d))
            return (double)NAN;
        if (d > largest)
            largest = d;
    }
    return largest;
}

/* model_folder - tests/data/NAME, or the one of BERTH_REFERENCE; false (after
 * a SKIP) when there is neither. */
static inline bool model_folder(const char *name, char *out)
{
    static const char *const places[] = {"models", "families/models",
                                         "families/formats"};
    const char *reference = getenv("BERTH_REFERENCE");
    char config[PATH_SIZE + 16];

    snprintf(out, PATH_SIZE, "tests/data/%s", name);
    snprintf(config, sizeof(config), "%s/config.json", out);
    if (access(config, R_OK) == 0)
        return true;
    if (reference == NULL) {
        SKIP("%s: BERTH_REFERENCE is not set", name);
        return false;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(out, PATH_SIZE, "%s/golden/%s/%s", reference, places[i], name);
        snprintf(config, sizeof(config), "%s/config.json", out);
        if (access(config, R_OK) == 0)
            break;
    }
    return true;
}

/* each_golden - check(name) of the folders that tests/encoder/golden.txt has
 * for this test. */
static inline void each_golden(const char *test, void (*check)(const char *))
{
    static const char list[] = "tests/encoder/golden.txt";
    FILE *f = fopen(list, "r");
    char line[256], of[16], name[200];
    size_t n = 0;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (line[0] == '#')
            continue;
        if (sscanf(line, "%15s %199s", of, name) != 2)
            CHECK(false, "%s: not a test and a folder: %s", list, line);
        else if (strcmp(of, test) == 0 && ++n > 0)
            check(name);
    }
    CHECK(n > 0, "%s: %zu folders for the test '%s'", list, n, test);
    if (f != NULL)
        fclose(f);
}

/* A JSON file, or NULL after a failed CHECK. */
static inline json_t *read_json(const char *path)
{
    json_error_t e;
    json_t *json = json_load_file(path, JSON_ALLOW_NUL, &e);

    if (json == NULL)
        CHECK(false, "%s: %s", path, e.text);
    return json;
}

/* integers - a JSON list as int32; free(). */
static inline int32_t *integers(const json_t *list, size_t *n)
{
    *n = json_array_size(list);
    int32_t *out = malloc((*n + 1) * sizeof(*out));

    for (size_t i = 0; out != NULL && i < *n; i++)
        out[i] = (int32_t)json_integer_value(json_array_get(list, i));
    return out;
}

#endif
