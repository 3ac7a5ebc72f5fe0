/*
 * folder.c - files of a model: mapped from disk, found in the program, or made.
 */
#include "lib/folder.h"

#include "lib/offered.h"
#include "lib/stand_in.h"
#include "lib/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STAND_IN_MAX = 1 << 20 /* bytes of a file that may be a page */
};

struct berth_folder {
    char *path;                              /* no '/' at its end but of "/" */
    const struct berth_embedded_file *files; /* borrowed */
    size_t n_files;
    bool embedded;
    void (*tell)(void *arg, const char *path); /* may be NULL */
    void *tell_arg;
    const struct berth_folder *whole; /* what this is a sub-folder of, or it */
    char *prefix;                     /* of names in the whole, "sub/", or "" */
    char *given; /* the file that was named in place of a folder; or NULL */
    char *only;  /* what messages call a folder of one file; or NULL */
    struct berth_offered *offered; /* of the whole */
};

/* The part of path that names a folder: all of it, or what is before the file.
 */
static size_t folder_length(const char *path, bool is_folder)
{
    size_t n = strlen(path);

    if (!is_folder) {
        while (n > 0 && path[n - 1] != '/')
            n--;
    }
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

/* The first n bytes of path; none are the present folder. */
static enum berth_status new_folder(const char *path, size_t n,
                                    struct berth_folder **out,
                                    struct berth_error *err)
{
    struct berth_folder *folder = calloc(1, sizeof(*folder));

    if (folder != NULL) {
        folder->path = strndup(n > 0 ? path : ".", n > 0 ? n : 1);
        folder->prefix = strdup("");
        folder->whole = folder;
    }
    if (folder == NULL || folder->path == NULL || folder->prefix == NULL) {
        berth_folder_close(folder);
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", path);
    }
    *out = folder;
    return BERTH_OK;
}

enum berth_status berth_folder_open(const char *path, struct berth_folder **out,
                                    struct berth_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return berth_fail(err, BERTH_ERR_IO, "%s", path);
    struct berth_folder *folder = NULL;
    const char *slash = strrchr(path, '/');
    enum berth_status status = new_folder(
        path, folder_length(path, S_ISDIR(st.st_mode)), &folder, err);

    if (status == BERTH_OK && !S_ISDIR(st.st_mode)) {
        folder->given = strdup(slash != NULL ? slash + 1 : path);
        if (folder->given == NULL)
            status =
                berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", path);
    }
    if (status == BERTH_OK)
        *out = folder;
    else
        berth_folder_close(folder);
    return status;
}

enum berth_status
berth_folder_open_embedded(const char *name,
                           const struct berth_embedded_file *files, size_t n,
                           struct berth_folder **out, struct berth_error *err)
{
    enum berth_status status = new_folder(name, strlen(name), out, err);

    if (status == BERTH_OK) {
        (*out)->embedded = true;
        (*out)->files = files;
        (*out)->n_files = n;
    }
    return status;
}

void berth_folder_watch(struct berth_folder *folder,
                        void (*tell)(void *arg, const char *path), void *arg)
{
    folder->tell = tell;
    folder->tell_arg = arg;
}

static void tell(const struct berth_folder *folder, const char *path)
{
    if (folder->tell != NULL)
        folder->tell(folder->tell_arg, path);
}

void berth_folder_close(struct berth_folder *folder)
{
    if (folder == NULL)
        return;
    berth_offered_free(folder->offered);
    free(folder->path);
    free(folder->prefix);
    free(folder->given);
    free(folder->only);
    free(folder);
}

const char *berth_folder_path(const struct berth_folder *folder)
{
    return folder->only != NULL ? folder->only : folder->path;
}

const char *berth_folder_given(const struct berth_folder *folder)
{
    return folder->given;
}

static struct berth_offered *find_offered(const struct berth_folder *folder,
                                          const char *name)
{
    return berth_offered_find(folder->whole->offered, folder->prefix, name);
}

/* Whether a folder that was reduced has no such file any more. */
static bool is_hidden(const struct berth_folder *folder, const char *name)
{
    const struct berth_folder *whole = folder->whole;

    return whole->only != NULL &&
           (folder != whole || strcmp(name, whole->given) != 0);
}

const char *berth_folder_origin(const struct berth_folder *folder,
                                const char *name)
{
    const struct berth_offered *file = find_offered(folder, name);

    return file != NULL ? file->origin : name;
}

/* "/" + "/" + "vocab.txt" would show two slashes. */
static const char *separator(const struct berth_folder *folder)
{
    return strcmp(folder->path, "/") == 0 ? "" : "/";
}

const char *berth_folder_file(const struct berth_folder *folder,
                              const char *name, char *buf, size_t size)
{
    const struct berth_offered *file = find_offered(folder, name);

    if (file != NULL)
        folder = folder->whole;
    if (file == NULL && is_hidden(folder, name))
        snprintf(buf, size, "%s: %s%s", folder->whole->only, folder->prefix,
                 name);
    else
        snprintf(buf, size, "%s%s%s", folder->path, separator(folder),
                 file != NULL ? file->origin : name);
    return buf;
}

/* Files of a model name other files. A name must stay within the folder, so
 * that a model that was downloaded cannot make us read "../../secret" or
 * "/etc/passwd". */
bool berth_folder_allows(const char *name)
{
    if (name[0] == '\0' || name[0] == '/')
        return false;
    for (const char *part = name; part != NULL;) {
        const char *end = strchr(part, '/');
        size_t n = end != NULL ? (size_t)(end - part) : strlen(part);

        if (n == 2 && memcmp(part, "..", 2) == 0)
            return false;
        part = end != NULL ? end + 1 : NULL;
    }
    return true;
}

/* Embedded files are one flat list: "1_Pooling/config.json" is found as that,
 * or as "config.json" in a sub-folder whose prefix is "1_Pooling/". */
static const struct berth_embedded_file *
find_embedded(const struct berth_folder *folder, const char *name)
{
    const size_t n = strlen(folder->prefix);

    for (size_t i = 0; i < folder->n_files; i++) {
        const char *file = folder->files[i].name;

        if (strncmp(file, folder->prefix, n) == 0 &&
            strcmp(file + n, name) == 0)
            return &folder->files[i];
    }
    return NULL;
}

/* The system's words for path. For a broken link they would be "No such file",
 * although `ls` shows one: say what it is. */
static enum berth_status fail_path(const char *path, struct berth_error *err)
{
    const int why = errno;
    const bool absent = why == ENOENT;
    struct stat st;
    char hint[200];
    const bool link = absent && lstat(path, &st) == 0;

    errno = why;
    return berth_fail(err, BERTH_ERR_IO, "%s%s%s", path,
                      link ? ": expected a file, found a broken link" : "",
                      absent ? berth_stand_in_hint(path, hint, sizeof(hint))
                             : "");
}

/* A device or a FIFO could block, or never end. */
static enum berth_status fail_kind(const char *path, const struct stat *st,
                                   struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: expected a regular file, found %s", path,
                      S_ISDIR(st->st_mode) ? "a folder" : "another kind");
}

/* A name is absent only if nothing hides it: of "1_Pooling/config.json", the
 * nearest sub-folder that exists must be one that can be looked into. If it is
 * a broken link we cannot know, and that is an error. */
static enum berth_status check_absent(char *path, size_t folder_length,
                                      struct berth_error *err)
{
    struct stat st;
    char *slash;

    while ((slash = strrchr(path, '/')) != NULL &&
           (size_t)(slash - path) > folder_length) {
        *slash = '\0';
        if (lstat(path, &st) == 0)
            return stat(path, &st) == 0 ? BERTH_OK : fail_path(path, err);
        if (errno != ENOENT)
            return fail_path(path, err);
    }
    return BERTH_OK;
}

static enum berth_status refuse_name(const struct berth_folder *folder,
                                     const char *name, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: expected a file name inside this folder, found "
                      "\"%s\"",
                      folder->path, name);
}

static enum berth_status join(const struct berth_folder *folder,
                              const char *name, char path[PATH_MAX],
                              struct berth_error *err)
{
    int n = snprintf(path, PATH_MAX, "%s%s%s", folder->path, separator(folder),
                     name);

    if (n >= 0 && n < PATH_MAX)
        return BERTH_OK;
    errno = ENAMETOOLONG;
    return berth_fail(err, BERTH_ERR_IO, "%s", path);
}

/* A sub-folder of a sub-folder has both parts in its prefix. */
static enum berth_status join_whole(const struct berth_folder *folder,
                                    const char *path, struct berth_folder *out,
                                    struct berth_error *err)
{
    char *prefix = NULL;

    if (asprintf(&prefix, "%s%s/", folder->prefix, path) < 0)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", path);
    free(out->prefix);
    out->prefix = prefix;
    out->whole = folder->whole;
    out->embedded = folder->embedded;
    out->files = folder->files;
    out->n_files = folder->n_files;
    return BERTH_OK;
}

/* Does not look whether the folder exists: an embedded one has no entry of its
 * own, and a module may need no file of its folder. */
enum berth_status berth_folder_open_sub(const struct berth_folder *folder,
                                        const char *path,
                                        struct berth_folder **out,
                                        struct berth_error *err)
{
    char whole[PATH_MAX];
    struct berth_folder *sub = NULL;
    enum berth_status status = BERTH_OK;

    if (!berth_folder_allows(path))
        return refuse_name(folder, path, err);
    status = join(folder, path, whole, err);
    if (status != BERTH_OK)
        return status;
    status = new_folder(whole, strlen(whole), &sub, err);
    if (status == BERTH_OK)
        status = join_whole(folder, path, sub, err);
    if (status != BERTH_OK) {
        berth_folder_close(sub);
        return status;
    }
    berth_folder_watch(sub, folder->tell, folder->tell_arg);
    *out = sub;
    return BERTH_OK;
}

/* A small file that is not read may be none, too. Weights are larger than any
 * page, and are not opened for this. */
static enum berth_status check_beginning(const char *path,
                                         struct berth_error *err)
{
    unsigned char begin[BERTH_STAND_IN_SIZE];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t n = fd < 0 ? -1 : read(fd, begin, sizeof(begin));
    enum berth_status status =
        n < 0 ? berth_fail(err, BERTH_ERR_IO, "%s", path)
              : berth_stand_in_refuse(path, begin, (size_t)n, err);

    if (fd >= 0)
        close(fd);
    return status;
}

enum berth_status berth_folder_find(const struct berth_folder *folder,
                                    const char *name, bool *found,
                                    struct berth_error *err)
{
    char path[PATH_MAX];
    struct stat st;

    if (!berth_folder_allows(name))
        return refuse_name(folder, name, err);
    const bool offered = find_offered(folder, name) != NULL;
    if (offered || folder->embedded || is_hidden(folder, name)) {
        *found = offered || (!is_hidden(folder, name) &&
                             find_embedded(folder, name) != NULL);
        return BERTH_OK;
    }
    enum berth_status status = join(folder, name, path, err);
    if (status != BERTH_OK)
        return status;
    if (lstat(path, &st) != 0) {
        *found = false;
        return errno == ENOENT ? check_absent(path, strlen(folder->path), err)
                               : fail_path(path, err);
    }
    if (stat(path, &st) != 0)
        return fail_path(path, err);
    if (!S_ISREG(st.st_mode))
        return fail_kind(path, &st, err);
    tell(folder, path);
    *found = true;
    return st.st_size < STAND_IN_MAX ? check_beginning(path, err) : BERTH_OK;
}

/* Maps an open file; mmap() refuses an empty one, so that has no data. */
static enum berth_status map_file(int fd, const char *path,
                                  struct berth_blob *out,
                                  struct berth_error *err)
{
    struct stat st;
    void *data = NULL;

    if (fstat(fd, &st) != 0)
        return berth_fail(err, BERTH_ERR_IO, "%s", path);
    if (!S_ISREG(st.st_mode))
        return fail_kind(path, &st, err);
    if ((uintmax_t)st.st_size > SIZE_MAX)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: too large for this machine's addresses", path);
    if (st.st_size > 0) {
        data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            return berth_fail(err, BERTH_ERR_IO, "%s", path);
    }
    *out = (struct berth_blob){
        .data = data, .size = (size_t)st.st_size, .mapped = data != NULL};
    return BERTH_OK;
}

static enum berth_status read_disk(const char *path, struct berth_blob *out,
                                   struct berth_error *err)
{
    /* O_NONBLOCK: a FIFO without a writer must not hold us here. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum berth_status status;

    if (fd < 0)
        return fail_path(path, err);
    status = map_file(fd, path, out, err);
    close(fd);
    if (status != BERTH_OK)
        return status;
    status = berth_stand_in_refuse(
        path, out->data,
        out->size < BERTH_STAND_IN_SIZE ? out->size : BERTH_STAND_IN_SIZE, err);
    if (status != BERTH_OK)
        berth_blob_release(out);
    return status;
}

static enum berth_status read_embedded(const struct berth_folder *folder,
                                       const char *name, struct berth_blob *out,
                                       struct berth_error *err)
{
    const struct berth_embedded_file *file = find_embedded(folder, name);

    if (file == NULL) {
        errno = ENOENT;
        return berth_fail(err, BERTH_ERR_IO, "%s/%s", folder->path, name);
    }
    *out = (struct berth_blob){.data = file->size > 0 ? file->data : NULL,
                               .size = file->size};
    return BERTH_OK;
}

static void read_offered(struct berth_offered *file, struct berth_blob *out)
{
    file->holders++;
    *out = (struct berth_blob){.data = file->size > 0 ? file->data : NULL,
                               .size = file->size,
                               .offered = file};
}

static enum berth_status fail_hidden(const struct berth_folder *folder,
                                     const char *name, struct berth_error *err)
{
    char file[PATH_MAX];

    errno = ENOENT;
    return berth_fail(err, BERTH_ERR_IO, "%s",
                      berth_folder_file(folder, name, file, sizeof(file)));
}

enum berth_status berth_folder_read(const struct berth_folder *folder,
                                    const char *name, struct berth_blob *out,
                                    struct berth_error *err)
{
    char path[PATH_MAX];

    if (!berth_folder_allows(name))
        return refuse_name(folder, name, err);
    struct berth_offered *offered = find_offered(folder, name);
    if (offered != NULL) {
        read_offered(offered, out);
        return BERTH_OK;
    }
    if (is_hidden(folder, name))
        return fail_hidden(folder, name, err);
    if (folder->embedded)
        return read_embedded(folder, name, out, err);
    enum berth_status status = join(folder, name, path, err);
    if (status != BERTH_OK)
        return status;
    tell(folder, path);
    return read_disk(path, out, err);
}

/* Shared memory, which is its own file: advice that pages are not needed leaves
 * it as it is. */
unsigned char *berth_blob_make(size_t size, struct berth_blob *out)
{
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (data == MAP_FAILED)
        return NULL;
    *out = (struct berth_blob){.data = data, .size = size, .mapped = true};
    return data;
}

void berth_blob_release(struct berth_blob *blob)
{
    if (blob == NULL)
        return;
    /* munmap() takes what mmap() gave, which was not const. */
    if (blob->mapped)
        munmap((void *)(uintptr_t)blob->data, blob->size);
    berth_offered_release(blob->offered);
    *blob = (struct berth_blob){0};
}

enum berth_status berth_folder_offer(struct berth_folder *folder,
                                     const char *name, const char *origin,
                                     void *data, size_t size,
                                     struct berth_error *err)
{
    if (!berth_folder_allows(name)) {
        free(data);
        return refuse_name(folder, name, err);
    }
    if (!berth_offered_add(&folder->offered, name, origin, data, size))
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", origin);
    return BERTH_OK;
}

enum berth_status berth_folder_reduce(struct berth_folder *folder,
                                      const char *name, struct berth_error *err)
{
    char file[PATH_MAX];
    char *given = strdup(name);
    char *only = strdup(berth_folder_file(folder, name, file, sizeof(file)));

    if (given == NULL || only == NULL) {
        free(given);
        free(only);
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    }
    free(folder->given);
    free(folder->only);
    folder->given = given;
    folder->only = only;
    return BERTH_OK;
}

enum berth_status berth_folder_list(const struct berth_folder *folder,
                                    bool (*entry)(void *arg, const char *name),
                                    void *arg, struct berth_error *err)
{
    if (folder->embedded) {
        for (size_t i = 0; i < folder->n_files; i++) {
            if (!entry(arg, folder->files[i].name))
                break;
        }
        return BERTH_OK;
    }
    DIR *dir = opendir(folder->path);
    const struct dirent *d = NULL;
    if (dir == NULL)
        return berth_fail(err, BERTH_ERR_IO, "%s", folder->path);
    do {
        errno = 0;
        d = readdir(dir);
    } while (d != NULL && entry(arg, d->d_name));
    enum berth_status status =
        d == NULL && errno != 0
            ? berth_fail(err, BERTH_ERR_IO, "%s", folder->path)
            : BERTH_OK;
    closedir(dir);
    return status;
}

void berth_pages_release(const void *data, size_t size)
{
    /* Only whole pages: the bytes around these may still be in use. */
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t)data + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)data + size) / page * page;

    /* Advice: nothing is lost when it is refused. */
    if (begin < end)
        (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}
