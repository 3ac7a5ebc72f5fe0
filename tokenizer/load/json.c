/*
 * json.c - the parts of a pipeline, as tokenizer.json writes them: what reads
 * each.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/splitters/bert.h"

#include <stdio.h>
#include <string.h>

enum {
    KEY_MAX = 64,
    EXPECTED_MAX = 320
};

static enum berth_status fail_unsupported(const struct berth_loading *l,
                                          const char *key, const char *expected,
                                          const char *found)
{
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected %s, found \"%.80s\"",
                      l->file_name, key, expected, found);
}

static enum berth_status fail_type(const struct berth_loading *l,
                                   const char *key, const char *type);

static enum berth_status read_bert_splitter(struct berth_loading *l,
                                            const json_t *part)
{
    (void)part;
    l->tokenizer->splitter = berth_bert_splitter();
    return BERTH_OK;
}

/* A new part of a pipeline joins here. "": it is null or absent; where
 * there is no row for that, its slot stays empty. */
static const struct reader {
    const char *key, *type;
    enum berth_status (*read)(struct berth_loading *l, const json_t *part);
} readers[] = {
    {"normalizer", "BertNormalizer", berth_load_bert_normalizer},
    {"normalizer", "Lowercase", berth_load_lowercase},
    {"normalizer", "NFC", berth_load_form},
    {"normalizer", "NFD", berth_load_form},
    {"normalizer", "NFKC", berth_load_form},
    {"normalizer", "NFKD", berth_load_form},
    {"normalizer", "Nmt", berth_load_nmt},
    {"normalizer", "Precompiled", berth_load_precompiled},
    {"normalizer", "Prepend", berth_load_prepend},
    {"normalizer", "Replace", berth_load_replace},
    {"normalizer", "Sequence", berth_load_normalizers},
    {"normalizer", "Strip", berth_load_strip},
    {"normalizer", "StripAccents", berth_load_strip_accents},
    {"pre_tokenizer", "BertPreTokenizer", read_bert_splitter},
    {"pre_tokenizer", "ByteLevel", berth_load_byte_level},
    {"pre_tokenizer", "CharDelimiterSplit", berth_load_delimiter_split},
    {"pre_tokenizer", "Digits", berth_load_digits},
    {"pre_tokenizer", "Metaspace", berth_load_metaspace},
    {"pre_tokenizer", "Punctuation", berth_load_punctuation},
    {"pre_tokenizer", "Sequence", berth_load_splitters},
    {"pre_tokenizer", "Split", berth_load_split},
    {"pre_tokenizer", "Whitespace", berth_load_whitespace},
    {"pre_tokenizer", "WhitespaceSplit", berth_load_whitespace_split},
    {"model", "WordPiece", berth_load_wordpiece},
    {"model", "Unigram", berth_load_unigram},
    {"model", "WordLevel", berth_load_wordlevel},
    {"model", "BPE", berth_load_bpe},
    {"model", "", berth_load_wordpiece},
    {"post_processor", "TemplateProcessing", berth_load_template},
    {"post_processor", "BertProcessing", berth_load_bert_template},
    {"post_processor", "RobertaProcessing", berth_load_roberta_template},
    {"post_processor", "ByteLevel", berth_load_byte_level_trim},
    {"post_processor", "Sequence", berth_load_processors},
    {"post_processor", "", berth_load_no_template},
    {"decoder", "WordPiece", berth_load_wordpiece_decoder},
    {"decoder", "ByteLevel", berth_load_byte_level_decoder},
    {"decoder", "BPEDecoder", berth_load_bpe_decoder},
    {"decoder", "ByteFallback", berth_load_byte_fallback_decoder},
    {"decoder", "Fuse", berth_load_fuse_decoder},
    {"decoder", "Metaspace", berth_load_metaspace_decoder},
    {"decoder", "Replace", berth_load_replace_decoder},
    {"decoder", "Sequence", berth_load_decoders},
    {"decoder", "Strip", berth_load_strip_decoder},
};

/* Names the types that can be read under the key. */
static enum berth_status fail_type(const struct berth_loading *l,
                                   const char *key, const char *type)
{
    char name[KEY_MAX], types[EXPECTED_MAX] = "";
    size_t n = 0;

    for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
        if (strcmp(readers[i].key, key) != 0 || readers[i].type[0] == '\0' ||
            n + strlen(readers[i].type) + 5 > sizeof(types))
            continue;
        n += (size_t)snprintf(types + n, sizeof(types) - n, "%s\"%s\"",
                              n > 0 ? ", " : "", readers[i].type);
    }
    snprintf(name, sizeof(name), "%s.type", key);
    return fail_unsupported(l, name, types, type);
}

/* Parts that only a class's pipeline has. */
static const struct reader of_classes[] = {
    {"normalizer", "Tweets", berth_load_tweets},
    {"pre_tokenizer", "Mecab", berth_load_mecab},
    {"pre_tokenizer", "PythonWords", berth_load_python_words},
    {"model", "FastBPE", berth_load_fastbpe},
    {"model", "MecabSubwords", berth_load_mecab_subwords},
    {"decoder", "FastBPE", berth_load_fastbpe_decoder},
};

static const struct reader *find_among(const struct reader *list, size_t n,
                                       const char *key, const char *type)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].key, key) == 0 && strcmp(list[i].type, type) == 0)
            return &list[i];
    }
    return NULL;
}

static const struct reader *find_reader(const struct berth_loading *l,
                                        const char *key, const char *type)
{
    const struct reader *found =
        find_among(readers, sizeof(readers) / sizeof(*readers), key, type);

    if (found != NULL || l->class->pipeline == NULL)
        return found;
    return find_among(of_classes, sizeof(of_classes) / sizeof(*of_classes), key,
                      type);
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
    reader = find_reader(l, key, type);
    if (reader != NULL)
        return reader->read(l, part);
    return type[0] == '\0' ? BERTH_OK : fail_type(l, key, type);
}

enum berth_status berth_load_slot(struct berth_loading *l, const char *key)
{
    json_t *part = json_object_get(l->pipeline, key);
    enum berth_status status =
        l->class->pipeline != NULL ? berth_load_fill(l, part) : BERTH_OK;

    return status == BERTH_OK ? berth_load_part(l, key, part) : status;
}

/* A file that names no model is WordPiece's, or what the class has. */
enum berth_status berth_load_check_model(struct berth_loading *l)
{
    const char *type, *want;
    enum berth_status status =
        get_type(l, "model", json_object_get(l->file, "model"), &type);

    if (status != BERTH_OK)
        return status;
    want = type;
    if (l->class->pipeline != NULL && type[0] != '\0')
        want = json_string_value(
            json_object_get(json_object_get(l->pipeline, "model"), "type"));
    if (strcmp(type, want) != 0) {
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'model.type': expected \"%s\", as "
                          "%sTokenizer has it, found \"%.80s\"",
                          l->file_name, want, l->class->name, type);
    }
    return find_reader(l, "model", type) != NULL ? BERTH_OK
                                                 : fail_type(l, "model", type);
}

/* What BERT's normalizer does; for a class, fill.c has said it. */
static enum berth_status describe(const struct berth_loading *l)
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

enum berth_status berth_load_stages(struct berth_loading *l)
{
    static const char *const keys[] = {"normalizer", "pre_tokenizer", "decoder",
                                       "model"};
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < 4; i++)
        status = berth_load_slot(l, keys[i]);
    if (status == BERTH_OK &&
        l->tokenizer->splitter.byte_level != l->tokenizer->subwords.byte_level)
        return fail_unsupported(l, "model.type", "\"BPE\" after \"ByteLevel\"",
                                "another");
    return status == BERTH_OK && l->class->pipeline == NULL ? describe(l)
                                                            : status;
}
