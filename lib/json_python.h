/*
 * json_python.h - JSON as Python's json.dump() writes it and json.load() takes
 * it, made into JSON that others take too.
 */
#ifndef LIB_JSON_PYTHON_H
#define LIB_JSON_PYTHON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * berth_json_from_python - a copy of the same length, so that lines and columns
 * stay, in which
 *
 *   Infinity, 1e999, 400 digits   are BERTH_JSON_INFINITY, or less its sign
 *   NaN                           is BERTH_JSON_NAN
 *   integers of 19 digits         and more are reals, to 14 digits
 *   half a surrogate pair         is U+0000 in a value, which those who read
 *                                 that string refuse, and U+FFFD in a key
 *   U+0000 in a key               is U+FFFD
 *
 * What is no JSON of Python's either stays as it is, for a parser to find.
 *
 *   data  (size) bytes without a NUL
 *
 * Returns a block to free(), terminated; NULL when memory is out.
 */
char *berth_json_from_python(const void *data, size_t size);

/* Numbers that no key of a model may have; three bytes is all that "NaN" leaves
 * room for. */
#define BERTH_JSON_INFINITY 1e308
#define BERTH_JSON_NAN      9e9

#endif
