/*
 * npy_file.c - reading the header of a .npy, a dictionary as Python writes it:
 *
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (10, 384), }
 *
 * Source: numpy/lib/format.py.
 */
#include "cli/output/npy_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 4096,
    QUOTED = 40 /* bytes of a value in a message */
};

static const char *const keys[] = {"'descr'", "'fortran_order'", "'shape'"};

/* The value of a key; "": there is none. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);

    if (at == NULL)
        return "";
    at += strlen(key);
    return at + strspn(at, ": ");
}

/* A value ends where the next key begins, or the header does. */
static const char *wrong(struct npy_array *a, const char *key,
                         const char *expected, const char *value)
{
    size_t n = strlen(value);

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        const char *next = strstr(value, keys[i]);

        if (next != NULL && (size_t)(next - value) < n)
            n = (size_t)(next - value);
    }
    while (n > 0 && strchr(" ,}\n", value[n - 1]) != NULL)
        n--;
    snprintf(a->why, sizeof(a->why),
             "%s in the header: expected %s, found %.*s%s", key, expected,
             n > QUOTED ? QUOTED : (int)n, value,
             n == 0       ? "nothing"
             : n > QUOTED ? "..."
                          : "");
    return a->why;
}

/* Booleans, integers, floats and complex numbers, of so many bytes. */
static const char *take_descr(const char *p, struct npy_array *a)
{
    static const char *const types[] = {
        "b1", "i1", "i2", "i4",  "i8",  "u1", "u2",  "u4",  "u8",
        "f2", "f4", "f8", "f12", "f16", "c8", "c16", "c24", "c32"};
    const char *end = *p == '\'' ? strchr(p + 1, '\'') : NULL;
    const size_t n = end != NULL ? (size_t)(end - p) - 1 : 0;

    if (n >= 3 && n < sizeof(a->descr) && strchr("<>|=", p[1]) != NULL) {
        memcpy(a->descr, p + 1, n);
        a->descr[n] = '\0';
        for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
            if (strcmp(a->descr + 1, types[i]) == 0) {
                a->element = (size_t)strtoul(types[i] + 1, NULL, 10);
                return NULL;
            }
    }
    return wrong(a, keys[0], "a type of numbers, as '<f4'", p);
}

static const char *take_order(const char *p, struct npy_array *a)
{
    a->fortran = strncmp(p, "True", 4) == 0;
    return a->fortran || strncmp(p, "False", 5) == 0
               ? NULL
               : wrong(a, keys[1], "True or False", p);
}

/* (), (10,), (10, 384): of one size it is the comma that makes a tuple. */
static const char *take_shape(const char *value, struct npy_array *a)
{
    static const char expected[] = "at most 8 sizes, as (10, 384)";
    const char *p = value;
    bool comma = true; /* before p */

    if (*p++ != '(')
        return wrong(a, keys[2], expected, value);
    for (p += strspn(p, " "); *p != ')'; p += strspn(p, " ")) {
        char *end;

        if (!comma || *p < '0' || *p > '9' || a->rank == NPY_RANKS)
            return wrong(a, keys[2], expected, value);
        const unsigned long long size = strtoull(p, &end, 10);

        if (size > PTRDIFF_MAX)
            return wrong(a, keys[2], "sizes that a file can have", value);
        a->shape[a->rank++] = (size_t)size;
        p = end + strspn(end, " ");
        comma = *p == ',';
        p += comma;
    }
    return a->rank == 1 && !comma ? wrong(a, keys[2], expected, value) : NULL;
}

/* Versions 2 and 3 have four bytes of length in place of two. */
static size_t header_length(FILE *f, int version)
{
    unsigned char bytes[4] = {0};

    if (fread(bytes, 1, version == 1 ? 2 : 4, f) != (version == 1 ? 2 : 4))
        return SIZE_MAX;
    return bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 |
           (size_t)bytes[3] << 24;
}

const char *npy_file_read(FILE *f, struct npy_array *array)
{
    char start[8], header[HEADER];
    const char *why;

    *array = (struct npy_array){0};
    if (fread(start, 1, sizeof(start), f) != sizeof(start) ||
        memcmp(start, "\x93NUMPY", 6) != 0 || start[6] < 1 || start[6] > 3)
        return "not a NumPy array (.npy)";
    const size_t length = header_length(f, start[6]);

    if (length < SIZE_MAX && length >= sizeof(header)) {
        snprintf(array->why, sizeof(array->why),
                 "expected a header of less than %d bytes, found %zu", HEADER,
                 length);
        return array->why;
    }
    if (length == SIZE_MAX || fread(header, 1, length, f) != length)
        return "the header ends early";
    header[length] = '\0';
    array->begin = sizeof(start) + (start[6] == 1 ? 2 : 4) + length;
    why = take_descr(value_of(header, keys[0]), array);
    if (why == NULL)
        why = take_order(value_of(header, keys[1]), array);
    return why != NULL ? why : take_shape(value_of(header, keys[2]), array);
}

const char *npy_file_describe(const struct npy_array *array, size_t axis,
                              char *to, size_t size)
{
    int n = snprintf(to, size, "%s, %s order, (", array->descr,
                     array->fortran ? "Fortran" : "C");

    for (size_t i = axis; i < array->rank && (size_t)n < size; i++)
        n += snprintf(to + n, size - (size_t)n, "%s%zu", i > axis ? ", " : "",
                      array->shape[i]);
    if ((size_t)n < size)
        snprintf(to + n, size - (size_t)n, ")");
    return to;
}

bool npy_file_bytes(const struct npy_array *array, size_t axis, size_t *bytes)
{
    size_t n = array->element;

    for (size_t i = axis; i < array->rank; i++)
        if (__builtin_mul_overflow(n, array->shape[i], &n) || n > PTRDIFF_MAX)
            return false;
    *bytes = n;
    return true;
}
