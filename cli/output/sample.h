/*
 * sample.h - one cell of a picture that shows several numbers.
 */
#ifndef CLI_OUTPUT_SAMPLE_H
#define CLI_OUTPUT_SAMPLE_H

#include "cli/output/picture.h"

/* sample - of rows row ... row_end - 1 and columns likewise, cut to the matrix,
 * the value farthest from 0: a thin diagonal stays visible. Not empty. */
float sample(const struct picture *p, size_t row, size_t row_end, size_t column,
             size_t column_end);

#endif
