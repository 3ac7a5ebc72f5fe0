/*
 * load.h - what the parts of opening a tokenizer share.
 */
#ifndef TOKENIZER_LOAD_LOAD_H
#define TOKENIZER_LOAD_LOAD_H

#include "lib/json.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/pipeline.h"

enum {
    BERTH_FILE_NAME_MAX = 320
};

/* How a class makes a tokenizer of the files. */
enum berth_tokenizer_class {
    BERTH_CLASS_AS_IS = 0, /* tokenizer.json says everything */
    BERTH_CLASS_BERT,      /* BertTokenizer: the vocabulary, and the rules of
                              tokenizer_config.json */
    BERTH_CLASS_OTHER      /* by rules that are not here */
};

/* berth_load_class - by the class's name. Cannot fail. */
enum berth_tokenizer_class berth_load_class(const char *name);

/* berth_load_class_hides_types - whether model_input_names of that class has no
 * "token_type_ids". Cannot fail. */
bool berth_load_class_hides_types(const char *name);

/* One run of berth_tokenizer_open(). */
struct berth_loading {
    const struct berth_folder *folder;
    const struct berth_overlay *over;
    struct berth_settings *settings;
    struct berth_error *err;
    struct berth_tokenizer *tokenizer;
    json_t *config; /* tokenizer_config.json; an empty object without it */
    json_t *file;   /* tokenizer.json, its vocabulary cut out; NULL: none */
    json_t *map;    /* special_tokens_map.json; NULL: none, or not asked */
    bool as_is;     /* tokenizer.json says everything */
    char config_name[BERTH_FILE_NAME_MAX]; /* for messages */
    char file_name[BERTH_FILE_NAME_MAX];
    char map_name[BERTH_FILE_NAME_MAX];
    struct berth_bert_rules rules; /* of the normalizer */
    size_t max_chars;              /* of a word */
    char prefix[64];               /* of a token that continues a word */
    char unknown[256];             /* the unknown token */
};

/*
 * berth_load_config_rules - normalising, and the unknown token, as
 * tokenizer_config.json has them; what it does not say is as BertTokenizer has
 * it.
 */
enum berth_status berth_load_config_rules(struct berth_loading *l);

/*
 * berth_load_json_rules - the same from tokenizer.json, with splitting and
 * decoding. Errors: BERTH_ERR_UNSUPPORTED names a part that is not BERT's.
 */
enum berth_status berth_load_json_rules(struct berth_loading *l);

/* berth_load_json_templates - the special tokens around the texts, from
 * tokenizer.json. Needs the vocabulary. */
enum berth_status berth_load_json_templates(struct berth_loading *l);

/* berth_load_json_type - "type" of an object, which may be null or absent: "",
 * as of "model" without a type. key is for messages. */
enum berth_status berth_load_json_type(const struct berth_loading *l,
                                       const json_t *object, const char *key,
                                       const char **out);

/*
 * berth_load_map - special_tokens_map.json into l->map, unless
 * tokenizer_config.json has "added_tokens_decoder": then the reference does
 * not look at it.
 */
enum berth_status berth_load_map(struct berth_loading *l);

/*
 * berth_load_named - what a key of the special tokens is, and in which file:
 * special_tokens_map.json comes before tokenizer_config.json. NULL: no file has
 * the key; null, which is not the same, means that there is no such token.
 */
const json_t *berth_load_named(const struct berth_loading *l, const char *key,
                               const char **name);

/*
 * berth_load_added - all added tokens: of tokenizer.json,
 * tokenizer_config.json, special_tokens_map.json and added_tokens.json. Needs
 * the vocabulary. Sets the ids and mask_token of the facts.
 *
 * Source: PreTrainedTokenizerBase._from_pretrained and
 * TokenizersBackend.__init__ of transformers 5.23.
 */
enum berth_status berth_load_added(struct berth_loading *l);

#endif
