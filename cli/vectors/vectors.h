/*
 * vectors.h - texts become vectors, of unit length where they are compared by
 * cosine: what embed and the commands that compare meanings share.
 */
#ifndef CLI_VECTORS_VECTORS_H
#define CLI_VECTORS_VECTORS_H

#include "cli/stream/stream.h"

/* The first member of such a command's struct. */
struct vectors {
    struct session session; /* first */
    struct berth_embed_options options;
    int layer;   /* as berth_forward() wants it */
    size_t size; /* numbers of a vector */
    float most;  /* largest number in a vector that can be compared */
};

/* vectors_fit - the fit() of commands that compare: vectors as the model's
 * similarity wants them. */
bool vectors_fit(void *self);

/* vectors_are_dense - false after a message: the model makes sparse ones. */
bool vectors_are_dense(const struct session *s);

/* vectors_use_document_prompt - texts are what is searched, not what is
 * compared: the prompt and the limit that the model has for those. */
void vectors_use_document_prompt(struct vectors *v);

/* vectors_use_query_prompt - texts are what is searched for: the prompt and the
 * limit for those; longer ones are cut. */
void vectors_use_query_prompt(struct vectors *v);

/* vectors_threshold - *threshold as given, NaN where it was not: then usual, or
 * NaN where none is. False after a message: a wrong option. */
bool vectors_threshold(const struct vectors *v, double usual,
                       double *threshold);

/* vectors_reach - whether a score is at least the threshold, or less by no more
 * than its own rounding: the cosine of equal vectors may be 0.9999999. */
bool vectors_reach(float score, double threshold);

/* vectors_of_query - the vector of a text that is searched for: (size), owned,
 * free(). NULL after one message; a text without words is a wrong option. */
float *vectors_of_query(struct vectors *v, const char *text);

/* vectors_ops - from text to vectors; what is printed is the command's. Its
 * struct is self of stream_run(). */
struct stream_ops vectors_ops(const struct vectors *v);

/* vectors_prepare, vectors_finish - of vectors_ops(): the vector of an item is
 * item->results[0] then, whatever windows it had. One of a text without words
 * (item->wordless) is only what the model makes of nothing. */
bool vectors_prepare(void *self, struct item *item,
                     struct berth_tokens *tokens);
bool vectors_finish(void *self, struct item *item);

/* vectors_merge - of windows begin ... end - 1 of an item the one vector, in
 * place of the first's. False when memory is out. */
bool vectors_merge(const struct vectors *v, const struct item *item,
                   size_t begin, size_t end);

#endif
