/*
 * score.h - what computing and printing of score share.
 */
#ifndef CLI_PREDICT_SCORE_H
#define CLI_PREDICT_SCORE_H

#include "cli/predict/variants.h"
#include "cli/stream/stream.h"

struct score {
    struct session session; /* first */
    bool tokens;
    bool within_word;
    bool perplexity;
    bool choose;

    struct {
        struct masked masked;
    } compute;
};

/* item->results[window]: log p (n_tokens) of the window's tokens, NaN where a
 * token is not scored. */

/* score_is_special - tokens that are not scored: [CLS], [SEP], and special
 * tokens that the text has, such as [MASK]. */
bool score_is_special(const struct score *self, const struct item *item,
                      size_t i);

/* score_owns - whether token i of a window is counted there: of the tokens that
 * neighbouring windows share, each counts the half that is farther from its
 * edge. */
bool score_owns(const struct score *self, const struct item *item,
                size_t window, size_t i);

/* As struct stream_ops wants them. */
const struct column *score_columns(const struct score *self);
void score_print(void *arg, const struct item *item, struct output *out);

#endif
