/*
 * gguf_model.h - a GGUF file of llama.cpp as the folder of Hugging Face's that
 * it was made from. For the gguf*.c of this folder and the tables that name
 * them.
 */
#ifndef MODELS_FILES_GGUF_MODEL_H
#define MODELS_FILES_GGUF_MODEL_H

#include "models/files/gguf.h"

/* A tensor, without ".weight" and ".bias"; * is the layer. A list of them ends
 * with an empty one. */
struct berth_gguf_name {
    const char *name;
    const char *hf;    /* NULL: nothing that is read, as a head */
    const char *below; /* a tensor that follows, whose rows belong to hf, too;
                          or none */
};

/* A key of config.json. A list of them ends with an empty one. */
struct berth_gguf_key {
    const char *key; /* after "ARCHITECTURE." */
    const char *hf;
    bool whole;    /* an integer */
    bool required; /* no default stands in for it */
};

/* An architecture is a constant table: what llama.cpp calls what. */
struct berth_gguf_architecture {
    const char *name;
    const char *model_type;
    const struct berth_gguf_name *names;
    const struct berth_gguf_key *keys;
    const char *more[2]; /* a key of config.json and its text; or none */
    bool types;          /* config.json has type_vocab_size */
};

/* berth_gguf_architecture - which one a file is of. Errors: BERTH_ERR_FORMAT;
 * BERTH_ERR_UNSUPPORTED names it. */
enum berth_status
berth_gguf_architecture(const struct berth_gguf *file,
                        const struct berth_gguf_architecture **out,
                        struct berth_error *err);

/*
 * berth_gguf_find_file - whether a folder is a GGUF file: the one that was
 * named, or the only weights that it has.
 *
 *   name  out: the file, owned: free(); NULL: it is not
 *
 * Errors: BERTH_ERR_UNSUPPORTED lists several; BERTH_ERR_IO, _MEMORY.
 */
enum berth_status berth_gguf_find_file(const struct berth_folder *folder,
                                       char **name, struct berth_error *err);

/* berth_gguf_offer - leaves that file of the folder, and what is made of it:
 * config.json, tokenizer.json, tokenizer_config.json and, where the file says
 * how to pool, modules.json. Errors: BERTH_ERR_FORMAT, _UNSUPPORTED, _IO,
 * _MEMORY. */
enum berth_status berth_gguf_offer(struct berth_folder *folder,
                                   const char *name, struct berth_error *err);

/* berth_gguf_is_named - whether a folder was opened or left as a GGUF file, by
 * its name or its first bytes. Cannot fail. */
bool berth_gguf_is_named(const struct berth_folder *folder);

/* berth_gguf_weights - the tensors, as Hugging Face has them. */
berth_weight_reader berth_gguf_weights;

/* berth_gguf_config - config.json; out is owned: json_decref(). Errors:
 * BERTH_ERR_FORMAT, _UNSUPPORTED, _MEMORY. */
enum berth_status berth_gguf_config(const struct berth_gguf *file, json_t **out,
                                    struct berth_error *err);

/*
 * berth_gguf_tokenizer - tokenizer.json and tokenizer_config.json.
 *
 *   text, size  out: tokenizer.json, owned: free()
 *   config      out: owned: json_decref()
 *
 * Errors: BERTH_ERR_FORMAT, _UNSUPPORTED, _MEMORY.
 */
enum berth_status berth_gguf_tokenizer(const struct berth_gguf *file,
                                       char **text, size_t *size,
                                       json_t **config,
                                       struct berth_error *err);

#endif
