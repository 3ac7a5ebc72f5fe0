/*
 * json_line.h - one line of JSON. The whole line is checked; only the values
 * that are asked for are looked at, in place.
 */
#ifndef CLI_INPUT_JSON_LINE_H
#define CLI_INPUT_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buffer.h"

enum {
    JSON_LINE_DEPTH = 10000 /* objects and arrays within each other, as jq */
};

enum json_kind {
    JSON_KIND_NONE, /* there is no such key */
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_STRING,
    JSON_KIND_NUMBER,
    JSON_KIND_WORD, /* true, false */
    JSON_KIND_NULL,
    JSON_KIND_NO_NUMBER /* NaN, Infinity, -Infinity, as Python writes them */
};

/* A key that is asked for, and out: its value. */
struct json_wanted {
    const char *key; /* as the escapes of JSON have been undone */
    size_t key_size;
    enum json_kind kind;
    const char *data; /* within the line, quotes or brackets counted */
    size_t size;
};

struct json_fault {
    const char *what; /* NULL: JSON, but no object */
    size_t at;        /* byte of the line, from 1 */
};

/*
 * json_line_scan - checks the line and finds the values. Of keys that are there
 * twice the last one counts. Strings are not asked to be UTF-8, nor surrogates
 * to be paired: json_line_text() does. False: see fault.
 */
bool json_line_scan(const char *line, size_t size, struct json_wanted *wanted,
                    size_t n_wanted, struct json_fault *fault);

/* json_line_keys - calls each for the keys of the outermost object, as they are
 * written; the line is JSON. */
void json_line_keys(const char *line, size_t size,
                    void (*each)(void *arg, const char *key, size_t size),
                    void *arg);

/* json_line_element - of an array that was checked, the element with this
 * number from 0; JSON_KIND_NONE: it has none. */
void json_line_element(const struct json_wanted *array, size_t number,
                       struct json_wanted *out);

/* json_line_room - bytes that the two below put into their buffer, at most. */
size_t json_line_room(const struct json_wanted *value);

/*
 * json_line_text - a string without its quotes, its escapes undone.
 *
 *   b     used where there are escapes; json_line_room() bytes are reserved
 *   data  out: within the line, or within b
 *
 * Returns NULL, or what is wrong with it.
 */
const char *json_line_text(const struct json_wanted *value, struct buffer *b,
                           const char **data, size_t *size);

/*
 * json_line_value - likewise any other value: the same words and numbers,
 * without the blanks between them. Within objects and arrays, NaN and Infinity
 * become null.
 */
const char *json_line_value(const struct json_wanted *value, struct buffer *b,
                            const char **data, size_t *size);

#endif
