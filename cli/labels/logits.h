/*
 * logits.h - what the head of a model says of texts: one row of logits for
 * each, or for each of its tokens.
 */
#ifndef CLI_LABELS_LOGITS_H
#define CLI_LABELS_LOGITS_H

#include "cli/stream/stream.h"

/* logits_compute - compute() of a command that begins with its session and
 * that has a head: results[window] are (n_out) floats, or for a head of tokens
 * (n_tokens, n_out). */
enum berth_status logits_compute(void *self, const struct batch *batch);

/* logits_size - result_size() of the same. */
size_t logits_size(void *self, size_t n_tokens);

/*
 * logits_softmax - out (n): exp(x) / sum exp(x) of x (n), which may be out.
 * Computed in double precision.
 */
void logits_softmax(const float *x, size_t n, float *out);

/*
 * logits_merge - the logits of a text from those of its windows: their mean
 * weighted by tokens, which is left in results[0]. One window keeps its own,
 * bit for bit.
 */
void logits_merge(const struct session *s, struct item *item);

/* NOTES_NO_HEAD - how the notes of these commands begin; how to fetch a model,
 * and how to name it, are the lines after it. */
#define NOTES_NO_HEAD                                                          \
    "The built-in model has no head for this. Fetch a model that has, and "    \
    "name it:\n"

#endif
