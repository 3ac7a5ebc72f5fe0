/*
 * gguf_words.c - the vocabulary of a GGUF file, and which of its tokens are
 * special.
 */
#include "models/files/gguf_words.h"

#include "lib/status.h"
#include "tokenizer/unicode/utf8.h"

#include <stdio.h>
#include <string.h>

#define KEY BERTH_GGUF_TOKENIZER

static const struct {
    const char *name;     /* in tokenizer_config.json */
    const char *keys[2];  /* the first one that is there counts */
    const char *texts[2]; /* what it is called where no key says */
} specials[BERTH_GGUF_SPECIALS] = {
    [BERTH_GGUF_UNK] = {"unk_token",
                        {KEY "unknown_token_id", NULL},
                        {"[UNK]", "<unk>"}},
    [BERTH_GGUF_CLS] = {"cls_token",
                        {KEY "cls_token_id", KEY "bos_token_id"},
                        {"[CLS]", "<s>"}},
    [BERTH_GGUF_SEP] = {"sep_token",
                        {KEY "seperator_token_id", KEY "eos_token_id"},
                        {"[SEP]", "</s>"}},
    [BERTH_GGUF_PAD] = {"pad_token",
                        {KEY "padding_token_id", NULL},
                        {"[PAD]", "<pad>"}},
    [BERTH_GGUF_MASK] = {"mask_token",
                         {KEY "mask_token_id", NULL},
                         {"[MASK]", "<mask>"}},
};

enum berth_gguf_kind berth_gguf_kind(const struct berth_gguf_words *w, size_t i)
{
    const double kind = w->kinds != NULL ? berth_gguf_number(w->kinds, i) : 0;

    return kind >= BERTH_GGUF_NORMAL && kind <= BERTH_GGUF_UNUSED
               ? (enum berth_gguf_kind)kind
               : BERTH_GGUF_NORMAL;
}

static bool starts(struct berth_gguf_text text, const char *begin)
{
    const size_t n = strlen(begin);

    return text.n >= n && memcmp(text.s, begin, n) == 0;
}

/* Hugging Face marks what does not begin a word, and GGUF what does. Tokens of
 * their own are marked in neither; in old files their brackets tell them. */
const char *berth_gguf_restore(const struct berth_gguf_words *w, size_t i,
                               struct berth_gguf_text *text)
{
    static const char blank[] = "\xe2\x96\x81";
    const size_t n = sizeof(blank) - 1;

    if (!w->phantom || berth_gguf_kind(w, i) == BERTH_GGUF_CONTROL ||
        (text->n > 2 && text->s[0] == '[' && text->s[text->n - 1] == ']'))
        return "";
    if (!starts(*text, blank))
        return "##";
    *text = (struct berth_gguf_text){text->s + n, text->n - n};
    return "";
}

enum berth_status berth_gguf_fail_array(const struct berth_gguf_words *w,
                                        const char *key,
                                        const struct berth_gguf_pair *pair,
                                        const char *what, size_t n,
                                        struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: key '%s': expected %zu %s, found %zu%s",
                      w->file->path, key, n, what, pair != NULL ? pair->n : 0,
                      pair != NULL && pair->is_array ? " values" : "");
}

/* A model may have rows for more tokens than there are: "[PAD300]" is in place
 * of token 300. Of the n tokens, those at the end are left out. */
static enum berth_status cut_fillers(struct berth_gguf_words *w, size_t n,
                                     struct berth_error *err)
{
    const unsigned char *at = w->tokens->data;

    for (size_t i = 0; i < n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);
        char filler[32];

        if (!berth_utf8_is_valid((const unsigned char *)text.s, text.n))
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: key '" KEY "tokens': expected UTF-8, found "
                              "other bytes in token %zu",
                              w->file->path, i);
        berth_gguf_restore(w, i, &text);
        snprintf(filler, sizeof(filler), "[PAD%zu]", i);
        if (berth_gguf_kind(w, i) != BERTH_GGUF_UNUSED &&
            !berth_gguf_is(text, filler))
            w->n = i + 1;
    }
    return BERTH_OK;
}

/* The arrays of one value for each token. */
static enum berth_status find_arrays(struct berth_gguf_words *w, bool scores,
                                     struct berth_error *err)
{
    const struct berth_gguf_pair *tokens =
        berth_gguf_find(w->file, KEY "tokens");
    const struct berth_gguf_pair *kinds =
        berth_gguf_find(w->file, KEY "token_type");
    const size_t n = tokens != NULL ? tokens->n : 0;

    if (n == 0 || n > INT32_MAX || !tokens->is_array ||
        tokens->type != BERTH_GGUF_STRING)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected an array of texts, found "
                          "none",
                          w->file->path, KEY "tokens");
    if (kinds != NULL &&
        (!kinds->is_array || kinds->n != n || kinds->type == BERTH_GGUF_STRING))
        return berth_gguf_fail_array(w, KEY "token_type", kinds, "integers", n,
                                     err);
    w->scores = scores ? berth_gguf_find(w->file, KEY "scores") : NULL;
    if (scores && (w->scores == NULL || !w->scores->is_array ||
                   w->scores->n != n || w->scores->type == BERTH_GGUF_STRING))
        return berth_gguf_fail_array(w, KEY "scores", w->scores, "numbers", n,
                                     err);
    w->tokens = tokens;
    w->kinds = kinds;
    return cut_fillers(w, n, err);
}

/* The first token with that text, or -1. */
static int32_t find_text(const struct berth_gguf_words *w, const char *word)
{
    const unsigned char *at = w->tokens->data;

    for (size_t i = 0; i < w->n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);

        if (berth_gguf_restore(w, i, &text)[0] == '\0' &&
            berth_gguf_is(text, word))
            return (int32_t)i;
    }
    return -1;
}

static enum berth_status find_special(struct berth_gguf_words *w,
                                      enum berth_gguf_special which,
                                      struct berth_error *err)
{
    size_t id = 0;
    bool found = false;

    w->ids[which] = -1;
    for (size_t k = 0; k < 2 && !found && specials[which].keys[k] != NULL;
         k++) {
        const char *key = specials[which].keys[k];
        enum berth_status status =
            berth_gguf_get_size(w->file, key, &id, &found, err);

        if (status != BERTH_OK)
            return status;
        if (found && id >= w->n)
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: key '%s': expected an id below %zu, found "
                              "%zu",
                              w->file->path, key, w->n, id);
    }
    if (found)
        w->ids[which] = (int32_t)id;
    for (size_t k = 0; k < 2 && w->ids[which] < 0; k++)
        w->ids[which] = find_text(w, specials[which].texts[k]);
    return BERTH_OK;
}

/* The case rule of WordPiece: lower case and no accents, unless the file says
 * otherwise. And Unigram's blank in front. */
static enum berth_status read_rules(struct berth_gguf_words *w,
                                    struct berth_error *err)
{
    bool found, blank = true;

    w->lowercase = true;
    enum berth_status status = berth_gguf_get_bool(
        w->file, KEY "normalizer.lowercase", &w->lowercase, &found, err);
    w->strip = w->lowercase;
    if (status == BERTH_OK)
        status = berth_gguf_get_bool(w->file, KEY "normalizer.strip_accents",
                                     &w->strip, &found, err);
    if (status == BERTH_OK && w->scores != NULL)
        status = berth_gguf_get_bool(w->file, KEY "add_space_prefix", &blank,
                                     &found, err);
    w->no_blank = !blank;
    return status;
}

static enum berth_status check_specials(const struct berth_gguf_words *w,
                                        struct berth_error *err)
{
    static const enum berth_gguf_special wanted[] = {
        BERTH_GGUF_UNK, BERTH_GGUF_CLS, BERTH_GGUF_SEP};

    for (size_t k = 0; k < 3; k++) {
        if (w->ids[wanted[k]] < 0 && !(k == 0 && !w->phantom))
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: expected key '%s', or token %s, found "
                              "neither",
                              w->file->path, specials[wanted[k]].keys[0],
                              specials[wanted[k]].texts[0]);
    }
    if (w->scores != NULL && w->ids[BERTH_GGUF_UNK] != 3)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '" KEY "unknown_token_id': expected 3, as "
                          "XLM-RoBERTa has it, found %ld, which is not "
                          "supported",
                          w->file->path, (long)w->ids[BERTH_GGUF_UNK]);
    return BERTH_OK;
}

const char *berth_gguf_special_name(enum berth_gguf_special which)
{
    return specials[which].name;
}

struct berth_gguf_text berth_gguf_word(const struct berth_gguf_words *w,
                                       int32_t id, const char **before)
{
    const unsigned char *at = w->tokens->data;
    struct berth_gguf_text text = {0};

    for (int32_t i = 0; i <= id; i++)
        text = berth_gguf_next(&at);
    *before = berth_gguf_restore(w, (size_t)id, &text);
    return text;
}

enum berth_status berth_gguf_words_read(const struct berth_gguf *file,
                                        const char *model,
                                        struct berth_gguf_words *out,
                                        struct berth_error *err)
{
    *out = (struct berth_gguf_words){.file = file,
                                     .phantom = strcmp(model, "bert") == 0};
    enum berth_status status = find_arrays(out, strcmp(model, "t5") == 0, err);

    for (size_t k = 0; status == BERTH_OK && k < BERTH_GGUF_SPECIALS; k++)
        status = find_special(out, (enum berth_gguf_special)k, err);
    if (status == BERTH_OK)
        status = check_specials(out, err);
    return status == BERTH_OK ? read_rules(out, err) : status;
}
