/*
 * status.c - errors as values.
 */
#include "lib/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* A file name or a token may hold a newline; a message may not. Nor may it hold
 * what drives a terminal: any other control character, or bytes that are not
 * UTF-8, of which some do. */
static void keep_one_line(char *s)
{
    char *out = s;

    while (*s != '\0') {
        utf8proc_int32_t c;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &c);
        bool shown = n > 0 && c >= ' ' && (c < 0x7f || c >= 0xa0);

        for (size_t left = n > 0 ? (size_t)n : 1; left > 0; left--, s++)
            if (shown)
                *out++ = *s;
        if (!shown)
            *out++ = '?';
    }
    *out = '\0';
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
