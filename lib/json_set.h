/*
 * json_set.h - one key of a JSON text set to another value, and all else left
 * as it stands, down to the digits of its numbers.
 */
#ifndef LIB_JSON_SET_H
#define LIB_JSON_SET_H

#include <stddef.h>

/*
 * berth_json_set - a copy of the object text in which key, at the outermost
 * level, is value and comes last.
 *
 *   text   (size) bytes that berth_json_read() takes, of an object
 *   key    of characters that JSON writes as they are
 *   value  as JSON writes it; NULL: the key is taken out
 *
 * Returns a block to free(), terminated; NULL when memory is out.
 */
char *berth_json_set(const char *text, size_t size, const char *key,
                     const char *value);

#endif
