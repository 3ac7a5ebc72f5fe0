/*
 * weights.h - the tensors of a model under the names of the code, checked
 * against config.json and packed for the kernels.
 */
#ifndef MODELS_FAMILIES_WEIGHTS_H
#define MODELS_FAMILIES_WEIGHTS_H

#include "lib/arena.h"
#include "models/families/config.h"
#include "models/files/tensor_set.h"
#include "models/linear/linear.h"

struct berth_norm {
    const float *weight; /* (C), old name gamma */
    const float *bias;   /* (C), old name beta */
};

struct berth_layer {
    struct berth_linear qkv; /* C -> 3C: queries, keys, values of all heads */
    struct berth_linear attention_output; /* C -> C */
    struct berth_norm attention_norm;
    struct berth_linear intermediate; /* C -> F */
    struct berth_linear output;       /* F -> C */
    struct berth_norm output_norm;
};

struct berth_masked_lm {
    struct berth_linear transform; /* C -> C */
    struct berth_norm norm;
    struct berth_linear decoder; /* C -> V */
};

struct berth_weights {
    const struct berth_tensor *words;     /* (V, C), as stored */
    const struct berth_tensor *positions; /* (P, C), as stored */
    const float *types; /* (n types, C), NULL for DistilBERT */
    struct berth_norm embeddings_norm;
    struct berth_layer *layers; /* (L) */
    bool has_masked_lm;         /* masked_lm was loaded */
    struct berth_masked_lm masked_lm;
    enum berth_precision precision; /* what words must be rounded to */
    struct berth_arena arena;       /* owns the small ones */
    struct berth_arena packed;      /* owns the panels, once packed */
};

/*
 * berth_weights_load - finds a model's tensors; nothing large is copied.
 *
 *   set        borrowed as long as the weights live
 *   masked_lm  also load that head; a folder without it is
 *              BERTH_ERR_UNSUPPORTED
 *   out        owned: berth_weights_free()
 *
 * Names with and without "bert." or "distilbert.", LayerNorm.gamma and .beta.
 * Errors: BERTH_ERR_FORMAT (a tensor is missing or no float), BERTH_ERR_SHAPE,
 * BERTH_ERR_MEMORY; each names file, tensor, expected and found.
 */
enum berth_status berth_weights_load(const struct berth_tensor_set *set,
                                     const struct berth_config *config,
                                     const struct berth_kernels *kernels,
                                     enum berth_precision precision,
                                     bool masked_lm, struct berth_weights *out,
                                     struct berth_error *err);

/* berth_weights_room - floats that a thread needs to make any panel. */
size_t berth_weights_room(const struct berth_config *config,
                          const struct berth_kernels *kernels);

/*
 * berth_weights_pack - packs all linear layers, and lets the system take back
 * the pages of the file they came from. Packed already: does nothing.
 * Errors: BERTH_ERR_MEMORY; the weights are as they were.
 */
enum berth_status berth_weights_pack(struct berth_weights *weights,
                                     const struct berth_config *config,
                                     const struct berth_kernels *kernels,
                                     struct berth_pool *pool,
                                     struct berth_error *err);

void berth_weights_free(struct berth_weights *weights);

/* berth_weights_has_masked_lm - whether the folder holds that head. */
bool berth_weights_has_masked_lm(const struct berth_tensor_set *set);

#endif
