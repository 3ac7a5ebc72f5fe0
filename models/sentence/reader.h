/*
 * reader.h - reading the files of a sentence-transformers folder: what
 * their readers share. Between the files of this folder.
 */
#ifndef MODELS_SENTENCE_READER_H
#define MODELS_SENTENCE_READER_H

#include "lib/json.h"
#include "models/sentence/sentence.h"

enum {
    BERTH_SENTENCE_NAME = 256, /* a file's name in its folder, terminated */
    BERTH_SENTENCE_FILE = 320  /* the same as messages give it */
};

/* An entry of modules.json; strings live as long as its JSON. */
struct berth_sentence_entry {
    const char *type, *name;        /* NULL: not given */
    char path[BERTH_SENTENCE_NAME]; /* "" is the folder itself */
};

/* What config.json of a module says. */
struct berth_module {
    size_t n_in, n_out;
    enum berth_function function; /* of a Dense */
    bool has_bias;
};

/* What the reading functions share; everything is borrowed. */
struct berth_sentence_reader {
    const struct berth_folder *folder;
    const char *file;     /* the present file, for messages */
    const char *name;     /* and for settings */
    const char *within;   /* keys above object: "", "processing_kwargs." */
    const json_t *object; /* that has the present key */
    const char *key;
    const struct berth_kernels *kernels; /* NULL: sizes only */
    enum berth_precision precision;
    size_t hidden_size;
    struct berth_settings *settings;
    struct berth_sentence *sentence; /* out */
    struct berth_module *module;     /* out: the one that its file is of */
    struct berth_sentence_entry *entry;
    struct berth_error *err;
};

/* Reads the present key. It is there; null counts as absent. */
typedef enum berth_status
berth_sentence_read_key(const struct berth_sentence_reader *r);

/* berth_sentence_keep - adds a setting. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_sentence_keep(const struct berth_sentence_reader *r,
                                      const char *key, const char *source,
                                      const char *value);

/* berth_sentence_get_flag - the present key, read as Python tests a condition:
 * 0 and 1 are accepted, and null is false. */
enum berth_status berth_sentence_get_flag(const struct berth_sentence_reader *r,
                                          bool *out);

/* berth_sentence_refuse - BERTH_ERR_UNSUPPORTED for the present key; advice is
 * what to do, NULL: take it out. */
enum berth_status berth_sentence_refuse(const struct berth_sentence_reader *r,
                                        const char *advice);

/* berth_sentence_in - "path/name", or name where path is empty, in buf of
 * BERTH_SENTENCE_NAME. Errors: BERTH_ERR_FORMAT (too long). */
enum berth_status berth_sentence_in(const struct berth_sentence_reader *r,
                                    const char *path, const char *name,
                                    char *buf);

/*
 * berth_sentence_module - a module of this class from the sub-folder path:
 * Pooling, SpladePooling, Dense, LayerNorm, Normalize or Dropout (which does
 * nothing here).
 *
 * Errors: as berth_sentence_read_modules().
 */
enum berth_status berth_sentence_module(const struct berth_sentence_reader *r,
                                        const char *class, const char *path);

/* berth_sentence_has_weights - whether a class that we have has tensors. Cannot
 * fail. */
bool berth_sentence_has_weights(const char *class);

/* berth_sentence_knows - whether a class is one we have: Transformer, or one
 * that berth_sentence_module() reads. Cannot fail. */
bool berth_sentence_knows(const char *class);

/* The readers of single keys, which keys.c lists. */
berth_sentence_read_key
    /* modules.json: sentence.c */
    berth_sentence_key_type,
    berth_sentence_key_name, berth_sentence_key_path,
    /* sentence_bert_config.json: encoder.c */
    berth_sentence_key_max_seq_length, berth_sentence_key_do_lower_case,
    berth_sentence_key_task, berth_sentence_key_modalities,
    berth_sentence_key_text_modality, berth_sentence_key_output_name,
    berth_sentence_key_processing, berth_sentence_key_processing_part,
    berth_sentence_key_model_args, berth_sentence_key_tokenizer_args,
    berth_sentence_key_config_args, berth_sentence_key_query_length,
    berth_sentence_key_document_length, berth_sentence_key_max_length,
    berth_sentence_key_truncation, berth_sentence_key_add_special,
    berth_sentence_key_model_max_length, berth_sentence_key_tokenizer_arg,
    berth_sentence_key_config_arg,
    /* config_sentence_transformers.json: prompts.c */
    berth_sentence_key_model_type, berth_sentence_key_scores,
    berth_sentence_key_prompts, berth_sentence_key_default_prompt,
    berth_sentence_key_similarity, berth_sentence_key_threshold,
    berth_sentence_key_truncate_dim,
    /* modules: module.c */
    berth_sentence_key_pooling_mode, berth_sentence_key_old_mode,
    berth_sentence_key_include_prompt, berth_sentence_key_sparse_strategy,
    berth_sentence_key_sparse_activation, berth_sentence_key_in_features,
    berth_sentence_key_out_features, berth_sentence_key_bias,
    berth_sentence_key_activation, berth_sentence_key_feature_name,
    berth_sentence_key_residual;

#endif
