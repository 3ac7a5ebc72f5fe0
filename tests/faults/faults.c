/*
 * faults.c - makes one call of a function of the system fail, to see what the
 * program does then. Told by the environment:
 *
 *   FAULT_CALL    which function: a name of the table below
 *   FAULT_N       which call of it, from 1; 0: none
 *   FAULT_ERRNO   errno of the failure
 *   FAULT_ON      set: all later calls fail, too
 *   FAULT_REPORT  a file for what was seen: a line "NAME CALLS" for each
 *                 function, and a line "hit" when the fault came
 *
 * A library for LD_PRELOAD; or with FAULT_WRAP linked into the program, by
 * --wrap of the linker, where a sanitizer must be the one that is loaded first.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MAX_FUNCTIONS = 64
};

/* All functions called so far, in the order of their first call. */
static struct {
    const char *name;
    long calls;
} seen[MAX_FUNCTIONS];

static int n_seen;
static atomic_bool ready, was_hit;
static const char *wanted;
static long wanted_n;
static int wanted_errno;
static bool stays;

static long number(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? atol(value) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    wanted = getenv("FAULT_CALL");
    wanted_n = number("FAULT_N");
    wanted_errno = (int)number("FAULT_ERRNO");
    stays = getenv("FAULT_ON") != NULL;
    atomic_store(&ready, true);
}

/* System calls of its own: those of libc are the ones that fail. */
__attribute__((destructor)) static void report(void)
{
    const char *name = getenv("FAULT_REPORT");
    char line[128];
    int fd = name == NULL ? -1
                          : (int)syscall(SYS_openat, AT_FDCWD, name,
                                         O_WRONLY | O_CREAT | O_TRUNC, 0600);

    atomic_store(&ready, false);
    if (fd < 0)
        return;
    for (int i = 0; i < n_seen; i++) {
        int n = snprintf(line, sizeof(line), "%s %ld\n", seen[i].name,
                         seen[i].calls);

        syscall(SYS_write, fd, line, n);
    }
    if (atomic_load(&was_hit))
        syscall(SYS_write, fd, "hit\n", 4);
    syscall(SYS_close, fd);
}

static long count(const char *name)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int i = 0;

    pthread_mutex_lock(&lock);
    while (i < n_seen && strcmp(seen[i].name, name) != 0)
        i++;
    if (i == n_seen)
        seen[n_seen++].name = name;
    long calls = ++seen[i].calls;

    pthread_mutex_unlock(&lock);
    return calls;
}

/* Whether this call of the function fails; errno is set then. */
static bool fails(const char *name)
{
    if (!atomic_load(&ready))
        return false;
    long n = count(name);

    if (wanted == NULL || strcmp(name, wanted) != 0 || wanted_n == 0 ||
        n < wanted_n || (n > wanted_n && !stays))
        return false;
    atomic_store(&was_hit, true);
    errno = wanted_errno;
    return true;
}

#ifdef FAULT_WRAP
#define NAME(f) __wrap_##f
#define REAL(f) __real_##f
#define DECLARE(f, type, params)                                               \
    type __real_##f params;                                                    \
    type __wrap_##f params;
#else
#define NAME(f)                  f
#define REAL(f)                  ((__typeof__(&f))real(#f))
#define DECLARE(f, type, params) type f params;

typedef void function(void);

/* C has no way from an object's address to a function's. */
static function *real(const char *name)
{
    void *address = dlsym(RTLD_NEXT, name);
    function *f;

    memcpy(&f, &address, sizeof(f));
    return f;
}
#endif

/* FAULT(function, name, type, parameters, arguments, what a failure returns).
 * The Makefile takes the names to wrap from these lines. */
#define FAULT(f, name, type, params, args, failure)                            \
    DECLARE(f, type, params)                                                   \
    type NAME(f) params                                                        \
    {                                                                          \
        if (fails(name))                                                       \
            return failure;                                                    \
        return REAL(f) args;                                                   \
    }

/* The same for what is done all the same: a file that does not close well is
 * closed. */
#define FAULT_AFTER(f, name, type, params, args, failure)                      \
    DECLARE(f, type, params)                                                   \
    type NAME(f) params                                                        \
    {                                                                          \
        type result = REAL(f) args;                                            \
                                                                               \
        return fails(name) ? failure : result;                                 \
    }

/* ferror() tells of it, too. */
static size_t broken(FILE *stream)
{
#ifdef __GLIBC__
    stream->_flags |= _IO_ERR_SEEN;
#else
    (void)stream;
#endif
    return 0;
}

/* ----------------------------------------------------------------- memory */

#ifndef FAULT_WRAP
/* dlsym() may ask for memory itself. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
#define real_malloc        __libc_malloc
#define real_calloc        __libc_calloc
#define real_realloc       __libc_realloc
#define real_aligned_alloc __libc_memalign
#undef REAL
#define REAL(f) real_##f
#endif

FAULT(malloc, "malloc", void *, (size_t size), (size), NULL)
FAULT(calloc, "malloc", void *, (size_t n, size_t size), (n, size), NULL)
FAULT(realloc, "malloc", void *, (void *p, size_t size), (p, size), NULL)
FAULT(aligned_alloc, "malloc", void *, (size_t to, size_t size), (to, size),
      NULL)

#ifdef FAULT_WRAP
/* Whose own call of malloc() stays in libc. */
FAULT(strdup, "malloc", char *, (const char *s), (s), NULL)
FAULT(strndup, "malloc", char *, (const char *s, size_t n), (s, n), NULL)
#else
#undef REAL
#define REAL(f) ((__typeof__(&f))real(#f))
#endif

FAULT(mmap, "mmap", void *,
      (void *at, size_t size, int prot, int flags, int fd, off_t offset),
      (at, size, prot, flags, fd, offset), MAP_FAILED)
FAULT(madvise, "madvise", int, (void *at, size_t size, int advice),
      (at, size, advice), -1)

/* ------------------------------------------------------------------ files */

FAULT(read, "read", ssize_t, (int fd, void *to, size_t n), (fd, to, n), -1)
FAULT(write, "write", ssize_t, (int fd, const void *from, size_t n),
      (fd, from, n), -1)
FAULT(pread, "read", ssize_t, (int fd, void *to, size_t n, off_t at),
      (fd, to, n, at), -1)
FAULT(pwrite, "write", ssize_t, (int fd, const void *from, size_t n, off_t at),
      (fd, from, n, at), -1)
FAULT(lseek, "lseek", off_t, (int fd, off_t at, int whence), (fd, at, whence),
      -1)
FAULT(ftruncate, "ftruncate", int, (int fd, off_t size), (fd, size), -1)
FAULT(fsync, "fsync", int, (int fd), (fd), -1)
FAULT(fdatasync, "fsync", int, (int fd), (fd), -1)
FAULT_AFTER(close, "close", int, (int fd), (fd), -1)
FAULT(stat, "stat", int, (const char *path, struct stat *st), (path, st), -1)
FAULT(lstat, "stat", int, (const char *path, struct stat *st), (path, st), -1)
FAULT(fstat, "fstat", int, (int fd, struct stat *st), (fd, st), -1)
FAULT(fstatat, "stat", int,
      (int dir, const char *path, struct stat *st, int flags),
      (dir, path, st, flags), -1)
FAULT(access, "access", int, (const char *path, int mode), (path, mode), -1)
FAULT(realpath, "realpath", char *, (const char *path, char *to), (path, to),
      NULL)
FAULT(rename, "rename", int, (const char *from, const char *to), (from, to), -1)
FAULT(unlink, "unlink", int, (const char *path), (path), -1)
FAULT(unlinkat, "unlink", int, (int dir, const char *path, int flags),
      (dir, path, flags), -1)
FAULT(mkstemp, "mkstemp", int, (char *name), (name), -1)
FAULT(rmdir, "unlink", int, (const char *path), (path), -1)
FAULT(symlink, "symlink", int, (const char *target, const char *path),
      (target, path), -1)
FAULT(flock, "flock", int, (int fd, int operation), (fd, operation), -1)
FAULT(mkdir, "mkdir", int, (const char *path, mode_t mode), (path, mode), -1)
FAULT(fchmod, "fchmod", int, (int fd, mode_t mode), (fd, mode), -1)
FAULT(fchown, "fchown", int, (int fd, uid_t user, gid_t group),
      (fd, user, group), -1)
FAULT(utimensat, "utimensat", int,
      (int dir, const char *path, const struct timespec times[2], int flags),
      (dir, path, times, flags), -1)
FAULT(opendir, "opendir", DIR *, (const char *path), (path), NULL)

/* open() takes its third argument only with O_CREAT. */
#define FAULT_OPEN(f)                                                          \
    DECLARE(f, int, (const char *path, int flags, ...))                        \
    int NAME(f)(const char *path, int flags, ...)                              \
    {                                                                          \
        va_list ap;                                                            \
        va_start(ap, flags);                                                   \
        mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;                \
        va_end(ap);                                                            \
        return fails("open") ? -1 : REAL(f)(path, flags, mode);                \
    }
FAULT_OPEN(open)
#ifdef __GLIBC__
int __open_2(const char *path, int flags);
FAULT(__open_2, "open", int, (const char *path, int flags), (path, flags), -1)
#endif

/* ---------------------------------------------------------------- streams */

FAULT(fopen, "fopen", FILE *, (const char *path, const char *mode),
      (path, mode), NULL)
FAULT(fdopen, "fdopen", FILE *, (int fd, const char *mode), (fd, mode), NULL)
FAULT(fread, "fread", size_t, (void *to, size_t size, size_t n, FILE *f),
      (to, size, n, f), broken(f))
FAULT(fwrite, "fwrite", size_t,
      (const void *from, size_t size, size_t n, FILE *f), (from, size, n, f),
      broken(f))
FAULT(fseeko, "fseeko", int, (FILE * f, off_t at, int whence), (f, at, whence),
      -1)
FAULT(fflush, "fflush", int, (FILE * f), (f), EOF)
FAULT_AFTER(fclose, "fclose", int, (FILE * f), (f), EOF)
#ifdef __GLIBC__
size_t __fread_chk(void *to, size_t room, size_t size, size_t n, FILE *f);
FAULT(__fread_chk, "fread", size_t,
      (void *to, size_t room, size_t size, size_t n, FILE *f),
      (to, room, size, n, f), broken(f))
#endif

/* ---------------------------------------------------- threads and signals */

FAULT(pthread_create, "pthread_create", int,
      (pthread_t * thread, const pthread_attr_t *attr, void *(*run)(void *),
       void *arg),
      (thread, attr, run, arg), wanted_errno)
FAULT(pthread_attr_setstacksize, "pthread_attr_setstacksize", int,
      (pthread_attr_t * attr, size_t size), (attr, size), wanted_errno)
FAULT(poll, "poll", int, (struct pollfd * fds, nfds_t n, int timeout),
      (fds, n, timeout), -1)
FAULT(pipe2, "pipe2", int, (int fds[2], int flags), (fds, flags), -1)
