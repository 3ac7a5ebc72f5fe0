/*
 * folder.c - files of a model, mapped from disk or found in the program.
 */
#include "lib/folder.h"

#include "lib/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct berth_folder {
    char *path;                              /* no '/' at its end but of "/" */
    const struct berth_embedded_file *files; /* borrowed */
    size_t n_files;
    bool embedded;
    void (*tell)(void *arg, const char *path); /* may be NULL */
    void *tell_arg;
    char *prefix; /* of the names of embedded files, "sub/"; NULL: none */
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

    if (folder != NULL)
        folder->path = strndup(n > 0 ? path : ".", n > 0 ? n : 1);
    if (folder == NULL || folder->path == NULL) {
        free(folder);
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
    return new_folder(path, folder_length(path, S_ISDIR(st.st_mode)), out, err);
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
    free(folder->path);
    free(folder->prefix);
    free(folder);
}

const char *berth_folder_path(const struct berth_folder *folder)
{
    return folder->path;
}

/* "/" + "/" + "vocab.txt" would show two slashes. */
static const char *separator(const struct berth_folder *folder)
{
    return strcmp(folder->path, "/") == 0 ? "" : "/";
}

const char *berth_folder_file(const struct berth_folder *folder,
                              const char *name, char *buf, size_t size)
{
    snprintf(buf, size, "%s%s%s", folder->path, separator(folder), name);
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
    size_t n = folder->prefix != NULL ? strlen(folder->prefix) : 0;

    for (size_t i = 0; i < folder->n_files; i++) {
        const char *file = folder->files[i].name;

        if ((n == 0 || strncmp(file, folder->prefix, n) == 0) &&
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
    struct stat st;

    if (why == ENOENT && lstat(path, &st) == 0) {
        errno = why;
        return berth_fail(err, BERTH_ERR_IO,
                          "%s: expected a file, found a broken link", path);
    }
    errno = why;
    return berth_fail(err, BERTH_ERR_IO, "%s", path);
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
static enum berth_status join_embedded(const struct berth_folder *folder,
                                       const char *path,
                                       struct berth_folder *out,
                                       struct berth_error *err)
{
    const char *before = folder->prefix != NULL ? folder->prefix : "";

    out->embedded = true;
    out->files = folder->files;
    out->n_files = folder->n_files;
    if (asprintf(&out->prefix, "%s%s/", before, path) >= 0)
        return BERTH_OK;
    out->prefix = NULL;
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", path);
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
    if (status == BERTH_OK && folder->embedded)
        status = join_embedded(folder, path, sub, err);
    if (status != BERTH_OK) {
        berth_folder_close(sub);
        return status;
    }
    berth_folder_watch(sub, folder->tell, folder->tell_arg);
    *out = sub;
    return BERTH_OK;
}

enum berth_status berth_folder_find(const struct berth_folder *folder,
                                    const char *name, bool *found,
                                    struct berth_error *err)
{
    char path[PATH_MAX];
    struct stat st;

    if (!berth_folder_allows(name))
        return refuse_name(folder, name, err);
    if (folder->embedded) {
        *found = find_embedded(folder, name) != NULL;
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
    return BERTH_OK;
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
    *out = (struct berth_blob){data, (size_t)st.st_size, data != NULL};
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
    *out = (struct berth_blob){file->size > 0 ? file->data : NULL, file->size,
                               false};
    return BERTH_OK;
}

enum berth_status berth_folder_read(const struct berth_folder *folder,
                                    const char *name, struct berth_blob *out,
                                    struct berth_error *err)
{
    char path[PATH_MAX];

    if (!berth_folder_allows(name))
        return refuse_name(folder, name, err);
    if (folder->embedded)
        return read_embedded(folder, name, out, err);
    enum berth_status status = join(folder, name, path, err);
    if (status != BERTH_OK)
        return status;
    tell(folder, path);
    return read_disk(path, out, err);
}

void berth_blob_release(struct berth_blob *blob)
{
    if (blob == NULL)
        return;
    /* munmap() takes what mmap() gave, which was not const. */
    if (blob->mapped)
        munmap((void *)(uintptr_t)blob->data, blob->size);
    *blob = (struct berth_blob){0};
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
