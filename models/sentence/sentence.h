/*
 * sentence.h - the sentence-transformers files of a folder: what happens to
 * texts before the encoder and to hidden states after it.
 */
#ifndef MODELS_SENTENCE_SENTENCE_H
#define MODELS_SENTENCE_SENTENCE_H

#include "lib/arena.h"
#include "models/families/config.h"
#include "models/files/tensor_set.h"
#include "models/linear/chain.h"

struct json_t;

/* Where the numbers of a step are. */
struct berth_step_weights {
    struct berth_tensor_set *set; /* owned; NULL: it has none, or they were not
                                     asked for */
    struct berth_arena arena;     /* of what is read from it */
};

struct berth_prompt {
    char *name, *text; /* owned */
};

enum {
    BERTH_POOLING_KINDS = 6
};

/* Vectors as long as the vocabulary: SpladePooling of a SparseEncoder. */
struct berth_sparse_pooling {
    bool sum;   /* over tokens; else the largest */
    bool twice; /* log(1 + log(1 + x)) */
};

/* Arguments for the encoder's own files, by their keys. */
struct berth_sentence_args {
    struct json_t *config;    /* for config.json; owned; NULL: none */
    struct json_t *tokenizer; /* for tokenizer_config.json */
    char source[256];         /* the file that has them */
};

/* Lengths are in tokens; 0: not given, SIZE_MAX: no limit. */
struct berth_sentence {
    bool present; /* modules.json is there */
    char *path;   /* sub-folder of the encoder's files, owned; NULL: none */
    struct berth_sentence_args args;
    bool do_lower_case;    /* of sentence_bert_config.json */
    size_t max_seq_length; /* of the model */
    size_t max_length;     /* of every call: wins */
    size_t query_length, document_length;
    bool no_truncation;
    bool no_special; /* without [CLS] and [SEP] */

    enum berth_pooling pooling[BERTH_POOLING_KINDS]; /* concatenated in order */
    size_t n_pooling; /* 0: the folder does not say */
    bool include_prompt;
    bool sparse; /* in place of a Pooling there is */
    struct berth_sparse_pooling sparse_pooling;
    bool cross; /* a CrossEncoder: nothing is pooled, a head scores pairs */
    bool cross_said;          /* by its model_type */
    char *activation;         /* of its scores, owned; NULL: not given */
    struct berth_chain chain; /* Dense, LayerNorm, Normalize after it */
    struct berth_step_weights weights[BERTH_STEPS_MAX];

    size_t truncate_dim; /* 0: vectors stay whole */
    enum berth_similarity similarity;
    double similarity_threshold; /* NaN: the folder has none */
    struct berth_prompt *prompts;
    size_t n_prompts;
    const char *default_prompt; /* NULL: none */

    struct json_t *list; /* modules.json, owned: for the second step */
    struct berth_settings settings; /* of the first, for the second */
};

/*
 * berth_sentence_open - the first step: which modules there are, where the
 * encoder's files are, their settings and the prompts. A folder without
 * modules.json gives present = false and is no error.
 *
 *   out  owned: berth_sentence_free()
 *
 * Every key is honoured, known to change nothing, or refused by its name:
 * keys.c has the list. Errors: BERTH_ERR_IO, _FORMAT, _UNSUPPORTED
 * (another class, a key), _MEMORY.
 */
enum berth_status berth_sentence_open(const struct berth_folder *folder,
                                      struct berth_sentence *out,
                                      struct berth_error *err);

/*
 * berth_sentence_read_modules - the second step: the modules' own folders.
 *
 *   config    the encoder's
 *   kernels   to read weights with; NULL: sizes only
 *   precision  what weights are rounded to; what is 8 bits in the encoder is
 *              as stored here
 *   settings  those of both steps are appended
 *   s         in/out, from berth_sentence_open()
 *
 * Old and new class paths, old pooling flags and the new pooling_mode are
 * understood; sizes are checked against one another and against the tensors. A
 * second Pooling starts again from the tokens: the results of the modules
 * before it are dropped. Errors: BERTH_ERR_IO, _FORMAT, _SHAPE, _UNSUPPORTED,
 * _MEMORY.
 */
enum berth_status berth_sentence_read_modules(
    const struct berth_folder *folder, const struct berth_config *config,
    const struct berth_kernels *kernels, enum berth_precision precision,
    struct berth_settings *settings, struct berth_sentence *s,
    struct berth_error *err);

/*
 * berth_sentence_folder - the sub-folder of module i after the encoder.
 *
 *   path     out: of size bytes; "": the model's own folder
 *   weights  out: whether there are weights in it
 *
 * Returns false where there are not so many modules.
 */
bool berth_sentence_folder(const struct berth_sentence *sentence, size_t i,
                           char *path, size_t size, bool *weights);

/* berth_sentence_normalizes - whether the last module makes vectors of unit
 * length. Cannot fail. */
bool berth_sentence_normalizes(const struct berth_sentence *sentence);

/* berth_sentence_hash - goes on with a CRC-32 over what the modules do and the
 * files of their weights; the same number where there is none. Cannot fail. */
uint32_t berth_sentence_hash(const struct berth_sentence *sentence,
                             uint32_t hash);

/* berth_sentence_free - what a sentence owns; it is empty then. */
void berth_sentence_free(struct berth_sentence *sentence);

/* berth_sentence_drop_modules - no pooling and no modules, as before the second
 * step. */
void berth_sentence_drop_modules(struct berth_sentence *sentence);

#endif
