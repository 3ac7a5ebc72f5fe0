/*
 * blob.c - a file that grows under the name ETAG.incomplete, goes on where it
 * ends, and gets its name when its hash is right.
 *
 * The ETag of a large file is its SHA-256, that of a small one is git's: the
 * SHA-1 of "blob SIZE", a zero byte and the contents. Other hubs may have other
 * ETags, which say nothing of the contents.
 */
#include "cli/hub/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/message.h"
#include "cli/base/sha.h"
#include "cli/base/text.h"

struct download {
    const struct hub *hub;
    const struct hub_model *model;
    const struct hub_file *file;
    struct transfer *transfer;
    char *part; /* its path */
    int fd;
    uint64_t size; /* of what is there */
    struct sha sha;
    int error;       /* of the system; 0: none */
    char wrong[300]; /* what came and is not the file; "": nothing */
};

enum outcome {
    FETCHED,
    DAMAGED, /* wrong says how */
    FAILED   /* after one message */
};

/* -------------------------------------------------------------- contents */

static void begin_hash(struct download *d)
{
    const bool git = strlen(d->file->etag) == 40;

    sha_init(&d->sha, git ? SHA_1 : SHA_256);
    if (git) {
        char head[32];
        int n = snprintf(head, sizeof(head), "blob %" PRId64, d->file->size);

        sha_update(&d->sha, head, (size_t)n + 1);
    }
}

/* Throws away what there is. */
static bool begin_again(struct download *d)
{
    uint64_t *done = &d->transfer->done;

    *done -= d->size < *done ? d->size : *done;
    d->size = 0;
    begin_hash(d);
    if (ftruncate(d->fd, 0) == 0 && lseek(d->fd, 0, SEEK_SET) == 0)
        return true;
    d->error = errno;
    return false;
}

/* After a download that was broken off. */
static bool read_begun(struct download *d)
{
    enum {
        BLOCK = 256 << 10
    };
    char *block = malloc(BLOCK);
    ssize_t n = -1;

    begin_hash(d);
    while (block != NULL && (n = read(d->fd, block, BLOCK)) > 0) {
        sha_update(&d->sha, block, (size_t)n);
        d->size += (uint64_t)n;
    }
    d->error = n < 0 ? errno : 0;
    free(block);
    if (n == 0 && d->file->size >= 0 && d->size > (uint64_t)d->file->size)
        return begin_again(d);
    return n == 0;
}

/* Whether the hash is what the ETag says, where it says one. */
static bool check_hash(struct download *d)
{
    const char *etag = d->file->etag;
    size_t n = strlen(etag);
    char digits[SHA_DIGITS + 1];

    if ((n != 64 && (n != 40 || d->file->size < 0)) ||
        strspn(etag, "0123456789abcdef") != n)
        return true;
    sha_digits(&d->sha, digits);
    if (strcmp(digits, etag) == 0)
        return true;
    snprintf(d->wrong, sizeof(d->wrong), "expected %s %s, found %s",
             n == 40 ? "git's SHA-1" : "SHA-256", etag, digits);
    return false;
}

static bool is_whole(const struct download *d)
{
    return d->file->size >= 0 && d->size == (uint64_t)d->file->size;
}

/* --------------------------------------------------------------- request */

static uint64_t resume(void *arg)
{
    const struct download *d = arg;

    return d->size;
}

static bool wrong_part(struct download *d, const struct http_answer *a)
{
    snprintf(d->wrong, sizeof(d->wrong),
             "expected the part from byte %" PRIu64 " on, found '%.60s'",
             d->size, a->header[HTTP_RANGE]);
    return false;
}

/* "bytes FIRST-LAST/SIZE" as it was asked for. */
static bool is_wanted_part(const struct download *d, const char *range)
{
    char *want = text_printf("bytes %" PRIu64 "-", d->size);
    size_t n = strlen(want);
    bool fits = strncmp(range, want, n) == 0;
    const char *size = strchr(range, '/');

    free(want);
    return fits && size != NULL &&
           (d->file->size < 0 || size[1] == '*' ||
            strtoll(size + 1, NULL, 10) == d->file->size);
}

/* A hub that knows no parts sends all. What comes from the hub itself has the
 * ETag, too; a host that it leads to has its own. */
static bool start(void *arg, const struct http_answer *a)
{
    struct download *d = arg;

    if (a->status != 206)
        return d->size == 0 || begin_again(d);
    if (!is_wanted_part(d, a->header[HTTP_RANGE]))
        return wrong_part(d, a);
    if (!a->elsewhere && a->header[HTTP_ETAG][0] != '\0' &&
        strstr(a->header[HTTP_ETAG], d->file->etag) == NULL) {
        snprintf(d->wrong, sizeof(d->wrong), "expected ETag %s, found %.60s",
                 d->file->etag, a->header[HTTP_ETAG]);
        return false;
    }
    return true;
}

static bool write_all(int fd, const char *p, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, p, size);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static bool take(void *arg, const void *data, size_t size)
{
    struct download *d = arg;

    if (d->file->size >= 0 && size > (uint64_t)d->file->size - d->size) {
        snprintf(d->wrong, sizeof(d->wrong),
                 "expected %" PRId64 " bytes, found more", d->file->size);
        return false;
    }
    if (!write_all(d->fd, data, size)) {
        d->error = errno;
        return false;
    }
    sha_update(&d->sha, data, size);
    d->size += size;
    d->transfer->done += size;
    transfer_update(d->transfer);
    return true;
}

static enum outcome lost(const struct download *d)
{
    transfer_hide(d->transfer);
    message_error("%s: %s%s", d->part, strerror(d->error),
                  d->error == ENOSPC || d->error == EDQUOT
                      ? "; what is there is kept"
                      : "");
    return FAILED;
}

/* What is missing, or all. */
static enum outcome request(struct download *d, const char *url)
{
    struct http_request r = {.url = url,
                             .timeout = d->hub->file_timeout,
                             .start = start,
                             .take = take,
                             .arg = d};
    struct http_answer a;

    d->wrong[0] = '\0';
    switch (is_whole(d) ? HTTP_DONE : hub_ask(d->hub, &r, resume, &a)) {
    case HTTP_DONE:
        break;
    case HTTP_STOPPED:
        return d->error != 0 ? lost(d) : DAMAGED;
    default:
        if (a.status == 416) {
            wrong_part(d, &a);
            return DAMAGED;
        }
        hub_refused(d->hub, d->model, d->file->path, &a);
        return FAILED;
    }
    if (d->file->size >= 0 && !is_whole(d)) {
        snprintf(d->wrong, sizeof(d->wrong),
                 "expected %" PRId64 " bytes, found %" PRIu64, d->file->size,
                 d->size);
        return DAMAGED;
    }
    return check_hash(d) ? FETCHED : DAMAGED;
}

/* ------------------------------------------------------------------ file */

/* Once more from its beginning where what came is not the file. */
static enum outcome fetch(struct download *d, const char *url)
{
    if (!read_begun(d))
        return lost(d);
    enum outcome outcome = request(d, url);

    for (int i = 0; outcome == DAMAGED; i++) {
        if (!begin_again(d))
            return lost(d);
        transfer_hide(d->transfer);
        if (i == 1) {
            unlink(d->part);
            message_error("%s: %s, twice; nothing of it is kept", url,
                          d->wrong);
            return FAILED;
        }
        message_warning("%s: %s; fetching it once more", url, d->wrong);
        outcome = request(d, url);
    }
    return outcome;
}

/* The blob, if it is one. */
static bool is_there(const char *path, const struct hub_file *file)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           (file->size < 0 || st.st_size == file->size);
}

uint64_t blob_begun(const struct cache *cache, const struct hub_file *file)
{
    char *blob = cache_blob(cache, file->etag);
    char *part = text_printf("%s.incomplete", blob);
    struct stat st;
    uint64_t n = 0;

    if (is_there(blob, file))
        n = (uint64_t)file->size;
    else if (stat(part, &st) == 0 && st.st_size <= file->size)
        n = (uint64_t)st.st_size;
    free(part);
    free(blob);
    return n;
}

static bool fetch_to(struct download *d, const char *url, const char *blob)
{
    d->fd = open(d->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (d->fd < 0)
        return message_error("%s: %s", d->part, strerror(errno));
    bool ok = fetch(d, url) == FETCHED;

    /* On the disk before it has the name: a crash then leaves no other blob. */
    if (ok && (fsync(d->fd) != 0 || rename(d->part, blob) != 0)) {
        d->error = errno;
        ok = lost(d) == FETCHED;
    }
    close(d->fd);
    return ok;
}

/* What huggingface_hub has begun as ETAG.XXXXXXXX.incomplete: since its version
 * 1.5 it begins anew each time and leaves what it had where it was killed. The
 * lock is ours, so nobody writes there: the longest becomes the part. */
static void take_over(const char *blob, const char *part)
{
    static const char end[] = ".incomplete";
    const char *etag = strrchr(blob, '/') + 1;
    const size_t n = strlen(etag);
    char *folder = text_printf("%.*s", (int)(etag - blob), blob);
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        struct stat st, ours;

        if (strncmp(name, etag, n) != 0 || name[n] != '.' ||
            strspn(name + n + 1, "0123456789abcdef") != 8 ||
            strcmp(name + n + 9, end) != 0)
            continue;
        char *path = text_printf("%s%s", folder, name);

        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            (stat(part, &ours) != 0 || ours.st_size < st.st_size))
            rename(path, part);
        else
            unlink(path);
        free(path);
    }
    if (dir != NULL)
        closedir(dir);
    free(folder);
}

bool blob_fetch(const struct hub *hub, const struct cache *cache,
                const struct hub_model *model, const char *commit,
                const struct hub_file *file, struct transfer *transfer)
{
    char *blob = cache_blob(cache, file->etag);
    char *url = hub_file_url(hub, model, commit, file->path);
    struct download d = {.hub = hub,
                         .model = model,
                         .file = file,
                         .transfer = transfer,
                         .part = text_printf("%s.incomplete", blob)};
    int lock = -1;

    if (cache_make_folders(blob))
        lock = cache_lock(cache, file->etag, file->path);
    if (lock >= 0)
        take_over(blob, d.part);
    bool ok = lock >= 0 && is_there(blob, file);

    if (ok)
        unlink(d.part); /* of one who was killed while another went on */
    else if (lock >= 0)
        ok = fetch_to(&d, url, blob);
    if (lock >= 0)
        close(lock);
    free(d.part);
    free(url);
    free(blob);
    return ok;
}
