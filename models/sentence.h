/*
 * sentence.h - the sentence-transformers files of a folder: what happens to
 * hidden states after the encoder, prompts and the length limit.
 */
#ifndef BERTH_SENTENCE_H
#define BERTH_SENTENCE_H

#include "models/config.h"
#include "models/safetensors.h"

enum berth_module_kind {
    BERTH_MODULE_DENSE,
    BERTH_MODULE_LAYER_NORM,
    BERTH_MODULE_NORMALIZE
};

/* A module behind the pooling, in order. */
struct berth_module {
    enum berth_module_kind kind;
    size_t in_features, out_features; /* equal for all but Dense */
    enum berth_activation activation; /* Dense: IDENTITY, TANH, RELU, GELU */
    float *weight; /* Dense: (out, in); LayerNorm: (out); float32, owned */
    float *bias;   /* (out), or NULL */
};

struct berth_prompt {
    char *name, *text; /* owned */
};

enum {
    BERTH_POOLING_KINDS = 6,
    BERTH_MODULES_MAX = 16
};

struct berth_sentence {
    bool present;          /* modules.json is there */
    bool do_lower_case;    /* of sentence_bert_config.json */
    size_t max_seq_length; /* 0: not given */
    enum berth_pooling pooling[BERTH_POOLING_KINDS]; /* concatenated in order */
    size_t n_pooling; /* 0: the folder does not say */
    bool include_prompt;
    double similarity_threshold; /* where the folder does not say: 0.5 */
    struct berth_module modules[BERTH_MODULES_MAX];
    size_t n_modules;
    struct berth_prompt *prompts;
    size_t n_prompts;
    const struct berth_prompt *default_prompt; /* NULL: none */
};

/*
 * berth_sentence_read - reads the files; a folder without modules.json gives
 * present = false and is no error.
 *
 *   weights  false: sizes only, modules' weight and bias stay NULL
 *   out      owned: berth_sentence_free()
 *
 * Old and new class paths, old boolean pooling keys and the new pooling_mode
 * are understood; sizes are checked against one another and against the
 * tensors. Errors: BERTH_ERR_IO, _FORMAT, _SHAPE, _UNSUPPORTED (another module
 * or activation), _MEMORY.
 */
enum berth_status berth_sentence_read(const struct berth_folder *folder,
                                      const struct berth_config *config,
                                      bool weights,
                                      struct berth_settings *settings,
                                      struct berth_sentence *out,
                                      struct berth_error *err);

void berth_sentence_free(struct berth_sentence *sentence);

#endif
