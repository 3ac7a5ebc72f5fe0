/*
 * status.c - errors as values.
 */
#include "lib/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A file name or a token may hold a newline; a message may not. */
static void keep_one_line(char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            *s = '?';
    }
}

enum berth_status berth_fail(struct berth_error *err, enum berth_status status,
                             const char *fmt, ...)
{
    int saved = errno;
    va_list ap;

    if (err == NULL)
        return status;
    err->status = status;
    err->sys_errno = status == BERTH_ERR_IO ? saved : 0;
    va_start(ap, fmt);
    vsnprintf(err->message, sizeof(err->message), fmt, ap);
    va_end(ap);
    if (err->sys_errno != 0) {
        size_t used = strlen(err->message);
        snprintf(err->message + used, sizeof(err->message) - used, ": %s",
                 strerror(saved));
    }
    keep_one_line(err->message);
    return status;
}

bool berth_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
