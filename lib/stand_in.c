/*
 * stand_in.c - beginnings of what is no file of a model, and the place of a
 * snapshot in the Hugging Face cache:
 *
 *     .../models--ORG--NAME/snapshots/COMMIT/config.json
 */
#include "lib/stand_in.h"

#include "lib/status.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct stand_in {
    const char *begin; /* in any case */
    const char *found;
} stand_ins[] = {
#define PAGE                                                                   \
    "a page of HTML: the server had something to say, get the file again"
    {"version https://git-lfs.github.com/spec/",
     "a pointer to it, by git-lfs: run \"git lfs pull\" in its folder"},
    {"<!doctype html", PAGE},
    {"<html", PAGE},
};

enum berth_status berth_stand_in_refuse(const char *path,
                                        const unsigned char *begin, size_t n,
                                        struct berth_error *err)
{
    for (size_t i = 0; i < sizeof(stand_ins) / sizeof(*stand_ins); i++) {
        const size_t n_begin = strlen(stand_ins[i].begin);

        if (n >= n_begin &&
            strncasecmp((const char *)begin, stand_ins[i].begin, n_begin) == 0)
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: expected the file, found %s", path,
                              stand_ins[i].found);
    }
    return BERTH_OK;
}

/* "ORG--NAME" as "ORG/NAME"; a NAME alone stays. */
static void put_name(const char *begin, size_t n, char *out, size_t size)
{
    const char *dashes = memmem(begin, n, "--", 2);
    const int n_org = dashes != NULL ? (int)(dashes - begin) : 0;
    const int skip = dashes != NULL ? n_org + 2 : 0;

    snprintf(out, size, "%.*s%s%.*s", n_org, begin, dashes != NULL ? "/" : "",
             (int)n - skip, begin + skip);
}

const char *berth_stand_in_hint(const char *path, char *buf, size_t size)
{
    static const char models[] = "models--", snapshots[] = "/snapshots/";
    const char *begin = strstr(path, models);
    const char *end = begin != NULL ? strchr(begin, '/') : NULL;
    char name[128];

    buf[0] = '\0';
    if (end == NULL || strncmp(end, snapshots, sizeof(snapshots) - 1) != 0)
        return buf;
    begin += sizeof(models) - 1;
    put_name(begin, (size_t)(end - begin), name, sizeof(name));
    snprintf(buf, size, " (not all of it downloaded? berth pull %s)", name);
    return buf;
}
