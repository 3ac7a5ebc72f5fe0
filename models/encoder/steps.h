/*
 * steps.h - the steps of the encoder beside attention, each over all rows of
 * a batch.
 */
#ifndef MODELS_ENCODER_STEPS_H
#define MODELS_ENCODER_STEPS_H

#include "models/encoder/context.h"

/*
 * berth_embeddings - hidden = LayerNorm(word + type + position).
 *
 *   sequences  (ctx->n_sequences) as laid out in ctx->sequences; ids and types
 *              were checked
 */
void berth_embeddings(struct berth_context *ctx,
                      const struct berth_sequence *sequences);

/* berth_feed_forward - projected = W2 f(W1 hidden + b1) + b2. */
void berth_feed_forward(struct berth_context *ctx,
                        const struct berth_layer *layer);

#endif
