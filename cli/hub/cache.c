/*
 * cache.c - paths, locks, links and refs. A snapshot is made beside its place,
 * in a folder that no program looks at, and renamed when it is whole.
 */
#include "cli/hub/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/buffer.h"
#include "cli/base/message.h"
#include "cli/base/text.h"
#include "cli/frame/hub_cache.h"

static bool failed(const char *path)
{
    return message_error("%s: %s", path, strerror(errno));
}

/* ----------------------------------------------------------------- paths */

bool cache_open(struct cache *cache, const char *repository)
{
    struct buffer root = {0}, folder = {0};
    bool known = hub_cache_root(0, &root) || root.failed;
    char *path = text_of(&root);

    memset(cache, 0, sizeof(*cache));
    if (known) {
        hub_cache_put_repository(&folder, path, repository, strlen(repository));
        cache->folder = text_of(&folder);
        cache->locks =
            text_printf("%s/.locks/%s", path, strrchr(cache->folder, '/') + 1);
    }
    free(path);
    return known || message_error("no place for the Hugging Face cache: set "
                                  "HF_HOME or HOME");
}

void cache_close(struct cache *cache)
{
    free(cache->folder);
    free(cache->locks);
}

char *cache_blob(const struct cache *cache, const char *etag)
{
    return text_printf("%s/blobs/%s", cache->folder, etag);
}

char *cache_snapshot(const struct cache *cache, const char *commit,
                     const char *path)
{
    return text_printf("%s/snapshots/%s%s%s", cache->folder, commit,
                       path != NULL ? "/" : "", path != NULL ? path : "");
}

bool cache_make_folders(const char *path)
{
    char *copy = text_printf("%s", path);
    bool ok = true;

    for (char *c = strchr(copy + 1, '/'); c != NULL && ok;
         c = strchr(c + 1, '/')) {
        *c = '\0';
        ok = mkdir(copy, 0777) == 0 || errno == EEXIST || errno == EISDIR ||
             access(copy, F_OK) == 0 || failed(copy);
        *c = '/';
    }
    free(copy);
    return ok;
}

bool cache_make_repository(const struct cache *cache)
{
    char *snapshot = cache_snapshot(cache, "", NULL);
    bool ok = cache_make_folders(snapshot);

    free(snapshot);
    return ok;
}

/* ----------------------------------------------------------------- locks */

/* Small files are there in no time: nothing is said of these. Whatever fails
 * here, as where the file system has no locks, only makes work be done twice.
 */
static void wait_for_lock(int fd, const char *what)
{
    const struct timespec pause = {.tv_nsec = 50000000};

    for (int i = 0; i < 20; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return;
        nanosleep(&pause, NULL);
    }
    message_warning("%s: another program is fetching it; waiting", what);
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
}

int cache_lock(const struct cache *cache, const char *name, const char *what)
{
    char *path = text_printf("%s/%s.lock", cache->locks, name);
    int fd = -1;

    if (cache_make_folders(path)) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0664);
        if (fd < 0)
            failed(path);
        else
            wait_for_lock(fd, what);
    }
    free(path);
    return fd;
}

/* -------------------------------------------------------------- snapshot */

/* A link from path, depth folders below the snapshot's, to the blob. */
static bool make_link(const char *path, size_t depth, const char *etag)
{
    struct buffer target = {0};
    struct stat st;

    if (stat(path, &st) == 0)
        return true;
    for (size_t i = 0; i < depth + 2; i++)
        buffer_puts(&target, "../");
    buffer_printf(&target, "blobs/%s", etag);
    char *text = text_of(&target);

    unlink(path); /* which led nowhere, if it is there */
    bool ok =
        cache_make_folders(path) && (symlink(text, path) == 0 || failed(path));

    free(text);
    return ok;
}

static bool make_links(const char *folder, const struct hub_listing *listing)
{
    bool ok = true;

    for (size_t i = 0; i < listing->n && ok; i++) {
        const struct hub_file *file = &listing->files[i];
        size_t depth = 0;

        if (!file->wanted || file->linked)
            continue;
        for (const char *c = file->path; *c != '\0'; c++)
            depth += *c == '/';
        char *path = text_printf("%s/%s", folder, file->path);

        ok = make_link(path, depth, file->etag);
        free(path);
    }
    return ok;
}

/* To a snapshot that has files already: until it has all that are missing,
 * berth takes it for no model. */
static bool add_links(const char *place, const struct hub_listing *listing)
{
    char *mark = hub_cache_mark(place);
    int fd = -1;

    if (mark != NULL)
        fd = open(mark, O_RDWR | O_CREAT | O_CLOEXEC, 0664);
    bool ok = fd >= 0 || failed(mark != NULL ? mark : place);

    if (ok)
        flock(fd, LOCK_EX);
    ok =
        ok && make_links(place, listing) && (unlink(mark) == 0 || failed(mark));
    if (fd >= 0)
        close(fd);
    free(mark);
    return ok;
}

/* All links at once where there is no such snapshot yet. */
static bool make_snapshot(const struct cache *cache,
                          const struct hub_listing *listing)
{
    char *place = cache_snapshot(cache, listing->commit, NULL);
    char *beside =
        text_printf("%s/.snapshot-%s.part", cache->folder, listing->commit);
    bool ok;

    if (access(place, F_OK) == 0) {
        ok = listing->one ? make_links(place, listing)
                          : add_links(place, listing);
    } else {
        ok = make_links(beside, listing) && cache_make_folders(place) &&
             (rename(beside, place) == 0 || failed(place));
    }
    free(place);
    free(beside);
    return ok;
}

/* ------------------------------------------------------------------ refs */

char *cache_commit(const struct cache *cache, const char *revision)
{
    char *path = text_printf("%s/refs/%s", cache->folder, revision);
    struct buffer b = {0};
    bool read = hub_cache_read_ref(path, &b) == 0;
    char *commit = text_of(&b);

    free(path);
    if (read)
        return commit;
    free(commit);
    return NULL;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    size_t n = strlen(text);
    bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;

    if (fd >= 0 && close(fd) != 0)
        ok = false;
    return ok;
}

static bool set_commit(const struct cache *cache, const char *revision,
                       const char *commit)
{
    char *path = text_printf("%s/refs/%s", cache->folder, revision);
    char *beside = text_printf("%s/.ref-%s.part", cache->folder, commit);
    char *before = cache_commit(cache, revision);
    bool ok = true;

    if (strcmp(revision, commit) != 0 &&
        (before == NULL || strcmp(before, commit) != 0))
        ok = cache_make_folders(path) &&
             (write_file(beside, commit) || failed(beside)) &&
             (rename(beside, path) == 0 || failed(path));
    free(path);
    free(beside);
    free(before);
    return ok;
}

/* Whether there is nothing to do: then the cache may be read-only. */
static bool is_published(const struct cache *cache, const char *revision,
                         const struct hub_listing *listing)
{
    char *commit = cache_commit(cache, revision);
    bool is = strcmp(revision, listing->commit) == 0 ||
              (commit != NULL && strcmp(commit, listing->commit) == 0);

    free(commit);
    for (size_t i = 0; i < listing->n; i++)
        is = is && (!listing->files[i].wanted || listing->files[i].linked);
    char *place = cache_snapshot(cache, listing->commit, NULL);

    is = is && (listing->one || !hub_cache_is_unfinished(place));
    free(place);
    return is;
}

bool cache_publish(const struct cache *cache, const char *revision,
                   const struct hub_listing *listing)
{
    if (is_published(cache, revision, listing))
        return true;
    int lock = cache_lock(cache, listing->commit, cache->folder);
    bool ok = lock >= 0 && make_snapshot(cache, listing) &&
              set_commit(cache, revision, listing->commit);

    if (lock >= 0)
        close(lock);
    return ok;
}
