/*
 * number.h - floats and integers as text. Never the locale.
 */
#ifndef CLI_OUTPUT_NUMBER_H
#define CLI_OUTPUT_NUMBER_H

#include <stdint.h>

#include "cli/base/buffer.h"

/*
 * buffer_float - a finite float as the shortest decimal that reads back to the
 * same float (0.1, 1e-10, -3.5, 16777216, 1e+20, 0, -0), or rounded to digits
 * significant digits (at most 17) when digits > 0. Positional from 1e-4 up to
 * 1e16, else 9e-05, 1.5e+20; no trailing zeros. At most 32 bytes.
 *
 * Infinity is written inf or -inf and NaN NaN: callers of JSON test first.
 */
void buffer_float(struct buffer *b, float x, int digits);
/* buffer_double - the same of a double, which is always rounded: digits > 0. */
void buffer_double(struct buffer *b, double x, int digits);
void buffer_size(struct buffer *b, size_t n);
void buffer_int(struct buffer *b, int64_t n);
/* buffer_ints - n of them, with between in between. */
void buffer_ints(struct buffer *b, const int32_t *values, size_t n,
                 char between);
/* buffer_json_float - as buffer_float; null when not finite. */
void buffer_json_float(struct buffer *b, float x, int digits);
/* buffer_floats, buffer_json_floats - n of them, with between, or a comma, in
 * between. */
void buffer_floats(struct buffer *b, const float *x, size_t n, int digits,
                   char between);
void buffer_json_floats(struct buffer *b, const float *x, size_t n, int digits);

#endif
