/*
 * cells.h - text in the columns of a terminal: wide characters take two, marks
 * that combine with the character before them take none, or one if they are
 * beside it.
 */
#ifndef CLI_OUTPUT_CELLS_H
#define CLI_OUTPUT_CELLS_H

#include "cli/base/buffer.h"

/*
 * cells_next - the first character of s with the marks on it.
 *
 *   size   bytes of s, at least 1; what is not UTF-8 is one column a byte
 *   width  out: 1 or 2
 *
 * Returns its bytes, at least 1.
 * Source: Unicode Standard Annex 29 (grapheme clusters), as utf8proc has it;
 * widths as wcwidth() of glibc and terminals have them.
 */
size_t cells_next(const char *s, size_t size, size_t *width);

/* cells_put_next - writes what cells_next() returned, in just its columns: a
 * lone mark gets a dotted circle, a control character becomes U+FFFD. */
void cells_put_next(struct buffer *b, const char *s, size_t size);

/* cells_width - columns of s. */
size_t cells_width(const char *s, size_t size);

/* cells_put - s in exactly width columns, with blanks after it, or before it if
 * right is true. What is too long ends in "..." or, on a UTF-8 screen, in
 * U+2026. */
void cells_put(struct buffer *b, const char *s, size_t width, bool right,
               bool utf8);

void cells_put_blanks(struct buffer *b, size_t n);

/* cells_widest - columns of the widest of n names. */
size_t cells_widest(const char *const *names, size_t n);

/* cells_align - pads what b has from start on to width columns; on its left if
 * right is true. */
void cells_align(struct buffer *b, size_t start, size_t width, bool right);

/* cells_end_line - takes the blanks at the end of the line away and ends it. */
void cells_end_line(struct buffer *b);

#endif
