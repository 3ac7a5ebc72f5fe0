/*
 * rules.c - how a text is normalised, split and decoded, as
 * tokenizer_config.json or tokenizer.json says.
 */
#include "tokenizer/load/added.h"

#include "lib/status.h"
#include "tokenizer/decoders/wordpiece.h"
#include "tokenizer/splitters/bert.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_CHARS = 100, /* of a word; WordPiece of tokenizers */
    KEY_MAX = 64
};

static const char *on_off(bool value)
{
    return value ? "true" : "false";
}

static enum berth_status fail_unsupported(const struct berth_loading *l,
                                          const char *key, const char *expected,
                                          const char *found)
{
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected %s, found \"%.80s\"",
                      l->file_name, key, expected,
                      found[0] != '\0' ? found : "null");
}

static enum berth_status set_decoder(struct berth_loading *l,
                                     const char *prefix, bool cleanup)
{
    return berth_wordpiece_decoder(prefix, cleanup, &l->tokenizer->decoder)
               ? BERTH_OK
               : berth_fail(l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                            l->file_name);
}

/* A switch of tokenizer_config.json, and a note of where it came from. */
static enum berth_status config_switch(struct berth_loading *l, const char *key,
                                       bool *value)
{
    bool found;
    enum berth_status status = berth_json_get_bool(l->config, l->config_name,
                                                   key, value, &found, l->err);

    if (status != BERTH_OK)
        return status;
    return berth_settings_add(l->settings, key,
                              found ? "tokenizer_config.json" : "default", "%s",
                              on_off(*value));
}

/* "unk_token": a string, or an object with "content"; null is Python's "None",
 * so most likely no token at all. */
static enum berth_status config_unknown(struct berth_loading *l)
{
    const char *name;
    const json_t *value = berth_load_named(l, "unk_token", &name);
    const char *token = "[UNK]";
    struct berth_added_token given;
    enum berth_status status;

    if (json_is_null(value))
        token = "None";
    if (value != NULL && !json_is_null(value)) {
        status = berth_gather_token(l, value, name, true, &given);
        if (status != BERTH_OK)
            return status;
        token = given.content;
    }
    if (strlen(token) >= sizeof(l->unknown)) {
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key 'unk_token': expected at most %zu bytes, "
                          "found %zu",
                          name, sizeof(l->unknown) - 1, strlen(token));
    }
    memcpy(l->unknown, token, strlen(token) + 1);
    return BERTH_OK;
}

enum berth_status berth_load_config_rules(struct berth_loading *l)
{
    struct berth_bert_rules *normalizer = &l->rules;
    enum berth_status status;

    *normalizer = (struct berth_bert_rules){
        .clean = true, .chinese = true, .lowercase = true};
    l->tokenizer->splitter = berth_bert_splitter();
    l->max_chars = MAX_CHARS;
    snprintf(l->prefix, sizeof(l->prefix), "##");
    status = config_switch(l, "do_lower_case", &normalizer->lowercase);
    normalizer->strip_accents = normalizer->lowercase;
    if (status == BERTH_OK)
        status = config_switch(l, "strip_accents", &normalizer->strip_accents);
    if (status == BERTH_OK)
        status =
            config_switch(l, "tokenize_chinese_chars", &normalizer->chinese);
    if (status == BERTH_OK)
        status = config_unknown(l);
    return status == BERTH_OK ? set_decoder(l, "##", true) : status;
}

enum berth_status berth_load_json_type(const struct berth_loading *l,
                                       const json_t *object, const char *key,
                                       const char **out)
{
    const bool is_model = strcmp(key, "model") == 0; /* needs none */
    char found[KEY_MAX];
    bool has;
    enum berth_status status;

    *out = "";
    if (object == NULL || json_is_null(object))
        return BERTH_OK;
    if (!json_is_object(object)) {
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected an object, found %s",
                          l->file_name, key,
                          berth_json_describe(object, found, sizeof(found)));
    }
    status =
        berth_json_get_string(object, l->file_name, "type", out, &has, l->err);
    if (status != BERTH_OK || (has ? (*out)[0] != '\0' : is_model))
        return status;
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: key '%s.type': expected the name of a class, found "
                      "%s",
                      l->file_name, key, has ? "\"\"" : "nothing");
}

static enum berth_status read_bert_normalizer(struct berth_loading *l,
                                              const json_t *object)
{
    struct berth_bert_rules *n = &l->rules;
    const char *name = l->file_name;
    bool found;
    enum berth_status status = berth_json_get_bool(object, name, "clean_text",
                                                   &n->clean, NULL, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_bool(object, name, "handle_chinese_chars",
                                     &n->chinese, NULL, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_bool(object, name, "lowercase", &n->lowercase,
                                     NULL, l->err);
    n->strip_accents = n->lowercase;
    if (status == BERTH_OK)
        status = berth_json_get_bool(object, name, "strip_accents",
                                     &n->strip_accents, &found, l->err);
    return status;
}

/* A step of normalising: BertNormalizer once, Lowercase around it. */
static enum berth_status read_normalizer(struct berth_loading *l,
                                         const json_t *object, bool *has_bert)
{
    struct berth_bert_rules *n = &l->rules;
    bool lowercase = n->lowercase;
    const char *type;
    enum berth_status status =
        berth_load_json_type(l, object, "normalizer", &type);

    if (status != BERTH_OK || json_is_null(object) || object == NULL)
        return status;
    if (strcmp(type, "Lowercase") == 0) {
        if (*has_bert)
            n->lowercase = true;
        else
            n->lower_first = true;
        return BERTH_OK;
    }
    if (strcmp(type, "BertNormalizer") != 0 || *has_bert) {
        return fail_unsupported(l, "normalizer.type",
                                "one \"BertNormalizer\", or \"Lowercase\"",
                                type);
    }
    *has_bert = true;
    status = read_bert_normalizer(l, object);
    n->lowercase |= lowercase;
    return status;
}

static enum berth_status read_normalizers(struct berth_loading *l)
{
    const json_t *object = json_object_get(l->file, "normalizer");
    const json_t *list, *step;
    const char *type;
    bool has_bert = false;
    size_t i;
    enum berth_status status =
        berth_load_json_type(l, object, "normalizer", &type);

    if (status != BERTH_OK)
        return status;
    if (strcmp(type, "Sequence") != 0)
        return read_normalizer(l, object, &has_bert);
    list = json_object_get(object, "normalizers");
    json_array_foreach(list, i, step)
    {
        status = read_normalizer(l, step, &has_bert);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

static enum berth_status read_pre_tokenizer(struct berth_loading *l)
{
    const json_t *object = json_object_get(l->file, "pre_tokenizer");
    const char *type;
    enum berth_status status =
        berth_load_json_type(l, object, "pre_tokenizer", &type);

    if (status == BERTH_OK && strcmp(type, "Sequence") == 0) {
        const json_t *list = json_object_get(object, "pretokenizers");

        if (json_array_size(list) != 1) {
            return fail_unsupported(l, "pre_tokenizer.pretokenizers",
                                    "one \"BertPreTokenizer\"", "several");
        }
        status = berth_load_json_type(l, json_array_get(list, 0),
                                      "pre_tokenizer", &type);
    }
    if (status != BERTH_OK)
        return status;
    if (type[0] == '\0')
        return BERTH_OK;
    if (strcmp(type, "BertPreTokenizer") != 0) {
        return fail_unsupported(l, "pre_tokenizer.type", "\"BertPreTokenizer\"",
                                type);
    }
    l->tokenizer->splitter = berth_bert_splitter();
    return BERTH_OK;
}

static enum berth_status read_decoder(struct berth_loading *l)
{
    const json_t *object = json_object_get(l->file, "decoder");
    const char *type, *prefix = NULL;
    bool cleanup = true;
    enum berth_status status =
        berth_load_json_type(l, object, "decoder", &type);

    if (status != BERTH_OK || type[0] == '\0')
        return status;
    if (strcmp(type, "WordPiece") != 0)
        return fail_unsupported(l, "decoder.type", "\"WordPiece\"", type);
    status = berth_json_get_string(object, l->file_name, "prefix", &prefix,
                                   NULL, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_bool(object, l->file_name, "cleanup", &cleanup,
                                     NULL, l->err);
    return status == BERTH_OK ? set_decoder(l, prefix, cleanup) : status;
}

/* A string of "model" into a buffer. */
static enum berth_status model_string(struct berth_loading *l, const char *key,
                                      char *out, size_t size)
{
    const json_t *model = json_object_get(l->file, "model");
    const char *value = "";
    enum berth_status status =
        berth_json_get_string(model, l->file_name, key, &value, NULL, l->err);

    if (status == BERTH_OK && strlen(value) >= size) {
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key 'model.%s': expected at most %zu bytes, "
                          "found %zu",
                          l->file_name, key, size - 1, strlen(value));
    }
    if (status == BERTH_OK)
        memcpy(out, value, strlen(value) + 1);
    return status;
}

enum berth_status berth_load_json_rules(struct berth_loading *l)
{
    struct berth_bert_rules *n = &l->rules;
    enum berth_status status = read_normalizers(l);

    if (status == BERTH_OK)
        status = read_pre_tokenizer(l);
    if (status == BERTH_OK)
        status = read_decoder(l);
    if (status == BERTH_OK)
        status = model_string(l, "continuing_subword_prefix", l->prefix,
                              sizeof(l->prefix));
    if (status == BERTH_OK)
        status = model_string(l, "unk_token", l->unknown, sizeof(l->unknown));
    if (status == BERTH_OK)
        status = berth_json_get_size(json_object_get(l->file, "model"),
                                     l->file_name, "max_input_chars_per_word",
                                     0, SIZE_MAX, &l->max_chars, NULL, l->err);
    if (status == BERTH_OK)
        status =
            berth_settings_add(l->settings, "do_lower_case", "tokenizer.json",
                               "%s", on_off(n->lowercase || n->lower_first));
    if (status == BERTH_OK)
        status =
            berth_settings_add(l->settings, "strip_accents", "tokenizer.json",
                               "%s", on_off(n->strip_accents));
    if (status == BERTH_OK)
        status = berth_settings_add(l->settings, "tokenize_chinese_chars",
                                    "tokenizer.json", "%s", on_off(n->chinese));
    return status;
}
