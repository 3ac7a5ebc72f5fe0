/*
 * tap.h - what berth_attend() keeps of a layer on the way through it.
 */
#ifndef MODELS_ENCODER_TAP_H
#define MODELS_ENCODER_TAP_H

#include "models/encoder/context.h"

/* What berth_attend() keeps of a layer; the batch then is one sequence. */
struct berth_tap {
    enum berth_attention_part part;
    const size_t *heads; /* (n_heads) */
    size_t n_heads;
    float *out; /* (n_heads, T, T), (n_heads, T, D) or (T, width) */
};

/* berth_part_is_square - whether a part has a number for each query and key. */
static inline bool berth_part_is_square(enum berth_attention_part part)
{
    return part == BERTH_ATTENTION_WEIGHTS || part == BERTH_ATTENTION_SCORES ||
           part == BERTH_ATTENTION_NORMS;
}

/*
 * berth_tap_rows - keeps rows x (N, width), ldx floats between rows, where the
 * tap wants this part; tap may be NULL.
 */
void berth_tap_rows(const struct berth_context *ctx,
                    const struct berth_tap *tap, enum berth_attention_part part,
                    const float *x, size_t width, size_t ldx);

/*
 * berth_tap_norms - where the tap wants norms, multiplies the weights in it by
 * |f(x)| of their keys. Reads V in ctx->wide; overwrites ctx->attended and
 * ctx->projected.
 */
void berth_tap_norms(struct berth_context *ctx, const struct berth_layer *layer,
                     const struct berth_tap *tap);

#endif
