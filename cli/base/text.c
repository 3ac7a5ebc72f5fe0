/*
 * text.c - texts of any length.
 */
#include "cli/base/text.h"

#include <stdarg.h>
#include <stdio.h>

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
