/*
 * load.h - what the parts of opening a tokenizer share.
 */
#ifndef TOKENIZER_LOAD_LOAD_H
#define TOKENIZER_LOAD_LOAD_H

#include "lib/json.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/patterns/pattern.h"
#include "tokenizer/pipeline.h"
#include "tokenizer/subwords/merges.h"

enum {
    BERTH_FILE_NAME_MAX = 320,
    BERTH_NAMED = 7,
    BERTH_NAMED_MASK = 6 /* "mask_token" */
};

/* "bos_token" and so on. */
extern const char *const berth_named_keys[BERTH_NAMED];

/* How a class of transformers makes a tokenizer of the files. */
struct berth_tokenizer_class {
    const char *name;     /* with "Tokenizer" after it */
    const char *pipeline; /* what tokenizer.json would say; NULL: that says
                             it */
    const char *vocab;    /* the vocabulary's file, without tokenizer.json */
    const char *tokens[BERTH_NAMED]; /* by berth_named_keys, where the files are
                                        silent; NULL: none */
    const char *extra[3];            /* "additional_special_tokens", likewise */
    bool slow_only;      /* with "Fast" after it, it is another class */
    bool hides_types;    /* no "token_type_ids" in its model_input_names */
    bool mask_strips;    /* its mask token takes the blanks before it */
    bool file_surrounds; /* "post_processor" of tokenizer.json wins */
    bool own_files;      /* it does not look at tokenizer.json */
};

/* berth_load_class - by the class's name; NULL: its rules are not here. */
const struct berth_tokenizer_class *berth_load_class(const char *name);

/* berth_load_model_type - the class that "model_type" of config.json stands
 * for; NULL: it is not here. */
const char *berth_load_model_type(const char *type);

/* One run of berth_tokenizer_open(). */
struct berth_loading {
    const struct berth_folder *folder;
    const struct berth_overlay *over;
    struct berth_settings *settings;
    struct berth_error *err;
    struct berth_tokenizer *tokenizer;
    const struct berth_tokenizer_class *class;
    bool extra_lowercase;
    bool names_class; /* a file says which it is */
    bool has_file;    /* there is a tokenizer.json */
    json_t *config;   /* tokenizer_config.json; an empty object without it */
    json_t *file;     /* tokenizer.json, its long lists cut out; NULL: none */
    json_t *map;      /* special_tokens_map.json; NULL: none, or not asked */
    json_t *pipeline; /* the parts that are read: of file, or of the class */
    double *scores;   /* of the vocabulary's pieces, by id; NULL: it has none */
    int32_t unk_id;   /* that a .model has; -1: none */
    json_t *charsmap; /* that a .model has, as base64; NULL: none */
    struct berth_merges merges;
    char config_name[BERTH_FILE_NAME_MAX]; /* for messages */
    char file_name[BERTH_FILE_NAME_MAX];
    char map_name[BERTH_FILE_NAME_MAX];
    struct berth_bert_rules rules;  /* of the normalizer; in tokenizer.json: of
                                       its last step, as far as it is BERT's */
    bool has_bert;                  /* a BertNormalizer is in that step */
    struct berth_bert_rules seen;   /* of any step of tokenizer.json */
    struct berth_normalizer *steps; /* (n_steps) before the last one */
    size_t n_steps;
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

/* Reads tokenizer.json, where there is one. */
berth_load_step berth_load_file;

/* Indexes its vocabulary, or reads the class's own file. */
berth_load_step berth_load_vocab;

/* Its table of tokens, each of which is there once. */
berth_load_step berth_load_index;

/* fastbpe.c: vocab.txt and bpe.codes, and readers of parts that only a class
 * has, as in berth_load_part(). */
berth_load_step berth_load_fastbpe_files;
enum berth_status berth_load_fastbpe(struct berth_loading *l,
                                     const json_t *part);
enum berth_status berth_load_python_words(struct berth_loading *l,
                                          const json_t *part);
enum berth_status berth_load_fastbpe_decoder(struct berth_loading *l,
                                             const json_t *part);
enum berth_status berth_load_tweets(struct berth_loading *l,
                                    const json_t *part);

/* mecab.c: readers of parts that only BertJapaneseTokenizer has. */
enum berth_status berth_load_mecab(struct berth_loading *l, const json_t *part);
enum berth_status berth_load_mecab_subwords(struct berth_loading *l,
                                            const json_t *part);

/* choose.c: the class. */
berth_load_step berth_load_choose;

/* The same once tokenizer.json is read, where no file names a class. */
berth_load_step berth_load_reconsider;

/* fill.c: the pipeline of a class. */

/* Takes that of tokenizer.json, or that of the class, its blanks unfilled. */
berth_load_step berth_load_pipeline;

/* berth_load_fill - fills the blanks of a part of a class's pipeline, and
 * leaves out steps that are not to be taken. Errors: BERTH_ERR_FORMAT of the
 * files that fill them, BERTH_ERR_UNSUPPORTED (a special token that is
 * missing). */
enum berth_status berth_load_fill(struct berth_loading *l, json_t *part);

/* config.c: the keys of tokenizer_config.json. */

/* Limits, the end that is cut, and what a model gets of a text. */
berth_load_step berth_load_config_limits;

/* json.c: the parts of the pipeline, as tokenizer.json writes them. */

/*
 * berth_load_part - a part into the stage that it says, by key and "type".
 * Errors: BERTH_ERR_UNSUPPORTED names a type that is not here.
 */
enum berth_status berth_load_part(struct berth_loading *l, const char *key,
                                  const json_t *part);

/* berth_load_slot - the same of a part of l->pipeline, filled. */
enum berth_status berth_load_slot(struct berth_loading *l, const char *key);

/* Normalizer, splitter, decoder and subwords; they need the vocabulary. */
berth_load_step berth_load_stages;

/* Whether the model of tokenizer.json is the class's, or one that can be
 * read. */
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
enum berth_status berth_load_form(struct berth_loading *l, const json_t *part);
enum berth_status berth_load_nmt(struct berth_loading *l, const json_t *part);
enum berth_status berth_load_prepend(struct berth_loading *l,
                                     const json_t *part);
enum berth_status berth_load_replace(struct berth_loading *l,
                                     const json_t *part);
enum berth_status berth_load_strip(struct berth_loading *l, const json_t *part);
enum berth_status berth_load_strip_accents(struct berth_loading *l,
                                           const json_t *part);

/* berth_load_normalizer - a step that is ready, which l owns from now on. */
enum berth_status berth_load_normalizer(struct berth_loading *l,
                                        struct berth_normalizer *step);

/* Makes one normalizer of all steps. */
berth_load_step berth_load_make_normalizer;

/* berth_load_free_normalizers - the steps that were not made one. */
void berth_load_free_normalizers(struct berth_loading *l);

/* splitters.c: readers of "pre_tokenizer", as in berth_load_part(). */
enum berth_status berth_load_splitters(struct berth_loading *l,
                                       const json_t *part);
enum berth_status berth_load_byte_level(struct berth_loading *l,
                                        const json_t *part);
enum berth_status berth_load_split(struct berth_loading *l, const json_t *part);
enum berth_status berth_load_punctuation(struct berth_loading *l,
                                         const json_t *part);
enum berth_status berth_load_digits(struct berth_loading *l,
                                    const json_t *part);
enum berth_status berth_load_whitespace(struct berth_loading *l,
                                        const json_t *part);
enum berth_status berth_load_whitespace_split(struct berth_loading *l,
                                              const json_t *part);
enum berth_status berth_load_delimiter_split(struct berth_loading *l,
                                             const json_t *part);

/*
 * berth_load_pattern - "pattern" of a part, patterns.c; key is where the part
 * is. Text of out lives as long as part. Errors: BERTH_ERR_UNSUPPORTED quotes a
 * regular expression that is not known.
 */
enum berth_status berth_load_pattern(const struct berth_loading *l,
                                     const char *key, const json_t *part,
                                     struct berth_text_pattern *out);

/* models.c: readers of "model", as in berth_load_part(). */
enum berth_status berth_load_wordpiece(struct berth_loading *l,
                                       const json_t *part);
enum berth_status berth_load_bpe(struct berth_loading *l, const json_t *part);

/* decoders.c: readers of "decoder", as in berth_load_part(). */
enum berth_status berth_load_wordpiece_decoder(struct berth_loading *l,
                                               const json_t *part);
enum berth_status berth_load_byte_level_decoder(struct berth_loading *l,
                                                const json_t *part);
enum berth_status berth_load_byte_fallback_decoder(struct berth_loading *l,
                                                   const json_t *part);
enum berth_status berth_load_fuse_decoder(struct berth_loading *l,
                                          const json_t *part);
enum berth_status berth_load_bpe_decoder(struct berth_loading *l,
                                         const json_t *part);
enum berth_status berth_load_replace_decoder(struct berth_loading *l,
                                             const json_t *part);
enum berth_status berth_load_strip_decoder(struct berth_loading *l,
                                           const json_t *part);
enum berth_status berth_load_decoders(struct berth_loading *l,
                                      const json_t *part);

/* pieces.c: readers of "pre_tokenizer", "decoder" and "model", as in
 * berth_load_part(). */
enum berth_status berth_load_metaspace(struct berth_loading *l,
                                       const json_t *part);
enum berth_status berth_load_metaspace_decoder(struct berth_loading *l,
                                               const json_t *part);
enum berth_status berth_load_unigram(struct berth_loading *l,
                                     const json_t *part);
enum berth_status berth_load_wordlevel(struct berth_loading *l,
                                       const json_t *part);

/* sentencepiece.c: reads the class's .model. */
berth_load_step berth_load_sentencepiece;

/* template.c: the special tokens around the texts; they need the vocabulary. */
berth_load_step berth_load_templates;

/* Readers of "post_processor", as in berth_load_part(). */
enum berth_status berth_load_no_template(struct berth_loading *l,
                                         const json_t *part);
enum berth_status berth_load_bert_template(struct berth_loading *l,
                                           const json_t *part);
enum berth_status berth_load_roberta_template(struct berth_loading *l,
                                              const json_t *part);
enum berth_status berth_load_byte_level_trim(struct berth_loading *l,
                                             const json_t *part);
enum berth_status berth_load_processors(struct berth_loading *l,
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
