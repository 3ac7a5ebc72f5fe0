/*
 * word_picture.h - a matrix as a picture with a word in each cell.
 */
#ifndef CLI_OUTPUT_WORD_PICTURE_H
#define CLI_OUTPUT_WORD_PICTURE_H

#include "cli/base/buffer.h"
#include "cli/output/screen.h"

/* Numbers, none below 0, and their words; everything is borrowed. */
struct word_picture {
    const float *data;        /* (rows, columns) */
    const char *const *words; /* (rows, columns) */
    size_t rows;
    size_t columns;
    const char *const *row_names;    /* (rows) */
    const char *const *column_names; /* (columns) */
};

/* picture_words - each word on its shade, all cells of one width. Columns that
 * have no room beside the others on the screen come below them. */
void picture_words(struct buffer *b, const struct word_picture *p,
                   const struct screen *screen);

#endif
