/*
 * load.c - opening a tokenizer: which file says what.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/subwords/wordpiece.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tokenizer_file[] = "tokenizer.json";
static const char config_file[] = "tokenizer_config.json";
static const char vocab_file[] = "vocab.txt";

static enum berth_status read_config(struct berth_loading *l)
{
    enum berth_status status =
        berth_json_read_optional(l->folder, config_file, &l->config, l->err);

    berth_folder_file(l->folder, config_file, l->config_name,
                      sizeof(l->config_name));
    if (status == BERTH_OK && l->config == NULL) {
        l->config = json_object();
        return l->config != NULL
                   ? BERTH_OK
                   : berth_fail(l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                                l->config_name);
    }
    if (status == BERTH_OK && !json_is_object(l->config)) {
        char found[64];
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: expected an object, found %s", l->config_name,
                          berth_json_describe(l->config, found, sizeof(found)));
    }
    return status;
}

/* Keys that make transformers read another vocabulary: "tokenizer.4.0.json"
 * and the like, or the one in the key. */
static enum berth_status refuse_other_files(const struct berth_loading *l,
                                            bool has_file)
{
    static const char files_key[] = "fast_tokenizer_files";
    static const char vocab_key[] = "vocab", stem[] = "tokenizer.";
    const json_t *files = json_object_get(l->config, files_key), *file;
    const json_t *vocab = json_object_get(l->config, vocab_key);
    size_t i;

    json_array_foreach(files, i, file)
    {
        const char *name = json_string_value(file);
        const char *at = name != NULL ? strstr(name, stem) : NULL;

        if (at != NULL && strstr(at + strlen(stem), ".json") != NULL) {
            return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                              "%s: key '%s': expected \"%s\" alone, found "
                              "\"%.64s\", which is not supported",
                              l->config_name, files_key, tokenizer_file, name);
        }
    }
    if (has_file || vocab == NULL || json_is_null(vocab))
        return BERTH_OK;
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected none, found one: only those of "
                      "vocab.txt and tokenizer.json are read",
                      l->config_name, vocab_key);
}

/* The class that config.json names, where tokenizer_config.json is silent. */
static enum berth_status read_model_class(struct berth_loading *l, json_t **out,
                                          const char **class)
{
    static const char name[] = "config.json";
    char file[BERTH_FILE_NAME_MAX];
    bool found;
    enum berth_status status =
        berth_json_read_optional(l->folder, name, out, l->err);

    if (status != BERTH_OK || !json_is_object(*out))
        return status;
    berth_folder_file(l->folder, name, file, sizeof(file));
    return berth_json_get_string(*out, file, "tokenizer_class", class, &found,
                                 l->err);
}

static enum berth_status fail_class(const struct berth_loading *l,
                                    const char *source,
                                    enum berth_tokenizer_class kind,
                                    const char *found)
{
    char file[BERTH_FILE_NAME_MAX];

    berth_folder_file(l->folder, source, file, sizeof(file));
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'tokenizer_class': expected a BertTokenizer%s, "
                      "found \"%.80s\"",
                      file,
                      kind == BERTH_CLASS_AS_IS
                          ? ", or tokenizer.json beside it"
                          : " or PreTrainedTokenizerFast",
                      found);
}

static enum berth_status choose_class(struct berth_loading *l, bool has_file)
{
    json_t *model = NULL;
    const char *class = NULL;
    const char *source = config_file;
    enum berth_tokenizer_class kind;
    bool found;
    enum berth_status status = berth_json_get_string(
        l->config, l->config_name, "tokenizer_class", &class, &found, l->err);

    if (status == BERTH_OK && class == NULL) {
        source = "config.json";
        status = read_model_class(l, &model, &class);
    }
    if (status != BERTH_OK)
        goto out;
    if (class == NULL) {
        class = "BertTokenizer";
        source = "default";
    }
    kind = berth_load_class(class);
    l->as_is = kind == BERTH_CLASS_AS_IS;
    l->tokenizer->facts.hides_types = berth_load_class_hides_types(class);
    if (kind == BERTH_CLASS_OTHER || (l->as_is && !has_file)) {
        status = fail_class(l, source, kind, class);
        goto out;
    }
    status =
        berth_settings_add(l->settings, "tokenizer_class", source, "%s", class);
out:
    json_decref(model);
    return status;
}

/*
 * tokenizer.json as JSON, with an empty object in the place of bytes [begin,
 * end), its vocabulary.
 */
static enum berth_status parse_cut(struct berth_loading *l,
                                   const struct berth_blob *blob, size_t begin,
                                   size_t end, bool keep_lines,
                                   struct berth_error *err)
{
    char *cut = malloc(blob->size + 2);
    size_t n = begin;
    enum berth_status status;

    if (cut == NULL) {
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          l->file_name);
    }
    memcpy(cut, blob->data, begin);
    cut[n++] = '{';
    for (size_t i = begin; keep_lines && i < end; i++) {
        if (blob->data[i] == '\n')
            cut[n++] = '\n';
    }
    cut[n++] = '}';
    memcpy(cut + n, blob->data + end, blob->size - end);
    n += blob->size - end;
    status = berth_json_parse(cut, n, l->file_name, &l->file, err);
    free(cut);
    return status;
}

static enum berth_status check_file(struct berth_loading *l, bool has_vocab)
{
    const json_t *model = json_object_get(l->file, "model");
    const char *type;
    enum berth_status status = berth_load_json_type(l, model, "model", &type);

    if (status != BERTH_OK)
        return status;
    if (type[0] != '\0' && strcmp(type, "WordPiece") != 0) {
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'model.type': expected \"WordPiece\", found "
                          "\"%.80s\"",
                          l->file_name, type);
    }
    if (!has_vocab) {
        char found[64];
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key 'model.vocab': expected an object, found %s",
                          l->file_name,
                          berth_json_describe(json_object_get(model, "vocab"),
                                              found, sizeof(found)));
    }
    return BERTH_OK;
}

static enum berth_status parse_file(struct berth_loading *l,
                                    const struct berth_blob *blob)
{
    size_t begin, end;
    bool has_vocab = berth_vocab_find_json(blob, &begin);
    enum berth_status status;

    if (has_vocab) {
        status = berth_vocab_read_json(blob, begin, l->file_name, &end,
                                       &l->tokenizer->vocab, l->err);
        if (status == BERTH_OK)
            status = parse_cut(l, blob, begin, end, false, NULL);
        /* Only a message needs the lines of the vocabulary. */
        else
            return status;
        if (status != BERTH_OK)
            status = parse_cut(l, blob, begin, end, true, l->err);
    } else {
        status = berth_json_parse(blob->data, blob->size, l->file_name,
                                  &l->file, l->err);
    }
    return status == BERTH_OK ? check_file(l, has_vocab) : status;
}

/* The vocabulary of tokenizer.json and the rules of the files. */
static enum berth_status read_file(struct berth_loading *l)
{
    struct berth_vocab *vocab = &l->tokenizer->vocab;
    struct berth_blob blob = {0};
    int32_t twice = -1;
    enum berth_status status =
        berth_folder_read(l->folder, tokenizer_file, &blob, l->err);

    if (status == BERTH_OK)
        status = parse_file(l, &blob);
    berth_blob_release(&blob);
    if (status == BERTH_OK)
        status =
            l->as_is ? berth_load_json_rules(l) : berth_load_config_rules(l);
    if (status == BERTH_OK)
        status = berth_vocab_index(vocab, l->file_name, &twice, l->err);
    if (status == BERTH_OK && twice >= 0) {
        status = berth_fail(l->err, BERTH_ERR_FORMAT,
                            "%s: key 'model.vocab': expected every token once, "
                            "found \"%.40s\" twice",
                            l->file_name, berth_vocab_text(vocab, twice));
    }
    return status;
}

static enum berth_status read_vocab(struct berth_loading *l)
{
    struct berth_blob blob = {0};
    bool found = false;
    enum berth_status status = berth_load_config_rules(l);

    berth_folder_file(l->folder, vocab_file, l->file_name,
                      sizeof(l->file_name));
    if (status == BERTH_OK)
        status = berth_folder_find(l->folder, vocab_file, &found, l->err);
    if (status == BERTH_OK && !found) {
        errno = ENOENT;
        return berth_fail(l->err, BERTH_ERR_IO,
                          "%s: expected vocab.txt or tokenizer.json, found "
                          "neither",
                          berth_folder_path(l->folder));
    }
    if (status == BERTH_OK)
        status = berth_folder_read(l->folder, vocab_file, &blob, l->err);
    if (status == BERTH_OK)
        status = berth_vocab_read_text(&blob, l->file_name,
                                       &l->tokenizer->vocab, l->err);
    berth_blob_release(&blob);
    return status;
}

/* [CLS] A [SEP], and [CLS] A [SEP] B [SEP]; null or "" is no token for it. */
static enum berth_status default_templates(struct berth_loading *l)
{
    struct berth_tokenizer *t = l->tokenizer;
    int32_t cls = t->facts.cls_id, sep = t->facts.sep_id;

    if (!l->as_is && (cls < 0 || sep < 0)) {
        const char *key = cls < 0 ? "cls_token" : "sep_token", *name;
        const json_t *value = berth_load_named(l, key, &name);
        char found[64];

        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '%s': expected the token that stands around "
                          "texts, found %s",
                          name, key,
                          berth_json_describe(value, found, sizeof(found)));
    }
    t->single = (struct berth_template){
        .pieces = {{0, cls, 0}, {BERTH_TEMPLATE_A, 0, 0}, {0, sep, 0}}, .n = 3};
    t->pair = (struct berth_template){.pieces = {{0, cls, 0},
                                                 {BERTH_TEMPLATE_A, 0, 0},
                                                 {0, sep, 0},
                                                 {BERTH_TEMPLATE_B, 0, 1},
                                                 {0, sep, 1}},
                                      .n = 5};
    return BERTH_OK;
}

static size_t count_special(const struct berth_template *form)
{
    size_t n = 0;

    for (size_t i = 0; i < form->n; i++)
        n += form->pieces[i].kind == BERTH_TEMPLATE_SPECIAL;
    return n;
}

static enum berth_status read_limits(struct berth_loading *l)
{
    struct berth_tokenizer_facts *facts = &l->tokenizer->facts;
    const char *key = "model_max_length";
    /* transformers writes 1e30 for "no limit", or Infinity; 0 and -1 are none
     * either, as truncation=False has them. */
    const double huge = 1e9;
    double limit = 0;
    bool found = false;
    enum berth_status status;

    facts->model_max_length = SIZE_MAX;
    if (json_object_get(l->config, key) == NULL)
        key = "max_len";
    status = berth_json_get_number(l->config, l->config_name, key, -1e308,
                                   1e308, &limit, &found, l->err);
    if (status != BERTH_OK || !found || limit < 1 || limit >= huge)
        return status;
    facts->model_max_length = (size_t)limit;
    return berth_settings_add(l->settings, "model_max_length", config_file,
                              "%zu", facts->model_max_length);
}

/* Which end is cut: tokenizer_config.json, else "truncation" of
 * tokenizer.json. */
static enum berth_status read_side(struct berth_loading *l)
{
    const char *side = NULL;
    const char *source = config_file;
    bool found;
    enum berth_status status = berth_json_get_string(
        l->config, l->config_name, "truncation_side", &side, &found, l->err);

    if (status == BERTH_OK && side == NULL && l->file != NULL) {
        const json_t *truncation = json_object_get(l->file, "truncation");

        source = tokenizer_file;
        status = berth_json_get_string(truncation, l->file_name, "direction",
                                       &side, &found, l->err);
    }
    if (status != BERTH_OK || side == NULL)
        return status;
    l->tokenizer->truncate_left =
        strcmp(side, "left") == 0 || strcmp(side, "Left") == 0;
    return berth_settings_add(l->settings, "truncation_side", source, "%s",
                              l->tokenizer->truncate_left ? "left" : "right");
}

/* What a model gets of a text: only types are ever left out. */
static enum berth_status read_input_names(struct berth_loading *l)
{
    static const char key[] = "model_input_names";
    const json_t *names = json_object_get(l->config, key), *name;
    bool found = false;
    char buf[64];
    size_t i;

    if (names == NULL)
        return BERTH_OK;
    if (!json_is_array(names)) {
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected an array, found %s",
                          l->config_name, key,
                          berth_json_describe(names, buf, sizeof(buf)));
    }
    json_array_foreach(names, i, name)
    {
        if (json_is_string(name))
            found |= strcmp(json_string_value(name), "token_type_ids") == 0;
    }
    l->tokenizer->facts.hides_types = !found;
    return berth_settings_add(l->settings, "token_type_ids", config_file, "%s",
                              found ? "true" : "false");
}

static enum berth_status describe(struct berth_loading *l, const char *source)
{
    enum berth_status status = berth_settings_add(
        l->settings, "vocabulary", source, "%zu", l->tokenizer->vocab.n_tokens);

    if (status == BERTH_OK)
        status = berth_settings_add(l->settings, "added_tokens",
                                    l->as_is ? tokenizer_file : source, "%zu",
                                    l->tokenizer->added.n);
    return status;
}

/* What is set over tokenizer_config.json, which is there by now. */
static enum berth_status set_over(struct berth_loading *l)
{
    json_t *object = (json_t *)(uintptr_t)l->over->object;

    if (object == NULL || json_object_update(l->config, object) == 0)
        return BERTH_OK;
    return berth_fail(l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                      l->config_name);
}

static enum berth_status tell_sources(struct berth_loading *l)
{
    const char *key;
    json_t *value;
    enum berth_status status = BERTH_OK;

    json_object_foreach((json_t *)(uintptr_t)l->over->object, key, value)
    {
        (void)value;
        if (status == BERTH_OK)
            status = berth_settings_resource(l->settings, key, l->over->source);
    }
    return status;
}

static enum berth_status make_subwords(struct berth_loading *l)
{
    struct berth_tokenizer *t = l->tokenizer;
    const struct berth_wordpiece_rules rules = {l->prefix, l->unknown,
                                                l->max_chars};

    return berth_wordpiece(&t->vocab, &rules, l->file_name, &t->subwords,
                           l->err);
}

static enum berth_status load(struct berth_loading *l, bool extra_lowercase)
{
    struct berth_tokenizer *t = l->tokenizer;
    bool has_file = false;
    bool found;
    enum berth_status status =
        berth_folder_find(l->folder, tokenizer_file, &has_file, l->err);

    berth_folder_file(l->folder, tokenizer_file, l->file_name,
                      sizeof(l->file_name));
    if (status == BERTH_OK)
        status = read_config(l);
    if (status == BERTH_OK)
        status = set_over(l);
    if (status == BERTH_OK)
        status = refuse_other_files(l, has_file);
    if (status == BERTH_OK)
        status = berth_load_map(l);
    if (status == BERTH_OK)
        status = choose_class(l, has_file);
    if (status == BERTH_OK)
        status = has_file ? read_file(l) : read_vocab(l);
    if (status == BERTH_OK)
        status = make_subwords(l);
    if (status == BERTH_OK)
        status = berth_load_added(l);
    if (status != BERTH_OK)
        return status;
    if (extra_lowercase && !l->rules.lowercase) {
        l->rules.lower_first = true;
        status = berth_settings_add(l->settings, "do_lower_case",
                                    "sentence_bert_config.json", "true");
    }
    if (status == BERTH_OK && !berth_bert_normalizer(&l->rules, &t->normalizer))
        status = berth_fail(l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                            l->file_name);
    if (status == BERTH_OK)
        status = berth_added_finish(&t->added, &t->normalizer, l->err);
    if (status == BERTH_OK)
        status = default_templates(l);
    if (status == BERTH_OK && l->as_is)
        status = berth_load_json_templates(l);
    t->facts.n_special = count_special(&t->single);
    t->facts.n_special_pair = count_special(&t->pair);
    if (status == BERTH_OK)
        status = read_limits(l);
    if (status == BERTH_OK)
        status = read_side(l);
    if (status == BERTH_OK)
        status = read_input_names(l);
    if (status == BERTH_OK)
        status = berth_json_get_bool(l->config, l->config_name,
                                     "split_special_tokens", &t->plain, &found,
                                     l->err);
    if (status == BERTH_OK)
        status = describe(l, has_file ? tokenizer_file : vocab_file);
    if (status == BERTH_OK)
        status = tell_sources(l);
    return status;
}

enum berth_status berth_tokenizer_open(const struct berth_folder *folder,
                                       bool extra_lowercase,
                                       struct berth_settings *settings,
                                       struct berth_tokenizer **out,
                                       struct berth_error *err)
{
    const struct berth_overlay none = {NULL, NULL};

    return berth_tokenizer_open_with(folder, extra_lowercase, &none, settings,
                                     out, err);
}

enum berth_status berth_tokenizer_open_with(const struct berth_folder *folder,
                                            bool extra_lowercase,
                                            const struct berth_overlay *over,
                                            struct berth_settings *settings,
                                            struct berth_tokenizer **out,
                                            struct berth_error *err)
{
    struct berth_loading l = {.folder = folder,
                              .over = over,
                              .settings = settings,
                              .err = err,
                              .tokenizer = calloc(1, sizeof(*l.tokenizer))};
    enum berth_status status = BERTH_OK;

    if (l.tokenizer == NULL)
        status = berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                            berth_folder_path(folder));
    if (status == BERTH_OK)
        status = load(&l, extra_lowercase);
    json_decref(l.config);
    json_decref(l.file);
    json_decref(l.map);
    if (status == BERTH_OK)
        *out = l.tokenizer;
    else
        berth_tokenizer_close(l.tokenizer);
    return status;
}

static void free_stage(void (*free_self)(void *self), void *self)
{
    if (free_self != NULL)
        free_self(self);
}

void berth_tokenizer_close(struct berth_tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    berth_added_free(&tokenizer->added);
    free_stage(tokenizer->normalizer.free, tokenizer->normalizer.self);
    free_stage(tokenizer->splitter.free, tokenizer->splitter.self);
    free_stage(tokenizer->subwords.free, tokenizer->subwords.self);
    free_stage(tokenizer->decoder.free, tokenizer->decoder.self);
    berth_vocab_free(&tokenizer->vocab);
    free(tokenizer);
}

const struct berth_tokenizer_facts *
berth_tokenizer_get_facts(const struct berth_tokenizer *tokenizer)
{
    return &tokenizer->facts;
}
