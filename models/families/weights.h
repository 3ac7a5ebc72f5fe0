/*
 * weights.h - the tensors of a model under the names of the code, checked
 * against config.json.
 */
#ifndef MODELS_FAMILIES_WEIGHTS_H
#define MODELS_FAMILIES_WEIGHTS_H

#include "lib/arena.h"
#include "models/families/config.h"
#include "models/files/tensor_set.h"
#include "models/linear/chain.h"

/* What layers with bottlenecks have more; A is the size inside, of all queries
 * of a token. */
struct berth_bottleneck {
    struct berth_linear input, attention; /* C -> A */
    struct berth_norm input_norm, attention_norm;
    struct berth_linear values; /* C -> A */
    struct {
        struct berth_linear up, down; /* A -> F -> A */
        struct berth_norm after;
    } more[BERTH_FORWARDS_MAX - 1]; /* feed-forwards before the last */
    struct berth_linear output;     /* A -> C */
    struct berth_norm output_norm;
};

/* In the order of computing; F is the inside of the feed-forward. A family has
 * the norms before or those after, and there is none where n is 0. */
struct berth_layer {
    struct berth_norm attention_before;
    struct berth_linear
        qkv; /* C -> C + 2K: queries, keys, values of all heads */
    /* Of distances, C -> C, where the family adds their products to the scores;
     * never packed. */
    struct berth_linear distance_keys, distance_queries;
    struct berth_linear attention_output; /* C -> C */
    struct berth_norm attention_after;    /* of that and the layer's input */
    struct berth_norm forward_before;
    struct berth_linear up;          /* C -> F, or 2F with a gate */
    struct berth_linear down;        /* F -> C */
    struct berth_norm forward_after; /* of that and its input */
    struct berth_bottleneck bottleneck;
};

/* E is the size of embeddings, C unless there is a projection. */
struct berth_weights {
    const struct berth_tensor *tokens;    /* (V, E), as stored */
    const struct berth_tensor *positions; /* (P, E), as stored, or NULL */
    const float *types;                   /* (N, E), or NULL */
    struct berth_norm embeddings_norm;    /* before the projection */
    struct berth_linear projection;       /* E -> C; n_out 0: there is none */
    struct berth_norm projected_norm;     /* after it */
    const float *distance_buckets;        /* (buckets, H), or NULL */
    const struct berth_tensor *distances; /* (2 span, C), as stored, or NULL */
    struct berth_norm distances_norm;
    /* Of layer 0's input, C by K -> C, and of its sum with the output. */
    struct berth_linear convolution;
    struct berth_norm convolution_norm;
    struct berth_layer *layers;     /* (berth_config_layers()) */
    struct berth_norm final_norm;   /* of the last layer's output */
    struct berth_chain head;        /* C -> n_out; empty: none was loaded */
    enum berth_precision precision; /* what stored ones are rounded to */
    struct berth_arena arena;       /* owns the small ones */
};

/*
 * berth_weights_load - finds a model's tensors by the table of its family;
 * nothing large is copied.
 *
 *   set     borrowed as long as the weights live
 *   prefix  of the encoder's tensors: berth_weights_prefix()
 *   head    also load this one, whose tensors are there; NULL: none
 *   out     all zero; owned: berth_weights_free(), after a failure too
 *
 * Names with LayerNorm.gamma and .beta, too. Errors: BERTH_ERR_FORMAT (a tensor
 * is missing or no float), BERTH_ERR_SHAPE, BERTH_ERR_MEMORY; each names file,
 * tensor, expected and found.
 */
enum berth_status berth_weights_load(
    const struct berth_tensor_set *set, const struct berth_config *config,
    const struct berth_kernels *kernels, enum berth_precision precision,
    const char *prefix, const struct berth_head_row *head,
    struct berth_weights *out, struct berth_error *err);

/* berth_weights_prefix - of the names of the encoder's tensors: BertModel saves
 * "embeddings...", BertForMaskedLM "bert.embeddings...". */
const char *berth_weights_prefix(const struct berth_tensor_set *set,
                                 const struct berth_config *config);

/* berth_weights_linears - all linear layers, into list; NULL: how many there
 * are. */
size_t berth_weights_linears(struct berth_weights *weights,
                             const struct berth_config *config,
                             struct berth_linear **list);

void berth_weights_free(struct berth_weights *weights);

#endif
