/*
 * picture.h - matrices as pictures made of characters: a heat-map with names
 * at its sides, and a grid of thumbnails.
 */
#ifndef CLI_OUTPUT_PICTURE_H
#define CLI_OUTPUT_PICTURE_H

#include "cli/base/buffer.h"
#include "cli/output/screen.h"

/* A matrix and what to write at its sides; everything is borrowed. */
struct picture {
    const float *data; /* (rows, columns) */
    size_t rows;
    size_t columns;
    const char *const *row_names;    /* (rows) */
    const char *const *column_names; /* (columns); NULL: numbers from 0 */
    bool numbered;      /* the names are numbers: print no others beside them */
    bool rows_numbered; /* those of rows are */
};

/*
 * picture_heat - the matrix, each line ended, at most screen->width columns
 * wide where that is 20 or more.
 *
 * Two columns to a cell where they fit, with the column names written downward;
 * else one column, and on a colour screen two rows to a line, with numbers in
 * place of column names; else a cell is a square of neighbours and shows the
 * value farthest from 0. The scale is printed below.
 */
void picture_heat(struct buffer *b, const struct picture *p,
                  const struct screen *screen);

/* Matrices in rows and columns; everything is borrowed. */
struct picture_table {
    const struct picture *items; /* (rows, columns); their names are not used */
    size_t rows;
    size_t columns;
    const char *const *row_names;    /* (rows), as "layer 0" */
    const char *const *column_names; /* (columns); the last word of those that
                                        are too wide */
};

/* picture_grid - a thumbnail of each, each on its own scale, and as small as it
 * takes to stay within the lines of the screen, down to two columns. */
void picture_grid(struct buffer *b, const struct picture_table *table,
                  const struct screen *screen);

#endif
