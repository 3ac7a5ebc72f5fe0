/*
 * disentangled.h - DeBERTa's attention to distances. To the product of a query
 * and a key come that of the query with the key of their distance, and that of
 * the key with the query of their distance:
 *
 *     q.k + q.pk[r] + k.pq[r],  r the query's position less the key's
 *
 * Source: He et al. 2021, arXiv:2006.03654, equation 4;
 * DisentangledSelfAttention of transformers, modeling_deberta_v2.py.
 */
#ifndef MODELS_ENCODER_DISENTANGLED_H
#define MODELS_ENCODER_DISENTANGLED_H

#include "models/encoder/context.h"

/* berth_disentangled_rows - how many queries attention takes at a time. */
size_t berth_disentangled_rows(const struct berth_kernels *kernels);

/* berth_disentangled_columns - how many distances the tables have for texts of
 * up to reach tokens. */
size_t berth_disentangled_columns(const struct berth_kernels *kernels,
                                  size_t reach);

/* berth_disentangled_room - floats of scratch memory for a text of T tokens. */
size_t berth_disentangled_room(const struct berth_kernels *kernels, size_t T);

/*
 * berth_disentangled_fill - pk and pq of all layers, for texts of up to longest
 * tokens; nothing to do where they are there, or the model has none.
 *
 * Each layer's are constants of the model, from its weights in float. What a
 * distance has does not depend on longest. Threads: split over panels.
 */
void berth_disentangled_fill(struct berth_context *ctx, size_t longest);

/* Of one head. */
struct berth_disentangled {
    const float *keys, *queries; /* pk, pq in panels; NULL: not added */
    size_t columns;              /* of each */
};

/* berth_disentangled_of - a head's tables; none where the model has none.
 * layer: as berth_config_layer() says. */
struct berth_disentangled berth_disentangled_of(const struct berth_context *ctx,
                                                size_t layer, size_t head);

/* The scores of m queries from first on, with all keys. */
struct berth_score_block {
    const struct berth_kernels *kernels;
    const float *q, *k; /* (T, D), ld floats between rows */
    size_t ld, T, D;
    size_t first, m; /* first a multiple of berth_disentangled_rows() */
    size_t n_keys;
    float scale;
    float *scores; /* (m, n_keys), scores_ld floats between rows */
    size_t scores_ld;
    float *room; /* berth_disentangled_room() floats, 64-byte aligned */
};

/* berth_disentangled_add - adds both products, times scale. */
void berth_disentangled_add(const struct berth_disentangled *tables,
                            const struct berth_score_block *b);

#endif
