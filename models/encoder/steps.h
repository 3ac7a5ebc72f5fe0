/*
 * steps.h - the steps of the encoder beside attention, each over all rows of
 * a batch.
 */
#ifndef MODELS_ENCODER_STEPS_H
#define MODELS_ENCODER_STEPS_H

#include "models/encoder/tap.h"

/*
 * berth_embeddings - hidden = LayerNorm(word + type + position), projected
 * where embeddings have a size of their own.
 *
 *   sequences  (ctx->n_sequences) as laid out in ctx->sequences; ids and types
 *              were checked
 */
void berth_embeddings(struct berth_context *ctx,
                      const struct berth_sequence *sequences);

/*
 * berth_feed_forward - projected = W2 f(W1 x + b1) + b2; with a gate, one half
 * of W1 x + b1 goes through f and is multiplied with the other. ctx->wide then
 * begins with what W2 was given.
 *
 *   x  (N, C)  ctx->hidden, or ctx->attended
 */
void berth_feed_forward(struct berth_context *ctx,
                        const struct berth_layer *layer, const float *x);

/*
 * berth_bottleneck_layer - layer `number` of a family that has bottlenecks, but
 * for the tap of its output.
 */
void berth_bottleneck_layer(struct berth_context *ctx,
                            const struct berth_layer *layer, size_t number,
                            const struct berth_tap *tap);

#endif
