/*
 * model.h - a model that was opened.
 */
#ifndef MODELS_MODEL_H
#define MODELS_MODEL_H

#include "lib/settings.h"
#include "models/families/heads.h"
#include "models/families/weights.h"
#include "models/sentence/sentence.h"

struct berth_tokenizer;

/* Immutable after berth_model_open(). */
struct berth_model {
    char *path;
    struct berth_folder *folder; /* its files, for who writes it */
    struct berth_config config;
    struct berth_labels labels;
    struct berth_heads heads;
    struct berth_sentence sentence;
    struct berth_tokenizer *tokenizer;
    struct berth_settings settings;
    struct berth_kernels kernels;
    enum berth_part part;
    struct berth_tensor_set *tensors; /* NULL: tokenizer only */
    struct berth_weights weights;
    struct berth_linear **linears; /* (n_linears) all there are, owned */
    size_t n_linears;
    size_t room_size;          /* floats that a thread needs for any panel */
    struct berth_arena packed; /* owns the panels, once packed */
    struct berth_model_facts facts;
    bool hides_types; /* every token is of type 0 */
    bool has_weights; /* without tensors: but files of them are there */
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

#endif
