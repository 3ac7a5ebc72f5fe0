/*
 * classify.h - labels of texts, and what they are scored by.
 */
#ifndef CLI_LABELS_CLASSIFY_H
#define CLI_LABELS_CLASSIFY_H

#include "cli/labels/zero_shot.h"
#include "cli/stream/stream.h"

enum scoring {
    SCORING_MODEL = -1, /* as the model says */
    SCORING_SOFTMAX,
    SCORING_SIGMOID,
    SCORING_NONE /* the logits themselves */
};

struct classify {
    struct session session;
    size_t top_k; /* 0: all */
    bool wide;
    int scoring; /* enum scoring */
    struct zero_shot zero;

    /* What there is to choose from. */
    const char *const *labels; /* (n) */
    size_t n;
    size_t n_printed; /* of a record */
};

/* item->extra: what finish() finds. */
struct ranking {
    const float *logits; /* (n) of each label */
    const float *scores; /* (n) */
    const int32_t *best; /* (n_printed) their numbers, the best first */
};

/* classify_columns - those of a row; NULL: classify_header() writes them. */
const struct column *classify_columns(const struct classify *self);

/* ops of struct stream_ops. */
void classify_header(void *self, struct output *out);
void classify_print(void *self, const struct item *item, struct output *out);
void classify_print_failed(void *self, const struct item *item,
                           struct output *out);

#endif
