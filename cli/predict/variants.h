/*
 * variants.h - many copies of texts, each with other tokens masked, computed in
 * batches: what the model says at some places of each.
 *
 * Both pseudo-log-likelihoods and the joint filling of masks ask the model
 * about many variants of one text. They are collected here and run when the
 * batch is full; the answers come back one by one, in order.
 */
#ifndef CLI_PREDICT_VARIANTS_H
#define CLI_PREDICT_VARIANTS_H

#include "cli/frame/session.h"

/* What the model said at a place: logits (V), which may be overwritten, and the
 * logarithm of the sum of their exponentials: a logit less that is the
 * logarithm of a probability. tag is what masked_ask() was given. */
typedef enum berth_status masked_answer(void *self, void *tag, float *logits,
                                        double log_sum,
                                        struct berth_error *err);

/* Private, except answer, which is set before the first masked_flush(). */
struct masked {
    const struct session *session; /* borrowed */
    masked_answer *answer;
    void *self;

    int32_t *ids; /* (room) of all sequences, one after another */
    struct berth_sequence *sequences; /* (room) */
    size_t n_sequences;
    size_t n_tokens;
    size_t room;
    struct berth_place *places; /* (room) */
    void **tags;                /* (room) */
    size_t n_places;
    float *logits;
};

/* masked_init - for an open session, with a context; self is for answer(). */
void masked_init(struct masked *m, const struct session *session, void *self);

/*
 * masked_add - a sequence of its own.
 *
 *   sequence  its ids may go away after the call; the rest that it points to is
 *             borrowed until masked_flush()
 *   out       a copy of the ids, to be changed until the next call here
 *
 * Runs what was collected before when this does not fit beside it.
 */
enum berth_status masked_add(struct masked *m,
                             const struct berth_sequence *sequence,
                             int32_t **out, struct berth_error *err);

/* masked_ask - asks about a token of the sequence added last; at most once for
 * each token. */
void masked_ask(struct masked *m, size_t position, void *tag);

/* masked_flush - runs all that was collected. */
enum berth_status masked_flush(struct masked *m, struct berth_error *err);

void masked_free(struct masked *m);

#endif
