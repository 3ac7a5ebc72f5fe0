/*
 * sample.c - a block of a matrix as one number.
 */
#include "cli/output/sample.h"

#include <math.h>

float sample(const struct picture *p, size_t row, size_t row_end, size_t column,
             size_t column_end)
{
    float best = p->data[row * p->columns + column];

    if (row_end > p->rows)
        row_end = p->rows;
    if (column_end > p->columns)
        column_end = p->columns;
    for (size_t r = row; r < row_end; r++)
        for (size_t c = column; c < column_end; c++) {
            float x = p->data[r * p->columns + c];

            if (fabsf(x) > fabsf(best))
                best = x;
        }
    return best;
}
