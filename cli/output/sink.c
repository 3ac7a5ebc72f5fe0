/*
 * sink.c - where results go: standard output, a device, or a file that appears
 * under its name only when whole.
 */
#include "cli/output/sink.h"

#include "cli/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sink {
    int fd;
    char *name;  /* for messages */
    char *path;  /* the name the file gets when whole; NULL: written directly */
    char *temp;  /* the name it has until then */
    off_t begin; /* where our first byte stands */
    bool seekable;
    bool failed;
};

/* The file to remove when a signal ends the program. One sink has one: a
 * second sink would merely leave its file behind. */
static char *volatile unfinished;

static void remove_unfinished(int sig)
{
    char *path = unfinished;

    if (path != NULL)
        unlink(path);
    raise(sig); /* SA_RESETHAND: the signal's own effect now */
}

static void guard_unfinished(char *temp)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction act = {.sa_handler = remove_unfinished}, old;

    act.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
    unfinished = temp;
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        /* nohup and "trap ''" stay as they are */
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(signals[i], &act, NULL);
    }
}

static void sink_free(struct sink *s)
{
    if (s == NULL)
        return;
    if (s->temp != NULL && unfinished == s->temp)
        unfinished = NULL;
    free(s->name);
    free(s->path);
    free(s->temp);
    free(s);
}

/* The descriptor that "-", /dev/stdout and /dev/fd/N mean, else -1. Opening
 * these anew would start at the file's begin and lose what stands there. */
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

/* A file beside path, made as an ordinary create would: umask and all. */
static int create_beside(struct sink *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t dir = slash ? (size_t)(slash - path) + 1 : 0;
    size_t size = dir + 64;
    int fd = -1;

    s->path = strdup(path);
    s->temp = malloc(size);
    if (s->path == NULL || s->temp == NULL) {
        errno = ENOMEM;
        return -1;
    }
    for (int i = 0; fd < 0 && i < 1000; i++) {
        snprintf(s->temp, size, "%.*s.berth-%ld-%d", (int)dir, path,
                 (long)getpid(), i);
        fd = open(s->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd >= 0)
        guard_unfinished(s->temp);
    return fd;
}

static int open_directly(struct sink *s, const char *path, int flags)
{
    free(s->path);
    free(s->temp);
    s->path = s->temp = NULL;
    return open(path, O_WRONLY | O_CLOEXEC | flags, 0666);
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
        return open_directly(s, path, O_TRUNC); /* the folder is closed to us */
    if (fd >= 0 && fchown(fd, st->st_uid, st->st_gid) == 0)
        fchmod(fd, st->st_mode & 07777);
    else if (fd >= 0)
        fchmod(fd, st->st_mode & 0777);
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
                                   : open_directly(s, path, 0);
    if (errno != ENOENT)
        return -1;
    if (lstat(path, &st) == 0) /* a link to a file that is yet to be made */
        return open_directly(s, path, O_CREAT | O_TRUNC);
    return create_beside(s, path);
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

struct sink *sink_open(const char *path)
{
    const char *name =
        descriptor_named(path) == STDOUT_FILENO ? "standard output" : path;
    struct sink *s = calloc(1, sizeof(*s));

    if (s == NULL || (s->name = strdup(name)) == NULL) {
        message_error("%s: %s", name, strerror(ENOMEM));
        sink_free(s);
        return NULL;
    }
    s->fd = open_path(s, path);
    if (s->fd < 0) {
        message_error("%s: %s", name, strerror(errno));
        sink_free(s);
        return NULL;
    }
    s->seekable = can_patch(s->fd, &s->begin);
    return s;
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

bool sink_write(struct sink *s, const void *data, size_t size)
{
    const char *p = data;

    if (s->failed)
        return false;
    while (size > 0) {
        /* Linux writes at most 2 GiB a call anyway */
        ssize_t n = write(s->fd, p, size < (1u << 30) ? size : (1u << 30));
        if (n < 0 && !retry(s->fd))
            return lost(s);
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

bool sink_seekable(const struct sink *s)
{
    return s->seekable;
}

bool sink_patch(struct sink *s, size_t offset, const void *data, size_t size)
{
    const char *p = data;
    off_t at = s->begin + (off_t)offset;

    if (s->failed)
        return false;
    while (size > 0) {
        ssize_t n = pwrite(s->fd, p, size, at);
        if (n < 0 && errno != EINTR)
            return lost(s);
        if (n > 0) {
            p += n;
            at += n;
            size -= (size_t)n;
        }
    }
    return true;
}

bool sink_close(struct sink *s, bool keep)
{
    bool whole;

    if (s == NULL)
        return true;
    if (close(s->fd) != 0 && errno != EINTR)
        lost(s);
    if (s->temp != NULL && (!keep || s->failed))
        unlink(s->temp);
    else if (s->temp != NULL && rename(s->temp, s->path) != 0) {
        lost(s);
        unlink(s->temp);
    }
    whole = !s->failed;
    sink_free(s);
    return whole;
}
