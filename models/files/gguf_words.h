/*
 * gguf_words.h - the vocabulary of a GGUF file: tokens, what they are, and the
 * rules that the file says. For gguf_tokenizer.c alone.
 */
#ifndef MODELS_FILES_GGUF_WORDS_H
#define MODELS_FILES_GGUF_WORDS_H

#include "models/files/gguf.h"

#define BERTH_GGUF_TOKENIZER "tokenizer.ggml."

/* What a token is: llama_token_type. */
enum berth_gguf_kind {
    BERTH_GGUF_NORMAL = 1,
    BERTH_GGUF_CONTROL = 3,
    BERTH_GGUF_USER = 4,
    BERTH_GGUF_UNUSED = 5
};

enum berth_gguf_special {
    BERTH_GGUF_UNK,
    BERTH_GGUF_CLS,
    BERTH_GGUF_SEP,
    BERTH_GGUF_PAD,
    BERTH_GGUF_MASK,
    BERTH_GGUF_SPECIALS
};

struct berth_gguf_words {
    const struct berth_gguf *file;
    const struct berth_gguf_pair *tokens, *kinds, *scores;
    size_t n;       /* tokens, without unused ones at the end */
    bool phantom;   /* a blank is in front of what begins a word */
    bool lowercase; /* and without accents, or with them where strip is false */
    bool strip;
    bool no_blank; /* in front of a text, where that is not the rule */
    int32_t ids[BERTH_GGUF_SPECIALS]; /* -1: none */
};

/*
 * berth_gguf_words_read - the vocabulary of a tokenizer of a kind of llama.cpp:
 * "bert", "t5" or "gpt2".
 *
 *   out  lives as long as file
 *
 * Errors: BERTH_ERR_FORMAT, _UNSUPPORTED.
 */
enum berth_status berth_gguf_words_read(const struct berth_gguf *file,
                                        const char *model,
                                        struct berth_gguf_words *out,
                                        struct berth_error *err);

/* berth_gguf_special_name - what tokenizer_config.json calls it. */
const char *berth_gguf_special_name(enum berth_gguf_special which);

enum berth_gguf_kind berth_gguf_kind(const struct berth_gguf_words *w,
                                     size_t i);

/* berth_gguf_restore - token i, text, as Hugging Face has it: text may get
 * shorter, and what is returned belongs in front of it. */
const char *berth_gguf_restore(const struct berth_gguf_words *w, size_t i,
                               struct berth_gguf_text *text);

/* berth_gguf_word - token id, restored: *before belongs in front of it. */
struct berth_gguf_text berth_gguf_word(const struct berth_gguf_words *w,
                                       int32_t id, const char **before);

/* berth_gguf_fail_array - that a key is no array of n such values. */
enum berth_status berth_gguf_fail_array(const struct berth_gguf_words *w,
                                        const char *key,
                                        const struct berth_gguf_pair *pair,
                                        const char *what, size_t n,
                                        struct berth_error *err);

#endif
