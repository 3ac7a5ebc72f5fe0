/*
 * positions.h - position embeddings and how similar they are.
 */
#ifndef CLI_INSIDE_POSITIONS_H
#define CLI_INSIDE_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * positions_sinusoidal - what a position adds in Vaswani et al. 2017, section
 * 3.5: sin(p / 10000^(2i / size)) at 2i, the cosine of the same at 2i + 1.
 *
 *   out  (size)
 */
void positions_sinusoidal(size_t position, size_t size, float *out);

/*
 * positions_similarity - of one vector to each of n: x . y, or x . y / (|x|
 * |y|), which is 0 where one of them is 0. In double.
 *
 *   x      (size)    table  (n, size)    out  (n)
 */
void positions_similarity(const float *x, const float *table, size_t n,
                          size_t size, bool cosine, float *out);

#endif
