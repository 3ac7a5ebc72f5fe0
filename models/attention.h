/*
 * attention.h - self-attention of one layer, over a batch.
 */
#ifndef BERTH_ATTENTION_H
#define BERTH_ATTENTION_H

#include "models/model.h"

/* What berth_attend() keeps of a layer; the batch then is one sequence. */
struct berth_attention_tap {
    enum berth_attention_part part;
    const size_t *heads; /* (n_heads) */
    size_t n_heads;
    float *out; /* (n_heads, T, T) or (n_heads, T, D) */
};

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
 * with keys at n_real and behind left out of the sums.
 *
 *   ctx->wide      (N, wide_ld) in   columns 0 .. 3C - 1: Q, K, V, each of
 *                                    (H, D)
 *   ctx->attended  (N, C)       out
 *   tap            what to keep; NULL: nothing
 *
 * Cannot fail. Threads: splits over sequences and heads.
 * Source: Vaswani et al. 2017, equation 1 (arXiv:1706.03762); eager attention
 * of transformers, modeling_bert.py. That code adds the lowest float to masked
 * scores, whose weights then are 0: leaving them out gives the same sums.
 */
void berth_attention(struct berth_context *ctx,
                     const struct berth_attention_tap *tap);

#endif
