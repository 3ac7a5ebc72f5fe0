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
    HEADER = 4096
};

static const char damaged[] = "a damaged header";

/* The value of a key; "": there is none. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);

    if (at == NULL)
        return "";
    at += strlen(key);
    return at + strspn(at, ": ");
}

/* 'X' of so many bytes: integers, floats, complex numbers. */
static const char *take_descr(const char *p, struct npy_array *a)
{
    const char *end = *p == '\'' ? strchr(p + 1, '\'') : NULL;
    const size_t n = end != NULL ? (size_t)(end - p) - 1 : 0;

    if (n < 3 || n >= sizeof(a->descr) || strchr("<>|=", p[1]) == NULL ||
        strchr("biufc", p[2]) == NULL)
        return "the elements are no plain numbers";
    memcpy(a->descr, p + 1, n);
    a->descr[n] = '\0';
    for (const char *c = p + 3; c < end; c++) {
        if (*c < '0' || *c > '9' || a->element > 16)
            return "the elements are no plain numbers";
        a->element = 10 * a->element + (size_t)(*c - '0');
    }
    return a->element > 0 ? NULL : damaged;
}

/* (), (10,), (10, 384) */
static const char *take_shape(const char *p, struct npy_array *a)
{
    if (*p++ != '(')
        return damaged;
    while (*p != ')') {
        char *end;

        if (*p < '0' || *p > '9' || a->rank == NPY_RANKS)
            return damaged;
        const unsigned long long size = strtoull(p, &end, 10);

        if (size > PTRDIFF_MAX || (*end != ',' && *end != ')'))
            return damaged;
        a->shape[a->rank++] = (size_t)size;
        p = end + strspn(end, ", ");
    }
    return NULL;
}

static const char *take_order(const char *p, struct npy_array *a)
{
    a->fortran = strncmp(p, "True", 4) == 0;
    return a->fortran || strncmp(p, "False", 5) == 0 ? NULL : damaged;
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

    if (length >= sizeof(header) || fread(header, 1, length, f) != length)
        return damaged;
    header[length] = '\0';
    array->begin = sizeof(start) + (start[6] == 1 ? 2 : 4) + length;
    why = take_descr(value_of(header, "'descr'"), array);
    if (why == NULL)
        why = take_order(value_of(header, "'fortran_order'"), array);
    return why != NULL ? why : take_shape(value_of(header, "'shape'"), array);
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
    *bytes = array->element;
    for (size_t i = axis; i < array->rank; i++)
        if (__builtin_mul_overflow(*bytes, array->shape[i], bytes))
            return false;
    return *bytes <= PTRDIFF_MAX;
}
