/*
 * zero_shot.h - labels that a model was not trained with: each becomes a
 * hypothesis, and a head of natural language inference says whether the text
 * entails it (Yin et al. 2019, arXiv:1909.00161). As ZeroShotClassification of
 * transformers.
 */
#ifndef CLI_LABELS_ZERO_SHOT_H
#define CLI_LABELS_ZERO_SHOT_H

#include "cli/stream/stream.h"

/* A hypothesis as the model reads it. */
struct hypothesis {
    char *text;   /* owned */
    int32_t *ids; /* (n) owned, without special tokens */
    size_t n;
};

struct zero_shot {
    const char *list;     /* --labels; NULL: not given */
    const char *file;     /* --labels-from; NULL: not given */
    const char *template; /* with {} in it; NULL: the usual one */
    bool multi_label;     /* each label for itself */

    const char **labels;           /* (n) owned, as each of them */
    struct hypothesis *hypotheses; /* (n) owned */
    size_t n;
    size_t limit;                     /* tokens of a text with a hypothesis */
    size_t entailment, contradiction; /* logits of the head */
};

/* zero_shot_is_asked - whether labels were given. */
static inline bool zero_shot_is_asked(const struct zero_shot *z)
{
    return z->list != NULL || z->file != NULL;
}

/* zero_shot_clash - options that do not go together; NULL: all is well. */
const char *zero_shot_clash(const struct zero_shot *z, const struct shared *s);

/* zero_shot_read - the labels, before there is a model. False after one
 * message. */
bool zero_shot_read(struct zero_shot *z);

/* zero_shot_fit - what the model makes of them; s is limited already, and cuts
 * nothing from now on. False after one message. */
bool zero_shot_fit(struct zero_shot *z, struct session *s);

/* zero_shot_prepare - the windows of a text: one with each hypothesis, of which
 * the text alone is cut. False after item->record.error was set. */
bool zero_shot_prepare(const struct zero_shot *z, const struct session *s,
                       struct item *item, struct berth_tokens *tokens);

/*
 * zero_shot_score - of all labels.
 *
 *   item    with the logits of each window
 *   logits  out (n): of entailment
 *   scores  out (n): probabilities among the labels, or of entailment against
 *           contradiction where each is for itself
 */
void zero_shot_score(const struct zero_shot *z, const struct item *item,
                     float *logits, float *scores);

void zero_shot_free(struct zero_shot *z);

#endif
