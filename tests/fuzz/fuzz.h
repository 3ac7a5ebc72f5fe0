/*
 * fuzz.h - what the fuzz targets share: expectations, and a file in memory.
 *
 * A target is one LLVMFuzzerTestOneInput(): any bytes are good input, nothing
 * is kept from one call to the next, and nothing is written to disk.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/berth.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Where a failure is told: standard error by a number of its own, since
 * descriptor 2 is closed to the messages of what is tested. */
static int fuzz_stderr = STDERR_FILENO;

__attribute__((constructor)) static inline void fuzz_keep_stderr(void)
{
    fuzz_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
}

__attribute__((format(printf, 3, 4), noreturn)) static inline void
fuzz_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    dprintf(fuzz_stderr, "%s:%d: ", file, line);
    va_start(ap, fmt);
    vdprintf(fuzz_stderr, fmt, ap);
    va_end(ap);
    dprintf(fuzz_stderr, "\n");
    abort();
}

/* EXPECT(cond, fmt, ...): what must hold for every input. */
#define EXPECT(cond, ...)                                                      \
    do {                                                                       \
        if (!(cond))                                                           \
            fuzz_fail(__FILE__, __LINE__, __VA_ARGS__);                        \
    } while (0)

/* fuzz_expect_message - a failure has its status set and says why, in one line
 * that cannot drive a terminal. */
static inline void fuzz_expect_message(enum berth_status status,
                                       const struct berth_error *err)
{
    EXPECT(err->status == status, "status %d, but the error says %d: %s",
           (int)status, (int)err->status, err->message);
    EXPECT(err->message[0] != '\0', "status %d without a message", (int)status);
    for (const char *p = err->message; *p != '\0'; p++)
        EXPECT((unsigned char)*p >= ' ' && *p != 0x7f,
               "a control character in a message: %s", err->message);
}

/* fuzz_copy - in a block of exactly this size, so that a sanitizer sees one
 * byte too many; free(). */
static inline unsigned char *fuzz_copy(const unsigned char *data, size_t size)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);

    EXPECT(copy != NULL, "no memory for %zu bytes", size);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

/* A file in memory. Start with {-1}; it lasts for all calls. */
struct fuzz_file {
    int fd;
    char name[32]; /* to open it by */
};

static inline void fuzz_file_write(struct fuzz_file *file,
                                   const unsigned char *data, size_t size)
{
    if (file->fd < 0) {
        file->fd = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(file->name, sizeof(file->name), "/proc/self/fd/%d", file->fd);
    }
    EXPECT(ftruncate(file->fd, 0) == 0 && lseek(file->fd, 0, SEEK_SET) == 0 &&
               write(file->fd, data, size) == (ssize_t)size,
           "no file in memory");
}

#endif
