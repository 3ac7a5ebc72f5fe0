/*
 * json_path.h - a value within others: "a.b", or "/a/0/b" as RFC 6901 writes
 * it. A number is an element of an array, counted from 0.
 */
#ifndef CLI_INPUT_JSON_PATH_H
#define CLI_INPUT_JSON_PATH_H

#include "cli/input/json_line.h"

struct json_path {
    char *keys; /* each ends with a NUL */
    size_t n;   /* 0: the name is a key only */
};

/* json_path_open - the path that a name is; json_path_close() frees it. False
 * when memory is out. */
bool json_path_open(struct json_path *path, const char *name);
void json_path_close(struct json_path *path);

/*
 * json_path_find - goes from the value of the first key to that of the last.
 *
 *   at   value of path->keys in a line that was checked; JSON_KIND_NONE: none
 *   out  its kind is JSON_KIND_NONE where the path leads nowhere
 */
void json_path_find(const struct json_path *path, const struct json_wanted *at,
                    struct json_wanted *out);

#endif
