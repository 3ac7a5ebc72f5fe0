/*
 * new_folder.c - the files and sub-folders that were made, until they are one
 * folder with a name, or are removed again.
 */
#include "lib/new_folder.h"

#include "lib/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was made, newest first: so they are removed. */
struct made {
    struct made *before;
    bool is_folder;
    const char *name; /* in the folder; "": itself */
    char path[];      /* where it is now */
};

struct berth_new_folder {
    char *path; /* that it gets, without '/' at its end */
    char *temp; /* that it has until then */
    struct made *made;
    int fd; /* of the present file, -1: none */
    void (*tell)(void *arg, const char *path); /* may be NULL */
    void *arg;
};

static enum berth_status fail_memory(const char *path, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", path);
}

/* The file that the newest entry is, by the name that it will have. */
static enum berth_status fail_file(const struct berth_new_folder *folder,
                                   struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_IO, "%s/%s", folder->path,
                      folder->made->name);
}

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool empty = dir != NULL;

    while (empty && (entry = readdir(dir)) != NULL)
        empty =
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dir != NULL)
        closedir(dir);
    return empty;
}

/* Looked at before the work, so that it is not done in vain. */
static enum berth_status check_free(const char *path, struct berth_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    struct stat st;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: expected the name of a new folder", path);
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? BERTH_OK
                               : berth_fail(err, BERTH_ERR_IO, "%s", path);
    if (S_ISDIR(st.st_mode) && is_empty(path))
        return BERTH_OK;
    return berth_fail(err, BERTH_ERR_ARGUMENT,
                      "%s: expected no such folder yet, or an empty one, found "
                      "%s",
                      path,
                      S_ISDIR(st.st_mode) ? "one with files" : "another kind");
}

/* What is made next. Keeps its path, too: to remove it takes no memory. */
static enum berth_status remember(struct berth_new_folder *folder,
                                  const char *name, size_t n, bool is_folder,
                                  struct berth_error *err)
{
    const size_t before = strlen(folder->temp) + (n > 0);
    struct made *made = malloc(sizeof(*made) + before + n + 1);

    if (made == NULL)
        return fail_memory(folder->path, err);
    *made = (struct made){folder->made, is_folder, made->path + before};
    memcpy(made->path, folder->temp, before - (n > 0));
    if (n > 0)
        made->path[before - 1] = '/';
    memcpy(made->path + before, name, n);
    made->path[before + n] = '\0';
    folder->made = made;
    if (folder->tell != NULL)
        folder->tell(folder->arg, made->path);
    return BERTH_OK;
}

/* Leaves errno as it is. */
static void forget(struct berth_new_folder *folder)
{
    const int why = errno;
    struct made *made = folder->made;

    folder->made = made->before;
    free(made);
    errno = why;
}

/* A name beside the folder's own, on the same file system; number i. */
static enum berth_status name_temp(struct berth_new_folder *folder, int i,
                                   struct berth_error *err)
{
    const char *slash = strrchr(folder->path, '/');
    const int dir = slash != NULL ? (int)(slash + 1 - folder->path) : 0;

    free(folder->temp);
    if (asprintf(&folder->temp, "%.*s.berth-%ld-%d", dir, folder->path,
                 (long)getpid(), i) >= 0)
        return BERTH_OK;
    folder->temp = NULL;
    return fail_memory(folder->path, err);
}

/* A new one: another program may be at the same. */
static enum berth_status make_temp(struct berth_new_folder *folder,
                                   struct berth_error *err)
{
    enum {
        TRIES = 1000
    };

    for (int i = 0; i < TRIES; i++) {
        enum berth_status status = name_temp(folder, i, err);

        if (status == BERTH_OK)
            status = remember(folder, "", 0, true, err);
        if (status != BERTH_OK || mkdir(folder->temp, 0777) == 0)
            return status;
        forget(folder);
        if (errno != EEXIST)
            break;
    }
    return berth_fail(err, BERTH_ERR_IO, "%s", folder->path);
}

enum berth_status
berth_new_folder_open(const char *path,
                      void (*tell)(void *arg, const char *path), void *arg,
                      struct berth_new_folder **out, struct berth_error *err)
{
    struct berth_new_folder *folder = calloc(1, sizeof(*folder));
    size_t n = strlen(path);

    if (folder == NULL)
        return fail_memory(path, err);
    while (n > 1 && path[n - 1] == '/')
        n--;
    folder->fd = -1;
    folder->tell = tell;
    folder->arg = arg;
    folder->path = strndup(path, n);
    enum berth_status status = folder->path == NULL
                                   ? fail_memory(path, err)
                                   : check_free(folder->path, err);

    if (status == BERTH_OK)
        status = make_temp(folder, err);
    if (status == BERTH_OK)
        *out = folder;
    else
        berth_new_folder_close(folder);
    return status;
}

static bool was_made(const struct berth_new_folder *folder, const char *name,
                     size_t n)
{
    const struct made *made = folder->made;

    while (made != NULL &&
           (strlen(made->name) != n || memcmp(made->name, name, n) != 0))
        made = made->before;
    return made != NULL;
}

bool berth_new_folder_has(const struct berth_new_folder *folder,
                          const char *name)
{
    return was_made(folder, name, strlen(name));
}

/* The folders of "a/b/file": "a" and "a/b". */
static enum berth_status make_folders(struct berth_new_folder *folder,
                                      const char *name, struct berth_error *err)
{
    enum berth_status status = BERTH_OK;
    const char *end = strchr(name, '/');

    for (; status == BERTH_OK && end != NULL; end = strchr(end + 1, '/')) {
        const size_t n = (size_t)(end - name);

        if (was_made(folder, name, n))
            continue;
        status = remember(folder, name, n, true, err);
        if (status != BERTH_OK)
            break;
        if (mkdir(folder->made->path, 0777) != 0) {
            status = fail_file(folder, err);
            forget(folder);
        }
    }
    return status;
}

enum berth_status berth_new_folder_begin(struct berth_new_folder *folder,
                                         const char *name,
                                         struct berth_error *err)
{
    enum berth_status status = make_folders(folder, name, err);

    if (status == BERTH_OK)
        status = remember(folder, name, strlen(name), false, err);
    if (status != BERTH_OK)
        return status;
    folder->fd =
        open(folder->made->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (folder->fd >= 0)
        return BERTH_OK;
    status = fail_file(folder, err);
    forget(folder);
    return status;
}

enum berth_status berth_new_folder_write(struct berth_new_folder *folder,
                                         const void *data, size_t size,
                                         struct berth_error *err)
{
    enum {
        PIECE = 1 << 30 /* Linux writes at most 2 GiB a call anyway */
    };
    const char *at = data;

    while (size > 0) {
        const ssize_t n =
            write(folder->fd, at, size < PIECE ? size : (size_t)PIECE);

        if (n < 0 && errno != EINTR)
            return fail_file(folder, err);
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
    return BERTH_OK;
}

/* Contents reach the disk before the name does: after a power cut the name
 * would else be that of empty files. A file system that cannot is no reason to
 * fail. */
static bool reach_disk(int fd)
{
    int status;

    do
        status = fsync(fd);
    while (status != 0 && errno == EINTR);
    return status == 0 || errno == EINVAL || errno == EROFS ||
           errno == ENOTSUP || errno == ENOSYS;
}

enum berth_status berth_new_folder_end(struct berth_new_folder *folder,
                                       struct berth_error *err)
{
    const int fd = folder->fd;

    folder->fd = -1;
    if (!reach_disk(fd)) {
        const int why = errno;

        close(fd);
        errno = why;
        return fail_file(folder, err);
    }
    return close(fd) == 0 || errno == EINTR ? BERTH_OK : fail_file(folder, err);
}

enum berth_status berth_new_folder_put(struct berth_new_folder *folder,
                                       const char *name, const void *data,
                                       size_t size, struct berth_error *err)
{
    enum berth_status status = berth_new_folder_begin(folder, name, err);

    if (status != BERTH_OK)
        return status;
    status = berth_new_folder_write(folder, data, size, err);
    return status == BERTH_OK ? berth_new_folder_end(folder, err) : status;
}

/* Entries of a folder: where they cannot be written now, they are later. */
static void entries_reach_disk(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static void parent_reaches_disk(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent =
        slash != NULL ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");

    if (parent != NULL)
        entries_reach_disk(parent);
    free(parent);
}

enum berth_status berth_new_folder_commit(struct berth_new_folder *folder,
                                          struct berth_error *err)
{
    for (const struct made *made = folder->made; made != NULL;
         made = made->before) {
        if (made->is_folder)
            entries_reach_disk(made->path);
    }
    if (rename(folder->temp, folder->path) != 0)
        return berth_fail(err, BERTH_ERR_IO, "%s", folder->path);
    parent_reaches_disk(folder->path);
    while (folder->made != NULL)
        forget(folder);
    return BERTH_OK;
}

void berth_new_folder_close(struct berth_new_folder *folder)
{
    if (folder == NULL)
        return;
    if (folder->fd >= 0)
        close(folder->fd);
    for (; folder->made != NULL; forget(folder)) {
        if (folder->made->is_folder)
            (void)rmdir(folder->made->path);
        else
            (void)unlink(folder->made->path);
    }
    free(folder->temp);
    free(folder->path);
    free(folder);
}
