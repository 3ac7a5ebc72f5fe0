/*
 * sink.c - where results go: standard output, a device, or a file that appears
 * under its name only when whole.
 */
#include "cli/output/sink.h"
#include "cli/base/buffer.h"

#include "cli/base/ending.h"
#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/output/quote.h"
#include "cli/output/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sink {
    int fd;
    char *name;   /* for messages */
    char *path;   /* the file that changes when ours is whole; NULL: written
                     directly */
    char *temp;   /* ours, which gets that name; NULL: it has none, and its
                     bytes are copied */
    bool is_pipe; /* written in pieces that it takes whole */
    off_t begin;  /* where our first byte is */
    bool seekable;
    bool stays; /* temp is left where it is not whole */
    bool terminal;
    bool tame; /* a terminal: control characters are not let through */
    bool failed;
};

static void sink_free(struct sink *s)
{
    if (s == NULL)
        return;
    free(s->name);
    free(s->path);
    free(s->temp);
    free(s);
}

/* The descriptor that "-", /dev/stdout and /dev/fd/N mean, else -1. Opening
 * these again would start at the beginning of the file and overwrite what is
 * there. */
static int descriptor_named(const char *path)
{
    static const char prefix[] = "/dev/fd/";
    char *end;
    long n;

    if (path == NULL || strcmp(path, "-") == 0 ||
        strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
        return -1;
    path += sizeof(prefix) - 1;
    n = strtol(path, &end, 10);
    return *path >= '0' && *path <= '9' && *end == '\0' && n < 65536 ? (int)n
                                                                     : -1;
}

static bool remember(char **to, const char *path)
{
    *to = strdup(path);
    if (*to == NULL)
        errno = ENOMEM;
    return *to != NULL;
}

/* A file beside path, made as an ordinary create would: umask and all. */
static int create_beside(struct sink *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t dir = slash ? (size_t)(slash - path) + 1 : 0;
    size_t size = dir + 64;
    int fd = -1;

    s->temp = malloc(size);
    if (s->temp == NULL || !remember(&s->path, path)) {
        errno = ENOMEM;
        return -1;
    }
    for (int i = 0; fd < 0 && i < 1000; i++) {
        snprintf(s->temp, size, "%.*s.berth-%ld-%d", (int)dir, path,
                 (long)getpid(), i);
        fd = ending_open(s->temp, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

/* The folder is closed to us, the file is not: ours waits without a name. */
static int create_elsewhere(struct sink *s, const char *path)
{
    free(s->path);
    free(s->temp);
    s->path = s->temp = NULL;
    return remember(&s->path, path) ? spool_create() : -1;
}

/* The mode of the file that is replaced and, where we may give it, its owner.
 */
static void take_over_mode(int fd, const struct stat *st)
{
    if (fchown(fd, st->st_uid, st->st_gid) == 0)
        fchmod(fd, st->st_mode & 07777);
    else
        fchmod(fd, st->st_mode & 0777);
}

/* A regular file that exists: the new one takes its place, its mode and, where
 * we may give it, its owner. */
static int replace(struct sink *s, const char *path, const struct stat *st)
{
    char *real;
    int fd;

    if (access(path, W_OK) != 0)
        return -1;
    real = realpath(path, NULL); /* a symbolic link stays one */
    if (real == NULL)
        return -1;
    fd = create_beside(s, real);
    free(real);
    if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
        return create_elsewhere(s, path);
    if (fd >= 0)
        take_over_mode(fd, st);
    return fd;
}

/* What a link says, as a path from where we are; NULL with errno EINVAL: it is
 * no link. */
static char *follow(const char *path)
{
    const char *slash = strrchr(path, '/');
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof(target));
    char *next = NULL;

    if (n < 0)
        return NULL;
    size_t dir = slash != NULL && n > 0 && target[0] != '/'
                     ? (size_t)(slash - path) + 1
                     : 0;

    next = malloc(dir + (size_t)n + 1);
    if (next == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(next, path, dir);
    memcpy(next + dir, target, (size_t)n);
    next[dir + (size_t)n] = '\0';
    return next;
}

char *sink_target(const char *path)
{
    enum {
        LINKS = 40 /* as many as the kernel follows */
    };
    char *at = strdup(path), *next = NULL;

    if (at == NULL)
        errno = ENOMEM;
    for (int i = 0; at != NULL && (next = follow(at)) != NULL; i++) {
        free(at);
        at = next;
        if (i == LINKS) {
            free(at);
            errno = ELOOP;
            return NULL;
        }
    }
    if (at == NULL || errno == EINVAL || errno == ENOENT)
        return at;
    free(at);
    return NULL;
}

/* A link to a file that is yet to be made, or a link to that. */
static int create_behind_links(struct sink *s, const char *path)
{
    char *target = sink_target(path);
    int fd = target != NULL ? create_beside(s, target) : -1;
    int saved = errno;

    free(target);
    errno = saved;
    return fd;
}

static int open_path(struct sink *s, const char *path)
{
    int fd = descriptor_named(path);
    struct stat st;

    if (fd >= 0)
        return fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (stat(path, &st) == 0)
        return S_ISREG(st.st_mode) ? replace(s, path, &st)
                                   : open(path, O_WRONLY | O_CLOEXEC);
    return errno == ENOENT ? create_behind_links(s, path) : -1;
}

/* pwrite() to a file opened for appending (">>") appends: no patching there. */
static bool can_patch(int fd, off_t *begin)
{
    struct stat st;
    int flags = fcntl(fd, F_GETFL);

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    *begin = lseek(fd, 0, SEEK_CUR);
    return *begin >= 0 && flags >= 0 && (flags & O_APPEND) == 0;
}

static bool is_pipe(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

struct sink *sink_open(const char *path)
{
    const char *name =
        descriptor_named(path) == STDOUT_FILENO ? "standard output" : path;
    struct sink *s = calloc(1, sizeof(*s));

    if (s == NULL || !remember(&s->name, name) ||
        (s->fd = open_path(s, path)) < 0) {
        message_error("%s: %s", name, strerror(errno));
        sink_free(s);
        return NULL;
    }
    s->seekable = can_patch(s->fd, &s->begin);
    s->is_pipe = is_pipe(s->fd);
    s->terminal = s->tame = isatty(s->fd) == 1;
    return s;
}

/* As create_beside() and replace(), but under a name that is known. */
static bool open_part(struct sink *s, const char *path, const char *part,
                      uint64_t size)
{
    struct stat st;
    bool exists = stat(path, &st) == 0;

    if (exists && access(path, W_OK) != 0)
        return false;
    s->path = sink_target(path);
    s->temp = strdup(part);
    if (s->path == NULL || s->temp == NULL)
        return false;
    s->fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (s->fd < 0)
        return false;
    if (exists)
        take_over_mode(s->fd, &st);
    return ftruncate(s->fd, (off_t)size) == 0 &&
           lseek(s->fd, (off_t)size, SEEK_SET) >= 0;
}

struct sink *sink_open_part(const char *path, const char *part, uint64_t size)
{
    struct sink *s = calloc(1, sizeof(*s));

    if (s != NULL) {
        s->fd = -1;
        s->stays = true;
        s->seekable = true;
        s->name = strdup(path);
    }
    if (s != NULL && s->name != NULL && open_part(s, path, part, size))
        return s;
    message_error("%s: %s", part, strerror(errno));
    if (s != NULL && s->fd >= 0)
        close(s->fd);
    sink_free(s);
    return NULL;
}

static bool lost(struct sink *s)
{
    if (!s->failed)
        message_error("%s: %s", s->name, strerror(errno));
    s->failed = true;
    return false;
}

/* After a failed write: whether to try again. A pipe that someone made
 * non-blocking is waited for. */
static bool retry(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    if (errno == EINTR)
        return true;
    if (errno != EAGAIN)
        return false;
    return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

/*
 * What one write() gets. A pipe takes up to PIPE_BUF bytes all or none (POSIX,
 * write()): whole lines where they fit, so that a signal that ends the program
 * while the pipe is full leaves no part of one.
 */
static size_t piece_of(const struct sink *s, const char *p, size_t size)
{
    enum {
        LARGE = 1 << 30 /* Linux writes at most 2 GiB a call anyway */
    };

    if (!s->is_pipe || size <= PIPE_BUF)
        return size < LARGE ? size : LARGE;
    const char *end = memrchr(p, '\n', PIPE_BUF);

    return end != NULL ? (size_t)(end - p) + 1 : PIPE_BUF;
}

static bool write_tamed(struct sink *s, const void *data, size_t size)
{
    struct buffer b = {0};

    buffer_tame(&b, data, size);
    if (b.failed)
        errno = ENOMEM;
    s->tame = false;
    bool ok = b.failed ? lost(s) : sink_write(s, b.data, b.size);

    s->tame = true;
    buffer_free(&b);
    return ok;
}

void sink_raw(struct sink *s)
{
    if (s != NULL)
        s->tame = false;
}

bool sink_is_terminal(const struct sink *s)
{
    return s != NULL && s->tame;
}

/* At this place, or where the last bytes ended: -1. */
static bool write_at(struct sink *s, const char *p, size_t size, off_t at)
{
    while (size > 0 && !s->failed) {
        size_t piece = piece_of(s, p, size);
        ssize_t n =
            at < 0 ? write(s->fd, p, piece) : pwrite(s->fd, p, piece, at);

        if (n < 0 && !retry(s->fd))
            return lost(s);
        if (n > 0) {
            p += n;
            at += at < 0 ? 0 : n;
            size -= (size_t)n;
        }
    }
    return !s->failed;
}

static bool write_rows(struct sink *s, const void *data, size_t size)
{
    return s->tame && !s->failed ? write_tamed(s, data, size)
                                 : write_at(s, data, size, -1);
}

/* The line of progress makes way for rows that come to a terminal. */
bool sink_write(struct sink *s, const void *data, size_t size)
{
    if (!s->terminal || size == 0)
        return write_rows(s, data, size);
    progress_pause();
    bool ok = write_rows(s, data, size);

    progress_wrote(((const char *)data)[size - 1] == '\n');
    progress_resume();
    return ok;
}

uint64_t sink_size(const struct sink *s)
{
    off_t at = lseek(s->fd, 0, SEEK_CUR);

    return at > s->begin ? (uint64_t)(at - s->begin) : 0;
}

bool sink_seekable(const struct sink *s)
{
    return s->seekable;
}

bool sink_patch(struct sink *s, size_t offset, const void *data, size_t size)
{
    return write_at(s, data, size, s->begin + (off_t)offset);
}

/*
 * Writes the contents to the disk before the name points to them. A file system
 * may write names before contents; after a power cut the name would then be an
 * empty file, with the old one gone. Some file systems cannot do this; that is
 * no reason to fail.
 */
static bool reach_disk(int fd)
{
    int status;

    do
        status = fsync(fd);
    while (status != 0 && errno == EINTR);
    return status == 0 || errno == EINVAL || errno == EROFS ||
           errno == ENOTSUP || errno == ENOSYS;
}

/* The folder, too, so that the new name is there when we have said so. It has
 * the old name otherwise, with the old file: no harm. */
static void folder_reaches_disk(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir =
        slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = dir != NULL ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(dir);
}

/* The last way to a file whose folder takes no other: another's in /tmp, or one
 * that is mounted alone. */
static bool copy_over(struct sink *s)
{
    char block[1 << 16];
    ssize_t n = -1;
    int from = s->fd;

    s->fd = open(s->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (s->fd >= 0 && lseek(from, 0, SEEK_SET) == 0)
        while ((n = read(from, block, sizeof(block))) > 0)
            if (!sink_write(s, block, (size_t)n))
                break;
    if (n < 0)
        lost(s);
    close(from);
    bool whole = !s->failed && (reach_disk(s->fd) || lost(s));

    if (s->temp != NULL && (whole || !s->stays))
        ending_unlink(s->temp);
    return whole;
}

/* The file is whole: it gets its name. */
static bool commit(struct sink *s)
{
    if (s->temp == NULL)
        return copy_over(s);
    if (!reach_disk(s->fd))
        return lost(s);
    if (ending_rename(s->temp, s->path) == 0) {
        folder_reaches_disk(s->path);
        return true;
    }
    if (errno == EBUSY || errno == EPERM || errno == EACCES)
        return copy_over(s);
    return lost(s);
}

bool sink_replaces(const struct sink *s)
{
    return s->path != NULL;
}

bool sink_close(struct sink *s, bool keep)
{
    bool whole;

    if (s == NULL)
        return true;
    bool named = keep && !s->failed && s->path != NULL && commit(s);

    if (s->temp != NULL && !named && !s->stays)
        ending_unlink(s->temp);
    /* Of a file that has its name all is on the disk already, and of one that
     * is thrown away nothing is lost. */
    bool matters = !named && (keep || s->temp == NULL);

    if (s->fd >= 0 && close(s->fd) != 0 && errno != EINTR && matters)
        lost(s);
    whole = !s->failed;
    sink_free(s);
    return whole;
}
