/*
 * positions.h - what tells attention where a token is, in families that have no
 * row of a table for it, or something beside it.
 */
#ifndef MODELS_ENCODER_POSITIONS_H
#define MODELS_ENCODER_POSITIONS_H

#include "models/encoder/context.h"

/* berth_positions_fill - ctx->rotations and ctx->distances, where the model has
 * them, for n tokens, at most ctx->max_sequence: no more than the longest text
 * so far needs. */
void berth_positions_fill(struct berth_context *ctx, size_t n);

/*
 * berth_positions_rotate - turns the queries and keys of a layer in ctx->wide:
 * of a head of D numbers j and j + D / 2 are a pair, turned by position *
 * theta^(-2j / D). Nothing to do where the model has no rotations.
 *
 * Threads: split over sequences.
 * Source: Su et al. 2021, equation 34 (arXiv:2104.09864); apply_rotary_pos_emb
 * of transformers, which takes the numbers in float32.
 */
void berth_positions_rotate(struct berth_context *ctx, size_t layer);

/* berth_positions_distances - what a head adds to its scores: [k - q] for the
 * key at k and the query at q. NULL: nothing. */
const float *berth_positions_distances(const struct berth_context *ctx,
                                       size_t head);

#endif
