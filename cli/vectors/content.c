/*
 * content.c - digests of files, and what tells that none is needed.
 */
#include "cli/vectors/content.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/hash.h"
#include "cli/input/source.h"

enum {
    BLOCK = 256 << 10,
    SETTLED = 2 /* seconds: the coarsest times that files have */
};

static void fill_stamp(const struct stat *st, struct store_stamp *out)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct store_stamp){
        .device = (uint64_t)st->st_dev,
        .inode = (uint64_t)st->st_ino,
        .size = (uint64_t)st->st_size,
        .modified = {st->st_mtim.tv_sec, st->st_mtim.tv_nsec},
        .changed = {st->st_ctim.tv_sec, st->st_ctim.tv_nsec}};
    out->settled = st->st_ctim.tv_sec + SETTLED < now.tv_sec &&
                   st->st_mtim.tv_sec + SETTLED < now.tv_sec;
}

bool content_stamp(const char *path, struct store_stamp *out)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    fill_stamp(&st, out);
    return true;
}

bool content_is(const struct store_stamp *then, const struct store_stamp *now)
{
    return then->settled != 0 && memcmp(then, now, sizeof(*then)) == 0;
}

struct reading {
    struct blake2b hash;
    uint64_t n;     /* bytes read */
    uint64_t begin; /* bytes that are asked of */
    char end;       /* of a line */
    struct content *out;
};

/* Add the length after each file: files "ab", "c" must not give the same
 * digest as "a", "bc". */
static void digest(const struct reading *r, uint8_t out[BLAKE2B_SIZE])
{
    struct blake2b hash = r->hash;

    hash_size(&hash, r->n);
    blake2b_final(&hash, out);
}

static void take(struct reading *r, const char *p, size_t n)
{
    if (r->n < r->begin) {
        const size_t some = r->begin - r->n < n ? r->begin - r->n : n;

        r->out->n_lines += source_count(p, some, r->end);
        blake2b_update(&r->hash, p, some);
        r->n += some;
        p += some;
        n -= some;
        if (r->n == r->begin) {
            r->out->ends_line = p[-1] == r->end;
            digest(r, r->out->begin);
        }
    }
    blake2b_update(&r->hash, p, n);
    r->n += n;
}

bool content_read(const char *path, uint64_t format, uint64_t begin_size,
                  bool null, struct content *out)
{
    struct reading r = {
        .begin = begin_size, .end = null ? '\0' : '\n', .out = out};
    char *block = malloc(BLOCK);
    ssize_t n = -1;

    *out = (struct content){.n_lines = 0};
    blake2b_init(&r.hash);
    if (format != 0)
        hash_size(&r.hash, format);
    /* Asked before it is opened: that alone would wake a FIFO's writer. */
    const bool regular = content_stamp(path, &out->stamp);
    int fd = regular ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

    if (fd >= 0 && block != NULL)
        while ((n = read(fd, block, BLOCK)) > 0)
            take(&r, block, (size_t)n);
    digest(&r, out->whole);
    free(block);
    if (fd >= 0)
        close(fd);
    out->stamp.size = r.n;
    return n == 0;
}
