/*
 * grep_colors.h - GREP_COLORS: the colours of names, numbers, signs and lines.
 */
#ifndef CLI_MEANING_GREP_COLORS_H
#define CLI_MEANING_GREP_COLORS_H

#include <stdbool.h>

#include "cli/base/buffer.h"

/* The numbers of an SGR sequence, as "01;31"; size 0: no colour. */
struct grep_color {
    const char *sgr; /* borrowed */
    size_t size;
};

/* GNU grep's capabilities, but for those of the text that matches within a
 * line: here it is the whole line that does. */
struct grep_colors {
    struct grep_color file; /* fn */
    struct grep_color line; /* ln */
    struct grep_color sign; /* se */
    struct grep_color
        selected;              /* sl: whole lines that are printed as matches */
    struct grep_color context; /* cx: and as context */
    bool reverse;              /* rv: --invert-match swaps these two */
    bool keep;                 /* ne: the line's end is not cleared */
};

/* grep_colors_read - as GNU grep reads GREP_COLORS: what it does not know is
 * passed over, and the first mistake ends it. NULL: its defaults. What is
 * returned borrows text. */
struct grep_colors grep_colors_read(const char *text);

/* grep_color_begin, grep_color_end - around what has this color; nothing where
 * it is none. */
void grep_color_begin(const struct grep_colors *colors,
                      const struct grep_color *color, struct buffer *b);
void grep_color_end(const struct grep_colors *colors,
                    const struct grep_color *color, struct buffer *b);

#endif
