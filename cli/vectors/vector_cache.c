/*
 * vector_cache.c - names, ages and sizes in the user's cache. Whatever fails
 * here only costs time: nothing is said of it, but of a folder that is not to
 * be trusted.
 */
#include "cli/vectors/vector_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/message.h"

/* The name of a vector file: a digest, and what mkstemp() adds meanwhile. */
enum {
    N_DIGITS = BLAKE2B_SIZE,
    N_UNFINISHED = sizeof(".XXXXXX") - 1
};
static const char suffix[] = ".vectors";

/* Why the folder is not to be trusted; NULL: it is, or is not there. */
static const char *distrust(const char *path)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return NULL;
    if (!S_ISDIR(st.st_mode))
        return "no folder";
    if (st.st_uid != geteuid())
        return "it belongs to someone else";
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "others may write there";
    return NULL;
}

/* The path, or NULL: owned. */
static char *place(bool make)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    bool has_cache = cache != NULL && cache[0] == '/';
    char *path;

    if (!has_cache && (home == NULL || home[0] != '/'))
        return NULL;
    if (asprintf(&path, "%s%s/berth", has_cache ? cache : home,
                 has_cache ? "" : "/.cache") < 0)
        return NULL;
    if (make) {
        char *slash = strrchr(path, '/');

        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
        mkdir(path, 0700);
    }
    return path;
}

char *cache_folder(bool make)
{
    char *path = place(make);
    const char *why = path != NULL ? distrust(path) : NULL;

    if (why == NULL)
        return path;
    message_warning("%s: not used as a cache: %s", path, why);
    free(path);
    return NULL;
}

char *cache_path(const char *folder, const uint8_t *model,
                 const uint8_t *content)
{
    uint8_t digest[BLAKE2B_SIZE];
    char digits[2 * BLAKE2B_SIZE + 1];
    struct blake2b hash;
    char *path;

    if (folder == NULL)
        return NULL;
    blake2b_init(&hash);
    blake2b_update(&hash, model, BLAKE2B_SIZE);
    blake2b_update(&hash, content, BLAKE2B_SIZE);
    blake2b_final(&hash, digest);
    blake2b_hex(digest, digits);
    return asprintf(&path, "%s/%.*s%s", folder, N_DIGITS, digits, suffix) < 0
               ? NULL
               : path;
}

void cache_touch(const char *path)
{
    utimensat(AT_FDCWD, path, NULL, 0);
}

struct entry {
    char name[64];
    struct timespec used;
    uintmax_t size;
};

static int by_age(const void *a, const void *b)
{
    const struct timespec *x = &((const struct entry *)a)->used;
    const struct timespec *y = &((const struct entry *)b)->used;

    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

static bool is_ours(const char *name)
{
    size_t n = strlen(name);

    return strspn(name, "0123456789abcdef") == N_DIGITS &&
           strncmp(name + N_DIGITS, suffix, sizeof(suffix) - 1) == 0 &&
           (n == N_DIGITS + sizeof(suffix) - 1 ||
            (n == N_DIGITS + sizeof(suffix) - 1 + N_UNFINISHED &&
             name[N_DIGITS + sizeof(suffix) - 1] == '.'));
}

/* Files of ours, unfinished ones too. */
static size_t list(DIR *dir, struct entry **out)
{
    struct entry *entries = NULL;
    const struct dirent *e;
    size_t n = 0;
    struct stat st;

    while ((e = readdir(dir)) != NULL) {
        if (!is_ours(e->d_name) ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        struct entry *more = realloc(entries, (n + 1) * sizeof(*entries));

        if (more == NULL)
            break;
        entries = more;
        memcpy(entries[n].name, e->d_name, strlen(e->d_name) + 1);
        entries[n].used = st.st_mtim;
        entries[n++].size = (uintmax_t)st.st_size;
    }
    *out = entries;
    return n;
}

void cache_trim(const char *folder, size_t limit)
{
    DIR *dir = folder != NULL ? opendir(folder) : NULL;
    struct entry *entries = NULL;
    uintmax_t total = 0;
    size_t n = dir != NULL ? list(dir, &entries) : 0;

    for (size_t i = 0; i < n; i++)
        total += entries[i].size;
    if (n > 0)
        qsort(entries, n, sizeof(*entries), by_age);
    for (size_t i = 0; i < n && (total > limit || limit == 0); i++)
        if (unlinkat(dirfd(dir), entries[i].name, 0) == 0)
            total -= entries[i].size;
    free(entries);
    if (dir != NULL)
        closedir(dir);
}
