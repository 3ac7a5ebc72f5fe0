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
#include "models/files/gguf_words.h"
#include "models/files/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY BERTH_GGUF_TOKENIZER

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

static enum berth_status find_style(const struct berth_gguf *file,
                                    const struct style **out,
                                    struct berth_error *err)
{
    struct berth_gguf_text model, pre = {"default", 7};
    bool found;
    enum berth_status status =
        berth_gguf_get_text(file, KEY "model", &model, NULL, err);

    if (status == BERTH_OK)
        status = berth_gguf_get_text(file, KEY "pre", &pre, &found, err);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++) {
        *out = &styles[i];
        if (berth_gguf_is(model, styles[i].model) &&
            (styles[i].pre == NULL || is_among(pre, styles[i].pre)))
            return BERTH_OK;
    }
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '" KEY "model': expected bert, t5, or gpt2 with "
                      "roberta-bpe or modern-bert for '" KEY "pre', found "
                      "%.*s with %.*s, which is not supported",
                      file->path, (int)(model.n < 64 ? model.n : 64), model.s,
                      (int)(pre.n < 64 ? pre.n : 64), pre.s);
}

/* ----------------------------------------------------------- tokenizer.json */

/* Token id, quoted. */
static void put_id(FILE *out, const struct berth_gguf_words *w, int32_t id)
{
    const char *before;
    const struct berth_gguf_text text = berth_gguf_word(w, id, &before);

    berth_json_put(out, before, text.s, text.n);
}

static void put_number(FILE *out, size_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%zu", n);
    fputs_unlocked(text, out);
}

/* Tokens of their own. A mask takes the white space before it, but in BERT. */
static void put_added(FILE *out, const struct berth_gguf_words *w)
{
    const unsigned char *at = w->tokens->data;
    const char *between = "";

    fputs_unlocked("{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
                   "\"added_tokens\":[",
                   out);
    for (size_t i = 0; i < w->n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);
        bool special = berth_gguf_kind(w, i) == BERTH_GGUF_CONTROL;

        for (size_t k = 0; k < BERTH_GGUF_SPECIALS; k++)
            special |= w->ids[k] == (int32_t)i;
        if (!special && berth_gguf_kind(w, i) != BERTH_GGUF_USER)
            continue;
        const char *before = berth_gguf_restore(w, i, &text);
        fputs_unlocked(between, out);
        fputs_unlocked("{\"id\":", out);
        put_number(out, i);
        fputs_unlocked(",\"content\":", out);
        berth_json_put(out, before, text.s, text.n);
        fputs_unlocked(",\"single_word\":false,\"lstrip\":", out);
        fputs_unlocked(w->ids[BERTH_GGUF_MASK] == (int32_t)i && !w->phantom
                           ? "true"
                           : "false",
                       out);
        fputs_unlocked(special ? ",\"rstrip\":false,\"normalized\":false,"
                                 "\"special\":true}"
                               : ",\"rstrip\":false,\"normalized\":true,"
                                 "\"special\":false}",
                       out);
        between = ",";
    }
    fputs_unlocked("],", out);
}

static const char *boolean(bool value)
{
    return value ? "true" : "false";
}

/* What turns a text into its usual form: BERT's rules, or a table. */
static enum berth_status put_normalizer(FILE *out,
                                        const struct berth_gguf_words *w,
                                        struct berth_error *err)
{
    const struct berth_gguf_pair *map =
        berth_gguf_find(w->file, KEY "precompiled_charsmap");

    if (w->phantom) {
        fputs_unlocked(
            "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"
            "\"handle_chinese_chars\":true,\"strip_accents\":",
            out);
        fputs_unlocked(boolean(w->strip), out);
        fputs_unlocked(",\"lowercase\":", out);
        fputs_unlocked(boolean(w->lowercase), out);
        fputs_unlocked("},", out);
        return BERTH_OK;
    }
    if (w->scores == NULL)
        return BERTH_OK;
    if (map != NULL && (!map->is_array || (map->type != BERTH_GGUF_U8 &&
                                           map->type != BERTH_GGUF_I8)))
        return berth_gguf_fail_array(w, KEY "precompiled_charsmap", map,
                                     "bytes", map->n, err);
    if (map == NULL || map->n == 0) {
        fputs_unlocked("\"normalizer\":null,", out);
        return BERTH_OK;
    }
    fputs_unlocked(
        "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":"
        "\"Precompiled\",\"precompiled_charsmap\":\"",
        out);
    berth_base64_put(out, map->data, map->n);
    fputs_unlocked("\"}]},", out);
    return BERTH_OK;
}

/* The tokens around a text. */
static void put_around(FILE *out, const struct berth_gguf_words *w,
                       const struct style *style)
{
    static const struct {
        const char *name;
        enum berth_gguf_special id;
    } ends[] = {{",\"sep\":[", BERTH_GGUF_SEP}, {",\"cls\":[", BERTH_GGUF_CLS}};

    fputs_unlocked(style->around, out);
    for (size_t i = 0; i < 2; i++) {
        fputs_unlocked(ends[i].name, out);
        put_id(out, w, w->ids[ends[i].id]);
        fputs_unlocked(",", out);
        put_number(out, (size_t)w->ids[ends[i].id]);
        fputs_unlocked("]", out);
    }
    fputs_unlocked("},", out);
}

/* {"token": id, ...}, or [["token", score], ...] where there are scores. */
static enum berth_status put_vocab(FILE *out, const struct berth_gguf_words *w,
                                   struct berth_error *err)
{
    const unsigned char *at = w->tokens->data;
    const bool scored = w->scores != NULL;
    const char *begin = scored ? ",[" : ",";

    fputs_unlocked(scored ? "[" : "{", out);
    for (size_t i = 0; i < w->n; i++) {
        struct berth_gguf_text text = berth_gguf_next(&at);
        const char *before = berth_gguf_restore(w, i, &text);
        const double score = scored ? berth_gguf_number(w->scores, i) : 0;

        if (!(fabs(score) < 1e9))
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: key '" KEY "scores': expected numbers below "
                              "1e9, found %g at %zu",
                              w->file->path, score, i);
        fputs_unlocked(begin + (i > 0 ? 0 : 1), out);
        berth_json_put(out, before, text.s, text.n);
        fputs_unlocked(scored ? "," : ":", out);
        if (scored)
            berth_json_put_number(out, score);
        else
            put_number(out, i);
        fputs_unlocked(scored ? "]" : "", out);
    }
    fputs_unlocked(scored ? "]" : "}", out);
    return BERTH_OK;
}

static enum berth_status put_merges(FILE *out, const struct berth_gguf_words *w,
                                    struct berth_error *err)
{
    const struct berth_gguf_pair *merges =
        berth_gguf_find(w->file, KEY "merges");

    if (merges == NULL || !merges->is_array ||
        merges->type != BERTH_GGUF_STRING)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected an array of texts, found "
                          "none",
                          w->file->path, KEY "merges");
    const unsigned char *at = merges->data;
    fputs_unlocked(",\"merges\":[", out);
    for (size_t i = 0; i < merges->n; i++) {
        const struct berth_gguf_text text = berth_gguf_next(&at);

        fputs_unlocked(i > 0 ? "," : "", out);
        berth_json_put(out, "", text.s, text.n);
    }
    fputs_unlocked("]", out);
    return BERTH_OK;
}

static enum berth_status put_file(FILE *out, const struct berth_gguf_words *w,
                                  const struct style *style,
                                  struct berth_error *err)
{
    put_added(out, w);
    enum berth_status status = put_normalizer(out, w, err);

    if (status != BERTH_OK)
        return status;
    fputs_unlocked(style->begin, out);
    put_around(out, w, style);
    fputs_unlocked(style->end, out);
    status = put_vocab(out, w, err);
    if (status == BERTH_OK && w->phantom) {
        fputs_unlocked(",\"unk_token\":", out);
        put_id(out, w, w->ids[BERTH_GGUF_UNK]);
    } else if (status == BERTH_OK && w->scores == NULL) {
        status = put_merges(out, w, err);
    }
    fputs_unlocked("}}", out);
    return status;
}

/* ---------------------------------------------------- tokenizer_config.json */

/* A token as text; NULL: no memory. */
static json_t *text_of(const struct berth_gguf_words *w, int32_t id)
{
    const char *before;
    const struct berth_gguf_text text = berth_gguf_word(w, id, &before);

    return json_sprintf("%s%.*s", before, (int)text.n, text.s);
}

static json_t *make_config(const struct berth_gguf_words *w,
                           const struct style *style)
{
    json_t *config = json_pack("{s:s}", "tokenizer_class", style->class);
    bool ok = config != NULL;

    for (size_t k = 0; ok && k < BERTH_GGUF_SPECIALS; k++)
        ok = w->ids[k] < 0 ||
             json_object_set_new(
                 config, berth_gguf_special_name((enum berth_gguf_special)k),
                 text_of(w, w->ids[k])) == 0;
    if (ok && w->no_blank)
        ok = json_object_set_new(config, "add_prefix_space", json_false()) == 0;
    if (ok && w->phantom)
        ok = json_object_set_new(config, "do_lower_case",
                                 json_boolean(w->lowercase)) == 0 &&
             json_object_set_new(config, "strip_accents",
                                 json_boolean(w->strip)) == 0;
    if (ok)
        return config;
    json_decref(config);
    return NULL;
}

enum berth_status berth_gguf_tokenizer(const struct berth_gguf *file,
                                       char **text, size_t *size,
                                       json_t **config, struct berth_error *err)
{
    struct berth_gguf_words w;
    const struct style *style = NULL;
    enum berth_status status = find_style(file, &style, err);

    if (status == BERTH_OK)
        status = berth_gguf_words_read(file, style->model, &w, err);
    if (status != BERTH_OK)
        return status;
    FILE *out = open_memstream(text, size);
    if (out == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          file->path);
    status = put_file(out, &w, style, err);
    const bool failed = ferror(out) != 0;
    if ((fclose(out) != 0 || failed) && status == BERTH_OK)
        status =
            berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", file->path);
    if (status == BERTH_OK)
        *config = make_config(&w, style);
    if (status == BERTH_OK && *config == NULL)
        status =
            berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", file->path);
    return status;
}
