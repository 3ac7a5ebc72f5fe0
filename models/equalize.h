/*
 * equalize.h - 8-bit weights and activations of like size.
 *
 * A row of activations has one scale, so a channel that is much larger than the
 * rest costs all others their precision. Each input channel k is multiplied by
 * equal[k] before it is quantised, and its weights are divided by it: the
 * product stays. SmoothQuant (Xiao et al. 2022, arXiv:2211.10438, equation 4)
 * finds the factors from data; here the layer norm that makes the channel tells
 * how large it is: about |bias| + 3 |weight|.
 */
#ifndef BERTH_EQUALIZE_H
#define BERTH_EQUALIZE_H

#include <stddef.h>

/* berth_largest_inputs - largest[k] = max(largest[k], |row[k]|), n of them. */
void berth_largest_inputs(const float *row, size_t n, float *largest);

/*
 * berth_equalization - equal[k] = sqrt(weights of k / size of k).
 *
 *   norm_weight, norm_bias  (n) of the layer norm that makes the inputs
 *   largest                 (n) largest weight of each input
 *
 * Always finite and positive: 1 where either is 0 or no number.
 */
void berth_equalization(const float *norm_weight, const float *norm_bias,
                        const float *largest, size_t n, float *equal);

/* berth_equalize_rows - rows (m, n) divided by equal (n). */
void berth_equalize_rows(const float *equal, float *rows, size_t m, size_t n);

#endif
