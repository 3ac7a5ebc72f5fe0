/*
 * npy.h - NumPy's .npy and .npz (an uncompressed ZIP), little-endian, float32
 * where nothing else is said.
 */
#ifndef CLI_OUTPUT_NPY_H
#define CLI_OUTPUT_NPY_H

#include "cli/base/buffer.h"
#include "cli/output/sink.h"

/* npy_header - a version 1.0 header for a C-order float32 array of this shape;
 * always the same length for a rank, so that it can be patched. */
void npy_header(struct buffer *b, const size_t *shape, size_t rank);

/* What elements are: NumPy's name, and bytes; lives as long as the rows. */
struct npy_type {
    const char *descr;
    size_t size;
};

/* npy_header_of - the same of other elements. */
void npy_header_of(struct buffer *b, const struct npy_type *type,
                   const size_t *shape, size_t rank);

/* What a row is: width numbers, or with several parts a matrix (parts, width /
 * parts). */
struct npy_row {
    size_t width;
    size_t parts;                /* 0, 1: one */
    const struct npy_type *type; /* NULL: float32 */
};

/*
 * An array (rows, width), or (rows, parts, width / parts), whose number of rows
 * is known at the end: patched into a seekable sink, else spooled in $TMPDIR.
 * Both print a message where they return NULL.
 */
struct npy_rows;
struct npy_rows *npy_rows_open(struct sink *sink, const struct npy_row *row);
/* npy_rows_go_on - the sink, seekable, holds a header and n_bytes of rows. */
struct npy_rows *npy_rows_go_on(struct sink *sink, const struct npy_row *row,
                                size_t n_bytes);
bool npy_rows_write(struct npy_rows *npy, const void *data, size_t size);
/* npy_rows_close - writes header (and spooled rows) when ok; frees. */
bool npy_rows_close(struct npy_rows *npy, bool ok);

/* An archive of arrays, members "NAME.npy", written as a stream. */
struct npz;
struct npz *npz_open(struct sink *sink);
bool npz_add(struct npz *npz, const char *name, const size_t *shape,
             size_t rank, const float *data);
/* npz_close - writes the central directory when ok; frees. Zip64 when large. */
bool npz_close(struct npz *npz, bool ok);

#endif
