/*
 * text.h - texts that are put together, where there is nothing to do without
 * them.
 */
#ifndef CLI_BASE_TEXT_H
#define CLI_BASE_TEXT_H

#include "cli/base/buffer.h"

/* text_printf - a new text, free(). Ends the program when memory is out. */
__attribute__((format(printf, 1, 2))) char *text_printf(const char *fmt, ...);

/* text_of - what is in b up to the first zero byte, free(); b is freed. Ends
 * the program when memory is out, or was for b. */
char *text_of(struct buffer *b);

#endif
