/*
 * keys.h - which keys the files of a sentence-transformers folder may
 * have, and what is done with each.
 */
#ifndef MODELS_SENTENCE_KEYS_H
#define MODELS_SENTENCE_KEYS_H

#include "models/sentence/reader.h"

/* The objects that have keys. */
enum berth_sentence_object {
    BERTH_KEYS_ENTRY,      /* of modules.json */
    BERTH_KEYS_ENCODER,    /* sentence_bert_config.json */
    BERTH_KEYS_MODALITIES, /* its modality_config */
    BERTH_KEYS_PROCESSING, /* its processing_kwargs */
    BERTH_KEYS_CALL,       /* and of that, "text" and "common" */
    BERTH_KEYS_MODEL_ARGS,
    BERTH_KEYS_TOKENIZER_ARGS,
    BERTH_KEYS_CONFIG_ARGS,
    BERTH_KEYS_MAIN,    /* config_sentence_transformers.json */
    BERTH_KEYS_POOLING, /* config.json of a module */
    BERTH_KEYS_SPLADE,
    BERTH_KEYS_DENSE,
    BERTH_KEYS_LAYER_NORM,
    BERTH_KEYS_NORMALIZE,
    BERTH_KEYS_DROPOUT
};

/*
 * berth_sentence_read_keys - all keys of an object, in the order of the list.
 *
 *   within  keys above it, for messages: "" or "processing_kwargs."
 *
 * Errors: BERTH_ERR_UNSUPPORTED (a key that is not in the list, or one that is
 * there to be refused; both are named), and those of the readers.
 */
enum berth_status
berth_sentence_read_keys(const struct berth_sentence_reader *r,
                         enum berth_sentence_object kind, const char *within,
                         const json_t *object);

/*
 * berth_sentence_read_file - likewise all keys of a file.
 *
 *   name   in the folder; it need not be there
 *   found  out: it is there, and has a key
 *
 * Errors: BERTH_ERR_FORMAT (no object), those of berth_json_read_optional() and
 * of berth_sentence_read_keys().
 */
enum berth_status
berth_sentence_read_file(const struct berth_sentence_reader *r,
                         const char *name, enum berth_sentence_object kind,
                         bool *found);

#endif
