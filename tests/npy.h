/*
 * npy.h - reads the float32 .npy files of the reference values.
 */
#ifndef TESTS_NPY_H
#define TESTS_NPY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NPY_RANK = 4
};

struct npy_array {
    size_t shape[NPY_RANK]; /* missing dimensions are 1, at the end */
    size_t rank;
    size_t n;
    float *data; /* free() */
};

/* Parses "... 'shape': (3, 4), }" of a header. */
static inline bool npy_shape(const char *header, struct npy_array *out)
{
    const char *p = strstr(header, "'shape': (");

    if (p == NULL || strstr(header, "'descr': '<f4'") == NULL ||
        strstr(header, "'fortran_order': False") == NULL)
        return false;
    out->n = 1;
    for (p += strlen("'shape': ("); *p != ')' && out->rank < NPY_RANK;) {
        char *end;
        out->shape[out->rank] = strtoul(p, &end, 10);
        if (end == p)
            return false;
        out->n *= out->shape[out->rank++];
        for (p = end; *p == ',' || *p == ' ';)
            p++;
    }
    for (size_t i = out->rank; i < NPY_RANK; i++)
        out->shape[i] = 1;
    return true;
}

/* npy_read - false when the file is not there or not of this kind. */
static inline bool npy_read(const char *path, struct npy_array *out)
{
    FILE *f = fopen(path, "rb");
    unsigned char head[10];
    char header[4096];
    bool ok = false;

    memset(out, 0, sizeof(*out));
    if (f == NULL)
        return false;
    size_t size = 0;
    if (fread(head, 1, sizeof(head), f) == sizeof(head) &&
        memcmp(head, "\x93NUMPY\x01", 7) == 0)
        size = (size_t)head[8] | (size_t)head[9] << 8;
    if (size > 0 && size < sizeof(header) &&
        fread(header, 1, size, f) == size) {
        header[size] = '\0';
        ok = npy_shape(header, out);
    }
    if (ok) {
        out->data = malloc(out->n * sizeof(float) + 1);
        ok = out->data != NULL &&
             fread(out->data, sizeof(float), out->n, f) == out->n;
    }
    fclose(f);
    return ok;
}

#endif
