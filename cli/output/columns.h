/*
 * columns.h - rows of cells: the columns are declared once, and each format
 * prints their values in its own way.
 */
#ifndef CLI_OUTPUT_COLUMNS_H
#define CLI_OUTPUT_COLUMNS_H

#include "cli/base/buffer.h"
#include "cli/output/format.h"

enum column_kind {
    COLUMN_SIZE,
    COLUMN_RANK, /* a size; 0: none, an empty cell, null in jsonl */
    COLUMN_FLOAT,
    COLUMN_TEXT /* jsonl has it in base64, too, where it is not UTF-8 */
};

/* A list of them ends with one that has no name. */
struct column {
    const char *name;
    enum column_kind kind;
    unsigned left_out; /* a set of formats: they do not print it */
};

/* A value of a column, by its kind. */
struct cell {
    const char *text; /* borrowed */
    union {
        size_t size; /* the number itself, or bytes of text */
        double x;
    };
};

size_t columns_count(const struct column *columns);

/*
 * columns_header - csv and tsv: the line of names; else nothing.
 *
 *   first  false: other cells are on the line already
 */
void columns_header(struct buffer *b, int format, const struct column *columns,
                    bool first);

/*
 * columns_row - a cell for each column, to the end of the line: in text, csv
 * and tsv with separators between them, in jsonl as members of an object.
 *
 *   digits  significant ones; 0: the shortest that is exact
 *   first   false: other cells, or members, are on the line already
 */
void columns_row(struct buffer *b, int format, int digits,
                 const struct column *columns, const struct cell *cells,
                 bool first);

/* columns_cell - one cell alone, for text, csv or tsv, without separators. */
void columns_cell(struct buffer *b, int format, int digits,
                  const struct column *column, const struct cell *cell);

/* columns_float - as a float, for it has no more digits; what is beyond one as
 * a double of as many. */
void columns_float(struct buffer *b, int format, int digits, double x);

#endif
