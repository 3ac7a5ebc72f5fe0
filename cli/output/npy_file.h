/*
 * npy_file.h - the header of a .npy that is there already.
 */
#ifndef CLI_OUTPUT_NPY_FILE_H
#define CLI_OUTPUT_NPY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    NPY_RANKS = 8
};

struct npy_array {
    char descr[16]; /* NumPy's name of the elements: "<f4" */
    size_t element; /* bytes of one */
    bool fortran;   /* columns first */
    size_t shape[NPY_RANKS];
    size_t rank;
    size_t begin; /* bytes before the data */
    char why[192];
};

/*
 * npy_file_read - reads the header, of format 1.0 to 3.0, of an array of
 * numbers, up to where the data begin.
 *
 * Returns NULL, or why it is none, which may be in array->why.
 */
const char *npy_file_read(FILE *f, struct npy_array *array);

/* npy_file_describe - "<f4, C order, (10, 384)", of the shape from an axis on;
 * cut where it is too long. Returns to. */
const char *npy_file_describe(const struct npy_array *array, size_t axis,
                              char *to, size_t size);

/* npy_file_bytes - of the array from an axis on: 0 all of it, 1 a row; false:
 * more than there can be. */
bool npy_file_bytes(const struct npy_array *array, size_t axis, size_t *bytes);

#endif
