/*
 * encoder.h - a batch through the layers of the Transformer encoder.
 */
#ifndef MODELS_ENCODER_ENCODER_H
#define MODELS_ENCODER_ENCODER_H

#include "models/encoder/tap.h"

/*
 * berth_encoder_layers - layers first .. end - 1 over the batch in ctx->hidden.
 *
 *   tap  keeps attention of one layer; NULL: none
 */
void berth_encoder_layers(struct berth_context *ctx, size_t first, size_t end,
                          const struct berth_tap *tap);

/* berth_encoder_start - lays a batch out and embeds it: hidden state 0.
 * Errors: those of berth_forward(). */
enum berth_status berth_encoder_start(struct berth_context *ctx,
                                      const struct berth_sequence *sequences,
                                      size_t n, struct berth_error *err);

#endif
