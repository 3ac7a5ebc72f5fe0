/*
 * load.h - what the parts of opening a tokenizer share.
 */
#ifndef TOKENIZER_LOAD_LOAD_H
#define TOKENIZER_LOAD_LOAD_H

#include "lib/json.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/pipeline.h"

enum {
    BERTH_FILE_NAME_MAX = 320,
    BERTH_NAMED = 7,
    BERTH_NAMED_UNK = 2 /* "unk_token" */
};

/* "bos_token" and so on. */
extern const char *const berth_named_keys[BERTH_NAMED];

/* How a class of transformers makes a tokenizer of the files. */
struct berth_tokenizer_class {
    const char *name; /* with "Tokenizer" after it */
    bool as_is;       /* tokenizer.json says everything; else the vocabulary is
                         read, and the rules of tokenizer_config.json */
    bool slow_only;   /* with "Fast" after it, it is another class */
    bool hides_types; /* no "token_type_ids" in its model_input_names */
    const struct berth_class_defaults *defaults;
};

/* What a class has where the files are silent. */
struct berth_class_defaults {
    const char *tokens[BERTH_NAMED]; /* by berth_named_keys; NULL: none */
    struct berth_bert_rules rules; /* accents are stripped as lowercase says */
    const char *prefix;            /* of a token that continues a word */
    size_t max_chars;              /* of a word */
};

/* berth_load_class - by the class's name; NULL: its rules are not here. */
const struct berth_tokenizer_class *berth_load_class(const char *name);

/* One run of berth_tokenizer_open(). */
struct berth_loading {
    const struct berth_folder *folder;
    const struct berth_overlay *over;
    struct berth_settings *settings;
    struct berth_error *err;
    struct berth_tokenizer *tokenizer;
    const struct berth_tokenizer_class *class;
    bool extra_lowercase;
    bool has_file;  /* there is a tokenizer.json */
    json_t *config; /* tokenizer_config.json; an empty object without it */
    json_t *file;   /* tokenizer.json, its vocabulary cut out; NULL: none */
    json_t *map;    /* special_tokens_map.json; NULL: none, or not asked */
    char config_name[BERTH_FILE_NAME_MAX]; /* for messages */
    char file_name[BERTH_FILE_NAME_MAX];
    char map_name[BERTH_FILE_NAME_MAX];
    struct berth_bert_rules rules;  /* of the normalizer; in tokenizer.json: of
                                       its last step, as far as it is BERT's */
    bool has_bert;                  /* a BertNormalizer is in that step */
    struct berth_bert_rules seen;   /* of any step of tokenizer.json */
    struct berth_normalizer *steps; /* (n_steps) before the last one */
    size_t n_steps;
    size_t max_chars;  /* of a word */
    char prefix[64];   /* of a token that continues a word */
    char unknown[256]; /* the unknown token */
};

/* A step of opening: what it reads and makes is in l. */
typedef enum berth_status berth_load_step(struct berth_loading *l);

/* berth_load_steps - one after the other, until one fails. */
enum berth_status berth_load_steps(struct berth_loading *l,
                                   berth_load_step *const *steps, size_t n);

/* berth_load_memory - says that memory is out, unless ok. */
enum berth_status berth_load_memory(const struct berth_loading *l, bool ok);

/* files.c: the files themselves. */

/* Reads tokenizer_config.json, with what is set over it. */
berth_load_step berth_load_config;

/* Refuses keys that make transformers read a vocabulary of another name. */
berth_load_step berth_load_refuse;

/* Reads special_tokens_map.json, unless tokenizer_config.json has
 * "added_tokens_decoder": then the reference does not look at it. */
berth_load_step berth_load_map;

/* Reads vocab.txt, or the vocabulary of tokenizer.json, and the rules. */
berth_load_step berth_load_vocab;

/* config.c: the keys of tokenizer_config.json. */

/* Normalising, the unknown token and decoding; what it does not say is as the
 * class has it. */
berth_load_step berth_load_config_rules;

/* Limits, the end that is cut, and what a model gets of a text. */
berth_load_step berth_load_config_limits;

/* json.c: the parts of tokenizer.json. */

/*
 * berth_load_part - a part of tokenizer.json into the stage that it says, by
 * key and "type". Errors: BERTH_ERR_UNSUPPORTED names a type that is not here.
 */
enum berth_status berth_load_part(struct berth_loading *l, const char *key,
                                  const json_t *part);

/* Normalizer, splitter, subwords and decoder. */
berth_load_step berth_load_json_rules;

/* Whether the model is one that can be read. */
berth_load_step berth_load_check_model;

/* normalizers.c: Readers of "normalizer", as in berth_load_part(). Each adds a
 * step. */
enum berth_status berth_load_normalizers(struct berth_loading *l,
                                         const json_t *part);
enum berth_status berth_load_lowercase(struct berth_loading *l,
                                       const json_t *part);
enum berth_status berth_load_bert_normalizer(struct berth_loading *l,
                                             const json_t *part);
enum berth_status berth_load_precompiled(struct berth_loading *l,
                                         const json_t *part);

/* berth_load_normalizer - a step that is ready, which l owns from now on. */
enum berth_status berth_load_normalizer(struct berth_loading *l,
                                        struct berth_normalizer *step);

/* Makes one normalizer of all steps. */
berth_load_step berth_load_make_normalizer;

/* berth_load_free_normalizers - the steps that were not made one. */
void berth_load_free_normalizers(struct berth_loading *l);

/* template.c: the special tokens around the texts; they need the vocabulary. */
berth_load_step berth_load_templates;

/* Readers of "post_processor", as in berth_load_part(). */
enum berth_status berth_load_no_template(struct berth_loading *l,
                                         const json_t *part);
enum berth_status berth_load_bert_template(struct berth_loading *l,
                                           const json_t *part);
enum berth_status berth_load_template(struct berth_loading *l,
                                      const json_t *part);

/*
 * berth_load_named - what a key of the special tokens is, and in which file:
 * special_tokens_map.json comes before tokenizer_config.json. NULL: no file has
 * the key; null, which is not the same, means that there is no such token.
 */
const json_t *berth_load_named(const struct berth_loading *l, const char *key,
                               const char **name);

/*
 * added.c: all added tokens, of tokenizer.json, tokenizer_config.json,
 * special_tokens_map.json and added_tokens.json. Needs the vocabulary. Sets the
 * ids and mask_token of the facts.
 *
 * Source: PreTrainedTokenizerBase._from_pretrained and
 * TokenizersBackend.__init__ of transformers 5.23.
 */
berth_load_step berth_load_added;

#endif
