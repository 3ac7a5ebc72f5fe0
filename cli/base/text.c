/*
 * text.c - texts of any length.
 */
#include "cli/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/ending.h"

char *text_printf(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);

    va_end(ap);
    if (n < 0)
        ending_no_memory();
    return text;
}

char *text_of(struct buffer *b)
{
    char *text =
        b->failed ? NULL : strndup(b->size > 0 ? b->data : "", b->size);

    if (text == NULL)
        ending_no_memory();
    buffer_free(b);
    return text;
}
