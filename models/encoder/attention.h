/*
 * attention.h - self-attention of one layer, over a batch.
 */
#ifndef MODELS_ENCODER_ATTENTION_H
#define MODELS_ENCODER_ATTENTION_H

#include "models/encoder/tap.h"

/* berth_attention_scratch - floats that each thread needs for sequences of up
 * to longest tokens. */
size_t berth_attention_scratch(const struct berth_kernels *kernels,
                               const struct berth_config *config,
                               size_t longest);

/*
 * berth_attention - for each sequence and head:
 *
 *     P = softmax(Q K^T / sqrt(D)),  attended = P V
 *
 * with keys at n_real and after it left out of the sums; ignored keys have
 * weight 0, and so have all keys of a head that is cut. In a local layer keys
 * that are too far from a query are left out as well; where none is left, all
 * weights are 0.
 *
 *   ctx->wide      (N, wide_ld) in   Q (H, D), then K and V (key heads, D)
 *   ctx->attended  (N, C)       out
 *   layer          its number: whether it is local, and which heads are cut
 *   tap            what to keep; NULL: nothing. Norms begin as weights
 *
 * Cannot fail. Threads: splits over sequences and heads.
 * Source: Vaswani et al. 2017, equation 1 (arXiv:1706.03762); eager attention
 * of transformers, modeling_bert.py. That code adds the lowest float to masked
 * scores, whose weights then are 0: leaving them out gives the same sums.
 */
void berth_attention(struct berth_context *ctx, size_t layer,
                     const struct berth_tap *tap);

#endif
