/*
 * gguf_tokenizer.c - tokenizer.json and tokenizer_config.json from the
 * vocabulary that a GGUF file has.
 *
 * What the file does not say is as the class of transformers has it that
 * llama.cpp converts from: BERT's, RoBERTa's, XLM-RoBERTa's, or what ModernBERT
 * publishes.
 *
 * Source: convert_hf_to_gguf.py of llama.cpp; what a class does:
 * tokenizer/load/class.c.
 */
#include "models/files/gguf_model.h"

#include "lib/status.h"
#include "models/files/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "tokenizer.ggml."

/* What a token is: llama_token_type. */
enum kind {
    KIND_NORMAL = 1,
    KIND_CONTROL = 3,
    KIND_USER = 4,
    KIND_UNUSED = 5
};

enum special {
    UNK,
    CLS,
    SEP,
    PAD,
    MASK,
    SPECIALS
};

static const struct {
    const char *name;     /* in tokenizer_config.json */
    const char *keys[2];  /* the first one that is there counts */
    const char *texts[2]; /* what it is called where no key says */
} specials[SPECIALS] = {
    [UNK] = {"unk_token", {KEY "unknown_token_id", NULL}, {"[UNK]", "<unk>"}},
    [CLS] = {"cls_token",
             {KEY "cls_token_id", KEY "bos_token_id"},
             {"[CLS]", "<s>"}},
    [SEP] = {"sep_token",
             {KEY "seperator_token_id", KEY "eos_token_id"},
             {"[SEP]", "</s>"}},
    [PAD] = {"pad_token", {KEY "padding_token_id", NULL}, {"[PAD]", "<pad>"}},
    [MASK] = {"mask_token", {KEY "mask_token_id", NULL}, {"[MASK]", "<mask>"}},
};

struct words {
    const struct berth_gguf *file;
    struct berth_error *err;
    const struct berth_gguf_pair *tokens, *kinds, *scores;
    size_t n;       /* tokens, without unused ones at the end */
    bool phantom;   /* a blank is in front of what begins a word */
    bool lowercase; /* and without accents, or with them where strip is false */
    bool strip;
    bool no_blank;         /* in front of a text, where that is not the rule */
    int32_t ids[SPECIALS]; /* -1: none */
    FILE *out;
};

/* A tokenizer: what is around its vocabulary. */
struct style {
    const char *model; /* tokenizer.ggml.model */
    const char *pre;   /* and its words for it, with a blank around each; NULL:
                          any */
    const char *class;
    const char *begin;  /* after added_tokens */
    const char *around; /* which post-processor; its tokens follow */
    const char *end;    /* after them, up to the vocabulary */
};

#define ROBERTA_AROUND                                                         \
    "\"post_processor\":{\"type\":\"RobertaProcessing\",\"trim_offsets\":"
#define BERT_AROUND "\"post_processor\":{\"type\":\"BertProcessing\""
#define BYTE_LEVEL                                                             \
    "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"    \
    "\"trim_offsets\":true,\"use_regex\":true},"
#define BYTE_LEVEL_MODEL                                                       \
    "\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,"           \
    "\"trim_offsets\":true,\"use_regex\":true},"                               \
    "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,"         \
    "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"          \
    "\"fuse_unk\":false,\"byte_fallback\":false,\"vocab\":"
#define METASPACE                                                              \
    "{\"type\":\"Metaspace\",\"replacement\":\"\xe2\x96\x81\","                \
    "\"prepend_scheme\":\"always\",\"split\":true}"

static const struct style styles[] = {
    {"bert", NULL, "BertTokenizer",
     "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},", BERT_AROUND,
     "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},"
     "\"model\":{\"type\":\"WordPiece\",\"continuing_subword_prefix\":\"##\","
     "\"max_input_chars_per_word\":100,\"vocab\":"},
    {"t5", NULL, "XLMRobertaTokenizer",
     "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":["
     "{\"type\":\"WhitespaceSplit\"}," METASPACE "]},",
     ROBERTA_AROUND "false,\"add_prefix_space\":false",
     "\"decoder\":" METASPACE ",\"model\":{\"type\":\"Unigram\",\"unk_id\":3,"
     "\"byte_fallback\":false,\"vocab\":"},
    {"gpt2", " modern-bert ", "PreTrainedTokenizerFast",
     "\"normalizer\":{\"type\":\"NFC\"}," BYTE_LEVEL, BERT_AROUND,
     BYTE_LEVEL_MODEL},
    {"gpt2",
     " roberta-bpe gpt-2 default jina-v1-en jina-v2-code jina-v2-es "
     "jina-v2-de ",
     "RobertaTokenizer", "\"normalizer\":null," BYTE_LEVEL,
     ROBERTA_AROUND "true,\"add_prefix_space\":false", BYTE_LEVEL_MODEL},
};

/* Whether a text is one of the words that blanks part. */
static bool is_among(struct berth_gguf_text text, const char *words)
{
    while (*words == ' ') {
        const size_t n = strcspn(words + 1, " ");

        if (n > 0 && n == text.n && memcmp(words + 1, text.s, n) == 0)
            return true;
        words += 1 + n;
    }
    return false;
}

static enum berth_status find_style(struct words *w, const struct style **out)
{
    struct berth_gguf_text model, pre = {"default", 7};
    bool found;
    enum berth_status status =
        berth_gguf_get_text(w->file, KEY "model", &model, NULL, w->err);

    if (status == BERTH_OK)
        status = berth_gguf_get_text(w->file, KEY "pre", &pre, &found, w->err);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++) {
        *out = &styles[i];
        if (berth_gguf_is(model, styles[i].model) &&
            (styles[i].pre == NULL || is_among(pre, styles[i].pre)))
            return BERTH_OK;
    }
    return berth_fail(w->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '" KEY "model': expected bert, t5, or gpt2 with "
                      "roberta-bpe or modern-bert for '" KEY "pre', found "
                      "%.*s with %.*s, which is not supported",
                      w->file->path, (int)(model.n < 64 ? model.n : 64),
                      model.s, (int)(pre.n < 64 ? pre.n : 64), pre.s);
}

/* --------------------------------------------------------- the vocabulary */

static enum kind kind_of(const struct words *w, size_t i)
{
    return w->kinds != NULL ? (enum kind)berth_gguf_number(w->kinds, i)
                            : KIND_NORMAL;
}

static bool starts(struct berth_gguf_text text, const char *begin)
{
    const size_t n = strlen(begin);

    return text.n >= n && memcmp(text.s, begin, n) == 0;
}

/* A token as Hugging Face has it: returns what is to be put in front. WordPiece
 * marks there what does not begin a word, and here what does; tokens of their
 * own are marked in neither, and in old files these are told by their
 * brackets. */
static const char *restore(const struct words *w, size_t i,
                           struct berth_gguf_text *text)
{
    static const char blank[] = "\xe2\x96\x81";
    const size_t n = sizeof(blank) - 1;

    if (!w->phantom || kind_of(w, i) == KIND_CONTROL ||
        (text->n > 2 && text->s[0] == '[' && text->s[text->n - 1] == ']'))
        return "";
    if (!starts(*text, blank))
        return "##";
    *text = (struct berth_gguf_text){text->s + n, text->n - n};
    return "";
}

static enum berth_status fail_array(const struct words *w, const char *key,
                                    const struct berth_gguf_pair *pair,
                                    const char *what, size_t n)
{
    return berth_fail(w->err, BERTH_ERR_FORMAT,
                      "%s: key '%s': expected %zu %s, found %zu%s",
                      w->file->path, key, n, what, pair != NULL ? pair->n : 0,
                      pair != NULL && pair->is_array ? " values" : "");
}

/* A model may have rows for more tokens than there are: "[PAD300]" is in place
 * of token 300. Of the n tokens, those at the end are left out. */
static void cut_fillers(struct words *w, size_t n)
{
    const unsigned char *at = w->tokens->data;

    for (size_t i = 0; i < n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);
        char filler[32];

        restore(w, i, &text);
        snprintf(filler, sizeof(filler), "[PAD%zu]", i);
        if (kind_of(w, i) != KIND_UNUSED && !berth_gguf_is(text, filler))
            w->n = i + 1;
    }
}

/* The arrays of one value for each token. */
static enum berth_status find_arrays(struct words *w, bool scores)
{
    const struct berth_gguf_pair *tokens =
        berth_gguf_find(w->file, KEY "tokens");
    const struct berth_gguf_pair *kinds =
        berth_gguf_find(w->file, KEY "token_type");
    const size_t n = tokens != NULL ? tokens->n : 0;

    if (n == 0 || !tokens->is_array || tokens->type != BERTH_GGUF_STRING)
        return berth_fail(w->err, BERTH_ERR_FORMAT,
                          "%s: key '" KEY
                          "tokens': expected an array of texts, "
                          "found none",
                          w->file->path);
    if (kinds != NULL &&
        (!kinds->is_array || kinds->n != n || kinds->type == BERTH_GGUF_STRING))
        return fail_array(w, KEY "token_type", kinds, "integers", n);
    w->scores = scores ? berth_gguf_find(w->file, KEY "scores") : NULL;
    if (scores && (w->scores == NULL || !w->scores->is_array ||
                   w->scores->n != n || w->scores->type == BERTH_GGUF_STRING))
        return fail_array(w, KEY "scores", w->scores, "numbers", n);
    w->tokens = tokens;
    w->kinds = kinds;
    cut_fillers(w, n);
    return BERTH_OK;
}

/* The first token with that text, or -1. */
static int32_t find_text(const struct words *w, const char *word)
{
    const unsigned char *at = w->tokens->data;

    for (size_t i = 0; i < w->n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);

        if (restore(w, i, &text)[0] == '\0' && berth_gguf_is(text, word))
            return (int32_t)i;
    }
    return -1;
}

static enum berth_status find_special(struct words *w, enum special which)
{
    size_t id = 0;
    bool found = false;

    w->ids[which] = -1;
    for (size_t k = 0; k < 2 && !found && specials[which].keys[k] != NULL;
         k++) {
        const char *key = specials[which].keys[k];
        enum berth_status status =
            berth_gguf_get_size(w->file, key, &id, &found, w->err);

        if (status != BERTH_OK)
            return status;
        if (found && id >= w->n)
            return berth_fail(w->err, BERTH_ERR_FORMAT,
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

/* ----------------------------------------------------------- tokenizer.json */

/* Token id, quoted. */
static void put_id(const struct words *w, int32_t id)
{
    const unsigned char *at = w->tokens->data;
    struct berth_gguf_text text = {0};

    for (int32_t i = 0; i <= id; i++)
        text = berth_gguf_next(&at);
    const char *before = restore(w, (size_t)id, &text);
    berth_json_put(w->out, before, text.s, text.n);
}

static void put_number(FILE *out, size_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%zu", n);
    fputs_unlocked(text, out);
}

/* Tokens of their own. A mask takes the white space before it, but in BERT. */
static void put_added(const struct words *w)
{
    const unsigned char *at = w->tokens->data;
    const char *between = "";

    fputs_unlocked("{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
                   "\"added_tokens\":[",
                   w->out);
    for (size_t i = 0; i < w->n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);
        bool special = kind_of(w, i) == KIND_CONTROL;

        for (size_t k = 0; k < SPECIALS; k++)
            special |= w->ids[k] == (int32_t)i;
        if (!special && kind_of(w, i) != KIND_USER)
            continue;
        const char *before = restore(w, i, &text);
        fputs_unlocked(between, w->out);
        fputs_unlocked("{\"id\":", w->out);
        put_number(w->out, i);
        fputs_unlocked(",\"content\":", w->out);
        berth_json_put(w->out, before, text.s, text.n);
        fputs_unlocked(",\"single_word\":false,\"lstrip\":", w->out);
        fputs_unlocked(w->ids[MASK] == (int32_t)i && !w->phantom ? "true"
                                                                 : "false",
                       w->out);
        fputs_unlocked(special ? ",\"rstrip\":false,\"normalized\":false,"
                                 "\"special\":true}"
                               : ",\"rstrip\":false,\"normalized\":true,"
                                 "\"special\":false}",
                       w->out);
        between = ",";
    }
    fputs_unlocked("],", w->out);
}

static const char *boolean(bool value)
{
    return value ? "true" : "false";
}

/* What turns a text into its usual form: BERT's rules, or a table. */
static enum berth_status put_normalizer(const struct words *w)
{
    const struct berth_gguf_pair *map =
        berth_gguf_find(w->file, KEY "precompiled_charsmap");

    if (w->phantom) {
        fputs_unlocked(
            "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"
            "\"handle_chinese_chars\":true,\"strip_accents\":",
            w->out);
        fputs_unlocked(boolean(w->strip), w->out);
        fputs_unlocked(",\"lowercase\":", w->out);
        fputs_unlocked(boolean(w->lowercase), w->out);
        fputs_unlocked("},", w->out);
        return BERTH_OK;
    }
    if (w->scores == NULL)
        return BERTH_OK;
    if (map != NULL && (!map->is_array || (map->type != BERTH_GGUF_U8 &&
                                           map->type != BERTH_GGUF_I8)))
        return fail_array(w, KEY "precompiled_charsmap", map, "bytes", map->n);
    if (map == NULL || map->n == 0) {
        fputs_unlocked("\"normalizer\":null,", w->out);
        return BERTH_OK;
    }
    fputs_unlocked(
        "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":"
        "\"Precompiled\",\"precompiled_charsmap\":\"",
        w->out);
    berth_base64_put(w->out, map->data, map->n);
    fputs_unlocked("\"}]},", w->out);
    return BERTH_OK;
}

/* The tokens around a text. */
static void put_around(const struct words *w, const struct style *style)
{
    static const struct {
        const char *name;
        enum special id;
    } ends[] = {{",\"sep\":[", SEP}, {",\"cls\":[", CLS}};

    fputs_unlocked(style->around, w->out);
    for (size_t i = 0; i < 2; i++) {
        fputs_unlocked(ends[i].name, w->out);
        put_id(w, w->ids[ends[i].id]);
        fputs_unlocked(",", w->out);
        put_number(w->out, (size_t)w->ids[ends[i].id]);
        fputs_unlocked("]", w->out);
    }
    fputs_unlocked("},", w->out);
}

/* {"token": id, ...}, or [["token", score], ...] where there are scores. */
static enum berth_status put_vocab(const struct words *w)
{
    const unsigned char *at = w->tokens->data;
    const bool scored = w->scores != NULL;
    const char *begin = scored ? ",[" : ",";

    fputs_unlocked(scored ? "[" : "{", w->out);
    for (size_t i = 0; i < w->n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);
        const char *before = restore(w, i, &text);
        const double score = scored ? berth_gguf_number(w->scores, i) : 0;

        if (!(fabs(score) < 1e9))
            return berth_fail(w->err, BERTH_ERR_FORMAT,
                              "%s: key '" KEY "scores': expected numbers below "
                              "1e9, found %g at %zu",
                              w->file->path, score, i);
        fputs_unlocked(begin + (i > 0 ? 0 : 1), w->out);
        berth_json_put(w->out, before, text.s, text.n);
        fputs_unlocked(scored ? "," : ":", w->out);
        if (scored)
            berth_json_put_number(w->out, score);
        else
            put_number(w->out, i);
        fputs_unlocked(scored ? "]" : "", w->out);
    }
    fputs_unlocked(scored ? "]" : "}", w->out);
    return BERTH_OK;
}

static enum berth_status put_merges(const struct words *w)
{
    const struct berth_gguf_pair *merges =
        berth_gguf_find(w->file, KEY "merges");

    if (merges == NULL || !merges->is_array ||
        merges->type != BERTH_GGUF_STRING)
        return berth_fail(w->err, BERTH_ERR_FORMAT,
                          "%s: key '" KEY
                          "merges': expected an array of texts, "
                          "found none",
                          w->file->path);
    const unsigned char *at = merges->data;
    fputs_unlocked(",\"merges\":[", w->out);
    for (size_t i = 0; i < merges->n; i++) {
        const struct berth_gguf_text text = berth_gguf_next(&at);

        fputs_unlocked(i > 0 ? "," : "", w->out);
        berth_json_put(w->out, "", text.s, text.n);
    }
    fputs_unlocked("]", w->out);
    return BERTH_OK;
}

static enum berth_status put_file(const struct words *w,
                                  const struct style *style)
{
    put_added(w);
    enum berth_status status = put_normalizer(w);

    if (status != BERTH_OK)
        return status;
    fputs_unlocked(style->begin, w->out);
    put_around(w, style);
    fputs_unlocked(style->end, w->out);
    status = put_vocab(w);
    if (status == BERTH_OK && w->phantom) {
        fputs_unlocked(",\"unk_token\":", w->out);
        put_id(w, w->ids[UNK]);
    } else if (status == BERTH_OK && w->scores == NULL) {
        status = put_merges(w);
    }
    fputs_unlocked("}}", w->out);
    return status;
}

/* ---------------------------------------------------- tokenizer_config.json */

static json_t *text_of(const struct words *w, int32_t id)
{
    const unsigned char *at = w->tokens->data;
    struct berth_gguf_text text = {0};

    for (int32_t i = 0; i <= id; i++)
        text = berth_gguf_next(&at);
    const char *before = restore(w, (size_t)id, &text);
    return json_sprintf("%s%.*s", before, (int)text.n, text.s);
}

static json_t *make_config(const struct words *w, const struct style *style)
{
    json_t *config = json_pack("{s:s}", "tokenizer_class", style->class);

    for (size_t k = 0; config != NULL && k < SPECIALS; k++) {
        if (w->ids[k] >= 0)
            json_object_set_new(config, specials[k].name,
                                text_of(w, w->ids[k]));
    }
    if (w->no_blank)
        json_object_set_new(config, "add_prefix_space", json_false());
    if (w->phantom) {
        json_object_set_new(config, "do_lower_case",
                            json_boolean(w->lowercase));
        json_object_set_new(config, "strip_accents", json_boolean(w->strip));
    }
    return config;
}

/* The case rule of WordPiece: lower case and no accents, unless the file says
 * otherwise. And Unigram's blank in front. */
static enum berth_status read_rules(struct words *w)
{
    bool found, blank = true;

    w->lowercase = true;
    enum berth_status status = berth_gguf_get_bool(
        w->file, KEY "normalizer.lowercase", &w->lowercase, &found, w->err);
    w->strip = w->lowercase;
    if (status == BERTH_OK)
        status = berth_gguf_get_bool(w->file, KEY "normalizer.strip_accents",
                                     &w->strip, &found, w->err);
    if (status == BERTH_OK && w->scores != NULL)
        status = berth_gguf_get_bool(w->file, KEY "add_space_prefix", &blank,
                                     &found, w->err);
    w->no_blank = !blank;
    return status;
}

static enum berth_status check_specials(const struct words *w)
{
    static const enum special wanted[] = {UNK, CLS, SEP};

    for (size_t k = 0; k < 3; k++) {
        if (w->ids[wanted[k]] < 0 && !(k == 0 && !w->phantom))
            return berth_fail(w->err, BERTH_ERR_FORMAT,
                              "%s: expected key '%s', or token %s, found "
                              "neither",
                              w->file->path, specials[wanted[k]].keys[0],
                              specials[wanted[k]].texts[0]);
    }
    if (w->scores != NULL && w->ids[UNK] != 3)
        return berth_fail(w->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '" KEY "unknown_token_id': expected 3, as "
                          "XLM-RoBERTa has it, found %ld, which is not "
                          "supported",
                          w->file->path, (long)w->ids[UNK]);
    return BERTH_OK;
}

enum berth_status berth_gguf_tokenizer(const struct berth_gguf *file,
                                       char **text, size_t *size,
                                       json_t **config, struct berth_error *err)
{
    struct words w = {.file = file, .err = err};
    const struct style *style = NULL;
    enum berth_status status = find_style(&w, &style);

    if (status != BERTH_OK)
        return status;
    w.phantom = strcmp(style->model, "bert") == 0;
    status = find_arrays(&w, strcmp(style->model, "t5") == 0);
    for (size_t k = 0; status == BERTH_OK && k < SPECIALS; k++)
        status = find_special(&w, (enum special)k);
    if (status == BERTH_OK)
        status = check_specials(&w);
    if (status == BERTH_OK)
        status = read_rules(&w);
    if (status != BERTH_OK)
        return status;
    w.out = open_memstream(text, size);
    if (w.out == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          file->path);
    status = put_file(&w, style);
    const bool failed = ferror(w.out) != 0;
    if ((fclose(w.out) != 0 || failed) && status == BERTH_OK)
        status =
            berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", file->path);
    if (status == BERTH_OK)
        *config = make_config(&w, style);
    if (status == BERTH_OK && *config == NULL)
        status = berth_fail(err, BERTH_ERR_FORMAT,
                            "%s: key '" KEY "tokens': expected UTF-8, found "
                            "other bytes in a special token",
                            file->path);
    return status;
}
