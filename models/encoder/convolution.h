/*
 * convolution.h - what a family adds to the output of layer 0: a convolution
 * over the tokens of its input. DeBERTa-v2 xlarge: ConvLayer of transformers,
 * modeling_deberta_v2.py.
 */
#ifndef MODELS_ENCODER_CONVOLUTION_H
#define MODELS_ENCODER_CONVOLUTION_H

#include "models/encoder/context.h"

/* berth_convolution_read - before layer 0: ctx->convolved = f(convolution of
 * ctx->hidden). Overwrites ctx->wide. Nothing to do where the model has none.
 * Threads: split over sequences, panels and rows. */
void berth_convolution_read(struct berth_context *ctx);

/* berth_convolution_add - after layer 0: hidden = norm(hidden + convolved). */
void berth_convolution_add(struct berth_context *ctx);

#endif
