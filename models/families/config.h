/*
 * config.h - config.json of a BERT or DistilBERT, every field range-checked.
 */
#ifndef MODELS_FAMILIES_CONFIG_H
#define MODELS_FAMILIES_CONFIG_H

#include "lib/berth.h"
#include "lib/folder.h"
#include "lib/settings.h"

enum berth_family {
    BERTH_FAMILY_BERT,
    BERTH_FAMILY_DISTILBERT
};

enum berth_activation {
    BERTH_ACTIVATION_IDENTITY,
    BERTH_ACTIVATION_GELU,      /* x / 2 * (1 + erf(x / sqrt 2)) */
    BERTH_ACTIVATION_GELU_TANH, /* gelu_new, gelu_pytorch_tanh */
    BERTH_ACTIVATION_RELU,
    BERTH_ACTIVATION_TANH
};

/* Names as config.json of transformers 5 gives them; DistilBERT's dim, n_heads
 * ... are translated. */
struct berth_config {
    enum berth_family family;
    size_t vocab_size;
    size_t hidden_size;
    size_t num_hidden_layers;
    size_t num_attention_heads;
    size_t head_size; /* hidden_size / num_attention_heads */
    size_t intermediate_size;
    size_t max_position_embeddings;
    size_t type_vocab_size; /* 0 for DistilBERT */
    float layer_norm_eps;   /* DistilBERT: 1e-12 */
    enum berth_activation hidden_act;
    bool tie_word_embeddings;
};

/*
 * berth_config_read - config.json of folder.
 *
 * Errors: BERTH_ERR_IO, BERTH_ERR_FORMAT, BERTH_ERR_UNSUPPORTED (another
 * model_type, relative positions, a decoder, an activation we lack).
 */
enum berth_status berth_config_read(const struct berth_folder *folder,
                                    struct berth_settings *settings,
                                    struct berth_config *out,
                                    struct berth_error *err);

/* berth_config_read_with - the same, with keys set over those of the file, as
 * from_pretrained() of transformers takes them. */
enum berth_status berth_config_read_with(const struct berth_folder *folder,
                                         const struct berth_overlay *over,
                                         struct berth_settings *settings,
                                         struct berth_config *out,
                                         struct berth_error *err);

#endif
