/*
 * attention_math.h - matrices of attention made into others. Sums are in
 * double. Matrices are (rows, columns), row-major.
 */
#ifndef CLI_INSIDE_ATTENTION_MATH_H
#define CLI_INSIDE_ATTENTION_MATH_H

#include <stddef.h>

/*
 * attention_merge - from pieces to words: the sum over the keys of a word, the
 * mean over its queries (Clark et al. 2019, section 4.1).
 *
 *   in       (n, n)
 *   group    (n) the word of each piece, ascending from 0 without gaps
 *   scratch  (n_words)
 *   out      (n_words, n_words), not in
 */
void attention_merge(const float *in, size_t n, const size_t *group,
                     size_t n_words, double *scratch, float *out);

/* attention_mean, attention_max - element by element over n matrices of size
 * numbers, stride numbers apart; out may be the first of them. */
void attention_mean(const float *in, size_t n, size_t stride, size_t size,
                    float *out);
void attention_max(const float *in, size_t n, size_t stride, size_t size,
                   float *out);

/*
 * attention_rollout - one more layer: joint = A joint, A = (W + I) with each
 * row divided by its sum, W the mean over heads (Abnar & Zuidema 2020, section
 * 3). Begin with joint = I.
 *
 *   heads    (n_heads, n, n) weights of the layer
 *   joint    (n, n) in and out
 *   scratch  (n + 1, n)
 */
void attention_rollout(const float *heads, size_t n_heads, size_t n,
                       double *joint, double *scratch);

#endif
