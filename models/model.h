/*
 * model.h - a model that was opened, and the workspace to run it in.
 */
#ifndef MODELS_MODEL_H
#define MODELS_MODEL_H

#include "lib/pool.h"
#include "lib/settings.h"
#include "models/families/weights.h"
#include "models/sentence/sentence.h"

struct berth_tokenizer;

/* Immutable after berth_model_open(). */
struct berth_model {
    char *path;
    struct berth_config config;
    struct berth_sentence sentence;
    struct berth_tokenizer *tokenizer;
    struct berth_settings settings;
    struct berth_kernels kernels;
    enum berth_part part;
    struct berth_tensor_set *tensors; /* NULL: tokenizer only */
    struct berth_weights weights;
    struct berth_model_facts facts;
    bool hides_types; /* every token is of type 0 */
};

/* berth_model_has_row - whether the encoder knows an id. Without one there is
 * nothing to miss. Cannot fail. */
bool berth_model_has_row(const struct berth_model *model, int32_t id);

/* berth_model_types - token types 0 ... n - 1 are taken; DistilBERT does not
 * look at them, nor any model whose tokenizer hides them. */
static inline size_t berth_model_types(const struct berth_model *model)
{
    if (model->hides_types)
        return SIZE_MAX;
    return model->config.type_vocab_size > 0 ? model->config.type_vocab_size
                                             : 2;
}

/* A sequence of the present batch: rows start .. start + n_tokens - 1. */
struct berth_sequence_rows {
    size_t start;
    size_t n_tokens;
    size_t n_real; /* keys at n_real and behind are masked */
    size_t n_skip;
    const bool *hidden; /* (n_tokens) borrowed during the call, or NULL */
};

/*
 * Activations of a batch of N tokens, and the threads that compute them. Every
 * array is a piece of the arena.
 */
struct berth_context {
    const struct berth_model *model;
    struct berth_pool *pool;
    struct berth_arena arena;
    size_t max_tokens;   /* N the arena has room for */
    size_t max_sequence; /* and the longest sequence */

    struct berth_sequence_rows *sequences; /* grown with realloc */
    size_t n_sequences;
    size_t max_sequences;
    size_t n_tokens;
    size_t first_row; /* of a part: which row of the whole is its row 0 */

    float *hidden;    /* (N, C) the state between layers */
    float *attended;  /* (N, C) context of all heads */
    float *projected; /* (N, C) what is added to hidden */
    float *wide;      /* (N, wide_ld) queries, keys, values; or the inside of
                         the feed-forward */
    size_t wide_ld;
    struct berth_linear_tools tools; /* for berth_linear_apply() */
    float *scratch; /* (threads, scratch_size): models/encoder/attention.c */
    size_t scratch_size;
    bool *hidden_heads; /* (L, H), or NULL: none */

    struct berth_arena heads; /* masked-LM head: grown when larger */
};

#endif
