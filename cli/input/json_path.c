/*
 * json_path.c - names with dots, or with slashes, and where they lead.
 */
#include "cli/input/json_path.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Dots part keys that are not empty: "etc." is a key only. */
static bool is_dotted(const char *name)
{
    return strchr(name, '.') != NULL && *name != '.' &&
           name[strlen(name) - 1] != '.' && strstr(name, "..") == NULL;
}

/* In a key between slashes "~1" is a slash, and "~0" a tilde. */
bool json_path_open(struct json_path *path, const char *name)
{
    const bool pointer = *name == '/';
    const char between = pointer ? '/' : '.';

    *path = (struct json_path){0};
    if (!pointer && !is_dotted(name))
        return true;
    char *to = path->keys = malloc(strlen(name) + 1);

    if (to == NULL)
        return false;
    path->n = 1;
    for (const char *p = name + pointer; *p != '\0'; p++) {
        char c = *p;

        if (c == between) {
            c = '\0';
            path->n++;
        } else if (pointer && c == '~' && (p[1] == '0' || p[1] == '1')) {
            c = *++p == '0' ? '~' : '/';
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

void json_path_close(struct json_path *path)
{
    free(path->keys);
    *path = (struct json_path){0};
}

/* The number that a key is, as RFC 6901 wants it: "01" is none. SIZE_MAX: it is
 * none. */
static size_t element_number(const char *key)
{
    size_t n = 0;

    if (*key == '\0' || (*key == '0' && key[1] != '\0'))
        return SIZE_MAX;
    for (; *key >= '0' && *key <= '9' && n < SIZE_MAX / 100; key++)
        n = 10 * n + (size_t)(*key - '0');
    return *key == '\0' ? n : SIZE_MAX;
}

static struct json_wanted step(const struct json_wanted *at, const char *key)
{
    struct json_wanted next = {.key = key, .key_size = strlen(key)};
    struct json_fault fault;

    if (at->kind == JSON_KIND_OBJECT)
        json_line_scan(at->data, at->size, &next, 1, &fault);
    else if (at->kind == JSON_KIND_ARRAY)
        json_line_element(at, element_number(key), &next);
    return next;
}

void json_path_find(const struct json_path *path, const struct json_wanted *at,
                    struct json_wanted *out)
{
    struct json_wanted value = *at;
    const char *key = path->keys;

    for (size_t i = 1; i < path->n; i++) {
        key += strlen(key) + 1;
        value = step(&value, key);
    }
    out->kind = value.kind;
    out->data = value.data;
    out->size = value.size;
}
