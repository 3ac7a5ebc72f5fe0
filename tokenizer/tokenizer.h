/*
 * tokenizer.h - bytes to ids and byte offsets, and back.
 *
 * Four stages, in order, each in a room of its own: normalizers/ (clean, space
 * Chinese, strip accents, lower-case), splitters/ (at white space and
 * punctuation), subwords/ (greedy longest match), encode.c (special tokens,
 * pairs, truncation, windows, trimmed offsets); and back, decoders/. pipeline.h
 * shows a text on its way.
 */
#ifndef TOKENIZER_TOKENIZER_H
#define TOKENIZER_TOKENIZER_H

#include "lib/berth.h"
#include "lib/folder.h"
#include "lib/settings.h"

struct berth_tokenizer;

/*
 * berth_tokenizer_open - reads vocab.txt or tokenizer.json, and
 * tokenizer_config.json, special_tokens_map.json, added_tokens.json where they
 * are.
 *
 *   extra_lowercase  lower-case the text first, as "do_lower_case": true of
 *                    sentence_bert_config.json does
 *   settings         what was read is appended, with its file
 *   out              owned: berth_tokenizer_close(); independent of folder
 *
 * Which file wins is Hugging Face's rule (transformers 5): a class such as
 * BertTokenizer(Fast) or RobertaTokenizer(Fast) takes only the vocabulary and
 * the added tokens from tokenizer.json, builds the rest itself, and asks
 * tokenizer_config.json for its switches; with PreTrainedTokenizerFast,
 * TokenizersBackend or a name that transformers does not know, tokenizer.json
 * is used as it is; other classes of transformers are refused. Where
 * "tokenizer_class" is in neither tokenizer_config.json nor config.json,
 * "model_type" says the class.
 *
 * Errors: BERTH_ERR_IO, _FORMAT, _UNSUPPORTED (a stage or a class that is not
 *         here), _MEMORY.
 */
enum berth_status berth_tokenizer_open(const struct berth_folder *folder,
                                       bool extra_lowercase,
                                       struct berth_settings *settings,
                                       struct berth_tokenizer **out,
                                       struct berth_error *err);

/* berth_tokenizer_open_with - the same, with keys set over those of
 * tokenizer_config.json, as from_pretrained() of transformers takes them. */
enum berth_status berth_tokenizer_open_with(const struct berth_folder *folder,
                                            bool extra_lowercase,
                                            const struct berth_overlay *over,
                                            struct berth_settings *settings,
                                            struct berth_tokenizer **out,
                                            struct berth_error *err);

void berth_tokenizer_close(struct berth_tokenizer *tokenizer);

/* Facts of a tokenizer; strings live as long as it does. */
struct berth_tokenizer_facts {
    size_t n_tokens; /* the largest id + 1, added tokens counted */
    int32_t cls_id, sep_id, pad_id, unk_id; /* -1: the vocabulary lacks it */
    int32_t mask_id;
    bool spaced_words;       /* tokens spell the blank before a word */
    bool marks_subwords;     /* a token that continues a word has a prefix */
    const char *mask_token;  /* NULL: none */
    size_t model_max_length; /* of tokenizer_config.json; SIZE_MAX: not given */
    bool hides_types; /* no "token_type_ids" in model_input_names: a model gets
                         type 0 for every token */
    size_t n_special, n_special_pair; /* tokens around a text, and a pair */
};

const struct berth_tokenizer_facts *
berth_tokenizer_get_facts(const struct berth_tokenizer *tokenizer);

/* berth_tokenizer_fingerprint - the same number for tokenizers that give every
 * text the same ids. If any rule, token or limit differs, so does the number,
 * except by rare chance. Of this machine's byte order. Cannot fail. */
uint64_t berth_tokenizer_fingerprint(const struct berth_tokenizer *tokenizer);

/* These are berth_tokenize() and its kin of berth.h, for a tokenizer. */
enum berth_status
berth_tokenizer_encode(const struct berth_tokenizer *tokenizer,
                       const struct berth_text *text,
                       const struct berth_tokenize_options *options,
                       struct berth_tokens *tokens, struct berth_error *err);

bool berth_tokenizer_token(const struct berth_tokenizer *tokenizer, int32_t id,
                           struct berth_token *out);

const char *berth_tokenizer_text(const struct berth_tokenizer *tokenizer,
                                 int32_t id);

int32_t berth_tokenizer_id(const struct berth_tokenizer *tokenizer,
                           const char *text, size_t text_len);

/* Ids below n_ids that have no token become nothing. */
enum berth_status
berth_tokenizer_decode(const struct berth_tokenizer *tokenizer, size_t n_ids,
                       const int32_t *ids, size_t n, bool skip_special,
                       char **out, size_t *out_len, struct berth_error *err);

enum berth_status berth_tokenizer_join(const struct berth_tokenizer *tokenizer,
                                       const char *const *tokens,
                                       const size_t *sizes, size_t n,
                                       char **out, size_t *out_len,
                                       struct berth_error *err);

#endif
