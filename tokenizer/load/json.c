/*
 * json.c - the parts of tokenizer.json: what reads each.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/decoders/wordpiece.h"
#include "tokenizer/splitters/bert.h"

#include <stdio.h>
#include <string.h>

enum {
    KEY_MAX = 64
};

static enum berth_status fail_unsupported(const struct berth_loading *l,
                                          const char *key, const char *expected,
                                          const char *found)
{
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected %s, found \"%.80s\"",
                      l->file_name, key, expected, found);
}

/* What can be read under each key, in words. */
static const struct {
    const char *key, *types;
} expected[] = {
    {"normalizer", "a normalizer that is known"},
    {"pre_tokenizer", "\"BertPreTokenizer\""},
    {"model", "\"WordPiece\""},
    {"post_processor", "\"TemplateProcessing\" or \"BertProcessing\""},
    {"decoder", "\"WordPiece\""},
};

static enum berth_status fail_type(const struct berth_loading *l,
                                   const char *key, const char *type)
{
    char name[KEY_MAX];
    size_t i = 0;

    while (strcmp(expected[i].key, key) != 0)
        i++;
    snprintf(name, sizeof(name), "%s.type", key);
    return fail_unsupported(l, name, expected[i].types, type);
}

static enum berth_status read_bert_splitter(struct berth_loading *l,
                                            const json_t *part)
{
    (void)part;
    l->tokenizer->splitter = berth_bert_splitter();
    return BERTH_OK;
}

/* A string of "model" into a buffer. */
static enum berth_status model_string(struct berth_loading *l,
                                      const json_t *model, const char *key,
                                      char *out, size_t size)
{
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

/* The stage itself needs the vocabulary, too: load.c makes it. */
static enum berth_status read_wordpiece(struct berth_loading *l,
                                        const json_t *part)
{
    enum berth_status status = model_string(
        l, part, "continuing_subword_prefix", l->prefix, sizeof(l->prefix));

    if (status == BERTH_OK)
        status =
            model_string(l, part, "unk_token", l->unknown, sizeof(l->unknown));
    if (status != BERTH_OK)
        return status;
    return berth_json_get_size(part, l->file_name, "max_input_chars_per_word",
                               0, SIZE_MAX, &l->max_chars, NULL, l->err);
}

static enum berth_status read_wordpiece_decoder(struct berth_loading *l,
                                                const json_t *part)
{
    const char *prefix = NULL;
    bool cleanup = true;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "prefix", &prefix, NULL, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "cleanup", &cleanup,
                                     NULL, l->err);
    if (status != BERTH_OK)
        return status;
    return berth_load_memory(
        l, berth_wordpiece_decoder(prefix, cleanup, &l->tokenizer->decoder));
}

/* A new part of tokenizer.json joins here. "": it is null or absent; where
 * there is no row for that, its slot stays empty. */
static const struct reader {
    const char *key, *type;
    enum berth_status (*read)(struct berth_loading *l, const json_t *part);
} readers[] = {
    {"normalizer", "BertNormalizer", berth_load_bert_normalizer},
    {"normalizer", "Lowercase", berth_load_lowercase},
    {"normalizer", "Precompiled", berth_load_precompiled},
    {"normalizer", "Sequence", berth_load_normalizers},
    {"pre_tokenizer", "BertPreTokenizer", read_bert_splitter},
    {"model", "WordPiece", read_wordpiece},
    {"model", "", read_wordpiece},
    {"post_processor", "TemplateProcessing", berth_load_template},
    {"post_processor", "BertProcessing", berth_load_bert_template},
    {"post_processor", "", berth_load_no_template},
    {"decoder", "WordPiece", read_wordpiece_decoder},
};

static const struct reader *find_reader(const char *key, const char *type)
{
    for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
        if (strcmp(readers[i].key, key) == 0 &&
            strcmp(readers[i].type, type) == 0)
            return &readers[i];
    }
    return NULL;
}

/* "type" of a part, which may be null or absent: "". "model" needs none. */
static enum berth_status get_type(const struct berth_loading *l,
                                  const char *key, const json_t *part,
                                  const char **out)
{
    const bool is_model = strcmp(key, "model") == 0;
    char found[KEY_MAX];
    bool has;
    enum berth_status status;

    *out = "";
    if (part == NULL || json_is_null(part))
        return BERTH_OK;
    if (!json_is_object(part)) {
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected an object, found %s",
                          l->file_name, key,
                          berth_json_describe(part, found, sizeof(found)));
    }
    status =
        berth_json_get_string(part, l->file_name, "type", out, &has, l->err);
    if (status != BERTH_OK || (has ? (*out)[0] != '\0' : is_model))
        return status;
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: key '%s.type': expected the name of a class, found "
                      "%s",
                      l->file_name, key, has ? "\"\"" : "nothing");
}

enum berth_status berth_load_part(struct berth_loading *l, const char *key,
                                  const json_t *part)
{
    const char *type;
    const struct reader *reader;
    enum berth_status status = get_type(l, key, part, &type);

    if (status != BERTH_OK)
        return status;
    reader = find_reader(key, type);
    if (reader != NULL)
        return reader->read(l, part);
    return type[0] == '\0' ? BERTH_OK : fail_type(l, key, type);
}

enum berth_status berth_load_check_model(struct berth_loading *l)
{
    const char *type;
    enum berth_status status =
        get_type(l, "model", json_object_get(l->file, "model"), &type);

    if (status != BERTH_OK || find_reader("model", type) != NULL)
        return status;
    return fail_type(l, "model", type);
}

static enum berth_status read_normalizer(struct berth_loading *l)
{
    return berth_load_part(l, "normalizer",
                           json_object_get(l->file, "normalizer"));
}

static enum berth_status read_splitter(struct berth_loading *l)
{
    const json_t *part = json_object_get(l->file, "pre_tokenizer");
    const json_t *list;
    const char *type;
    enum berth_status status = get_type(l, "pre_tokenizer", part, &type);

    if (status != BERTH_OK)
        return status;
    if (strcmp(type, "Sequence") != 0)
        return berth_load_part(l, "pre_tokenizer", part);
    list = json_object_get(part, "pretokenizers");
    if (json_array_size(list) != 1) {
        return fail_unsupported(l, "pre_tokenizer.pretokenizers",
                                "one \"BertPreTokenizer\"", "several");
    }
    return berth_load_part(l, "pre_tokenizer", json_array_get(list, 0));
}

static enum berth_status read_decoder(struct berth_loading *l)
{
    return berth_load_part(l, "decoder", json_object_get(l->file, "decoder"));
}

static enum berth_status read_model(struct berth_loading *l)
{
    return berth_load_part(l, "model", json_object_get(l->file, "model"));
}

static enum berth_status describe(struct berth_loading *l)
{
    const struct {
        const char *key;
        bool value;
    } switches[] = {{"do_lower_case", l->seen.lowercase || l->seen.lower_first},
                    {"strip_accents", l->seen.strip_accents},
                    {"tokenize_chinese_chars", l->seen.chinese}};
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < 3; i++)
        status =
            berth_settings_add(l->settings, switches[i].key, "tokenizer.json",
                               "%s", switches[i].value ? "true" : "false");
    return status;
}

enum berth_status berth_load_json_rules(struct berth_loading *l)
{
    static berth_load_step *const steps[] = {
        read_normalizer, read_splitter, read_decoder, read_model, describe};

    return berth_load_steps(l, steps, sizeof(steps) / sizeof(*steps));
}
