/*
 * scratch.h - a temporary folder for a test, with files that it writes.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SCRATCH_PATH = 512
};

struct scratch {
    char path[SCRATCH_PATH];
};

/* scratch_make - a new folder under $TMPDIR; false: the system refused. */
static inline bool scratch_make(struct scratch *s)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(s->path, sizeof(s->path), "%s/berth-test-XXXXXX",
             tmp != NULL ? tmp : "/tmp");
    return mkdtemp(s->path) != NULL;
}

/* scratch_name - "folder/name" in buf, of SCRATCH_PATH + 256 bytes. */
static inline const char *scratch_name(const struct scratch *s,
                                       const char *name, char *buf)
{
    snprintf(buf, SCRATCH_PATH + 256, "%s/%s", s->path, name);
    return buf;
}

/* scratch_write - a file, and the sub-folder its name asks for. */
static inline bool scratch_write(const struct scratch *s, const char *name,
                                 const void *data, size_t size)
{
    char path[SCRATCH_PATH + 256];
    const char *slash = strrchr(name, '/');
    FILE *f;
    bool ok;

    if (slash != NULL) {
        snprintf(path, sizeof(path), "%s/%.*s", s->path, (int)(slash - name),
                 name);
        mkdir(path, 0777);
    }
    f = fopen(scratch_name(s, name, path), "wb");
    if (f == NULL)
        return false;
    ok = size == 0 || fwrite(data, 1, size, f) == size;
    return fclose(f) == 0 && ok;
}

static inline int scratch_unlink(const char *path, const struct stat *st,
                                 int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline void scratch_remove(const struct scratch *s)
{
    nftw(s->path, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* scratch_read - a whole file in a block of exactly its size, free(); NULL:
 * the system refused. */
static inline unsigned char *scratch_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    unsigned char *data = NULL;
    long n;

    if (f == NULL)
        return NULL;
    if (fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0) {
        rewind(f);
        *size = (size_t)n;
        data = malloc(n > 0 ? (size_t)n : 1);
        if (data != NULL && fread(data, 1, *size, f) != *size) {
            free(data);
            data = NULL;
        }
    }
    fclose(f);
    return data;
}

#endif
