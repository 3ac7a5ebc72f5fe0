/*
 * attention.h - self-attention of one layer, over a batch.
 */
#ifndef MODELS_ENCODER_ATTENTION_H
#define MODELS_ENCODER_ATTENTION_H

#include "models/model.h"

/* What berth_attend() keeps of a layer; the batch then is one sequence. */
struct berth_attention_tap {
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
 * with keys at n_real and behind left out of the sums; hidden keys have weight
 * 0, and so have all keys of a hidden head.
 *
 *   ctx->wide      (N, wide_ld) in   columns 0 .. 3C - 1: Q, K, V, each of
 *                                    (H, D)
 *   ctx->attended  (N, C)       out
 *   cut            (H) the hidden heads of this layer; NULL: none
 *   tap            what to keep; NULL: nothing. Norms begin as weights
 *
 * Cannot fail. Threads: splits over sequences and heads.
 * Source: Vaswani et al. 2017, equation 1 (arXiv:1706.03762); eager attention
 * of transformers, modeling_bert.py. That code adds the lowest float to masked
 * scores, whose weights then are 0: leaving them out gives the same sums.
 */
void berth_attention(struct berth_context *ctx, const bool *cut,
                     const struct berth_attention_tap *tap);

#endif
