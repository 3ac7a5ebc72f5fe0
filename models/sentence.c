/*
 * sentence.c - modules.json and its neighbours: which modules there are, the
 * length limit and prompts. What a module's own folder holds is read by
 * sentence_module.c.
 */
#include "models/sentence.h"

#include "lib/status.h"
#include "models/sentence_module.h"

#include <stdlib.h>
#include <string.h>

static const char modules_file[] = "modules.json";
static const char prompts_file[] = "config_sentence_transformers.json";

static enum berth_status keep_modules(const struct berth_sentence_reader *r)
{
    static const char *const kinds[] = {"Dense", "LayerNorm", "Normalize"};
    const struct berth_sentence *s = r->sentence;
    char list[512] = "";
    size_t used = 0;

    for (size_t i = 0; i < s->n_modules; i++) {
        const struct berth_module *m = &s->modules[i];
        int n = snprintf(list + used, sizeof(list) - used, "%s%s",
                         i > 0 ? ", " : "", kinds[m->kind]);
        if (m->kind == BERTH_MODULE_DENSE) {
            n += snprintf(list + used + n, sizeof(list) - used - (size_t)n,
                          "(%zu, %zu)", m->in_features, m->out_features);
        }
        used += (size_t)n;
    }
    return berth_sentence_keep(r, "modules", modules_file,
                               s->n_modules > 0 ? list : "none");
}

/* The last part of a class path: it is what old and new paths share. */
static const char *class_name(const char *type)
{
    const char *dot = strrchr(type, '.');

    return dot == NULL ? type : dot + 1;
}

static enum berth_status refuse_class(const struct berth_sentence_reader *r,
                                      const char *type)
{
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected Transformer, Pooling, Dense, LayerNorm or "
                      "Normalize of sentence_transformers, found \"%.100s\", "
                      "which is not supported",
                      r->file, type);
}

/* Transformer, then Pooling, then the others: what ST's Pooling demands. */
static enum berth_status check_order(const struct berth_sentence_reader *r,
                                     size_t i, const char *type)
{
    const char *class = class_name(type);
    const char *expected = i == 0   ? "Transformer"
                           : i == 1 ? "Pooling"
                                    : "Dense, LayerNorm or Normalize";
    bool first = strcmp(class, "Transformer") == 0;
    bool second = strcmp(class, "Pooling") == 0;

    if ((i == 0) == first && (i == 1) == second)
        return BERTH_OK;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: module %zu: expected %s, found \"%.100s\": this "
                      "order is not supported",
                      r->file, i, expected, type);
}

static enum berth_status read_entry(const struct berth_sentence_reader *r,
                                    size_t i, const json_t *entry)
{
    static const char package[] = "sentence_transformers.";
    const char *type = NULL, *path = "", *class;
    char buf[64];
    bool found;
    enum berth_status status;

    if (!json_is_object(entry)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: module %zu: expected an object, found %s",
                          r->file, i,
                          berth_json_describe(entry, buf, sizeof(buf)));
    }
    status = berth_json_get_string(entry, r->file, "type", &type, NULL, r->err);
    if (status == BERTH_OK) {
        status = berth_json_get_string(entry, r->file, "path", &path, &found,
                                       r->err);
    }
    if (status != BERTH_OK)
        return status;
    class = class_name(type);
    if (strncmp(type, package, sizeof(package) - 1) != 0 ||
        !berth_sentence_knows(class))
        return refuse_class(r, type);
    status = check_order(r, i, type);
    if (status != BERTH_OK)
        return status;
    if (i == 0 && path[0] != '\0') {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected the Transformer in this folder, found "
                          "it in \"%.100s\", which is not supported",
                          r->file, path);
    }
    if (path[0] != '\0' && !berth_folder_allows(path)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: module %zu: expected a path inside this folder, "
                          "found \"%.100s\"",
                          r->file, i, path);
    }
    return i == 0 ? BERTH_OK : berth_sentence_read_module(r, class, path);
}

static enum berth_status read_modules(const struct berth_sentence_reader *r,
                                      const json_t *root)
{
    size_t n = json_array_size(root);

    if (!json_is_array(root)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected an array of modules, found an object",
                          r->file);
    }
    if (n < 2) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a Transformer and a Pooling module, "
                          "found %zu modules",
                          r->file, n);
    }
    for (size_t i = 0; i < n; i++) {
        enum berth_status status = read_entry(r, i, json_array_get(root, i));
        if (status != BERTH_OK)
            return status;
    }
    return keep_modules(r);
}

/* sentence_bert_config.json, or what ST once called it. */
static enum berth_status read_limits(const struct berth_sentence_reader *r,
                                     const char *name, const json_t *root)
{
    struct berth_sentence *s = r->sentence;
    char number[32];
    bool found;
    enum berth_status status =
        berth_json_get_size(root, r->file, "max_seq_length", 1, 1 << 20,
                            &s->max_seq_length, &found, r->err);

    if (status == BERTH_OK && found) {
        snprintf(number, sizeof(number), "%zu", s->max_seq_length);
        status = berth_sentence_keep(r, "max_seq_length", name, number);
    }
    if (status == BERTH_OK) {
        status = berth_json_get_bool(root, r->file, "do_lower_case",
                                     &s->do_lower_case, &found, r->err);
    }
    /* Not the tokenizer's key of that name, so under another one. */
    if (status == BERTH_OK && found) {
        status = berth_sentence_keep(r, "sentence_do_lower_case", name,
                                     s->do_lower_case ? "true" : "false");
    }
    return status;
}

static enum berth_status copy_prompt(const struct berth_sentence_reader *r,
                                     const char *name, const char *text)
{
    struct berth_sentence *s = r->sentence;
    struct berth_prompt *p = &s->prompts[s->n_prompts++];
    char key[128];

    *p = (struct berth_prompt){strdup(name), strdup(text)};
    if (p->name == NULL || p->text == NULL) {
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    }
    snprintf(key, sizeof(key), "prompt.%.100s", name);
    return berth_sentence_keep(r, key, prompts_file, text);
}

static enum berth_status
read_default_prompt(const struct berth_sentence_reader *r, const json_t *root)
{
    struct berth_sentence *s = r->sentence;
    const char *name = NULL;
    bool found;
    enum berth_status status = berth_json_get_string(
        root, r->file, "default_prompt_name", &name, &found, r->err);

    if (status != BERTH_OK || !found)
        return status;
    for (size_t i = 0; i < s->n_prompts; i++) {
        if (strcmp(s->prompts[i].name, name) == 0)
            s->default_prompt = &s->prompts[i];
    }
    if (s->default_prompt == NULL) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'default_prompt_name': expected the name "
                          "of one of the prompts, found \"%.64s\"",
                          r->file, name);
    }
    return berth_sentence_keep(r, "default_prompt_name", prompts_file, name);
}

/* A key of this library's own: others leave it alone. */
static enum berth_status read_threshold(const struct berth_sentence_reader *r,
                                        const json_t *root)
{
    static const char key[] = "similarity_threshold";
    double *to = &r->sentence->similarity_threshold;
    bool found;
    enum berth_status status =
        berth_json_get_number(root, r->file, key, -1, 1, to, &found, r->err);

    if (status != BERTH_OK)
        return status;
    if (found && berth_settings_add(r->settings, key, prompts_file, "%g", *to))
        return berth_fail(r->err, BERTH_ERR_MEMORY, "out of memory");
    return BERTH_OK;
}

static enum berth_status read_prompts(const struct berth_sentence_reader *r,
                                      const char *name, const json_t *root)
{
    struct berth_sentence *s = r->sentence;
    json_t *prompts = json_object_get(root, "prompts");
    const char *key;
    json_t *value;
    char buf[64];

    (void)name;
    enum berth_status threshold = read_threshold(r, root);

    if (threshold != BERTH_OK)
        return threshold;
    if (prompts != NULL && !json_is_null(prompts) && !json_is_object(prompts)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'prompts': expected an object, found %s",
                          r->file,
                          berth_json_describe(prompts, buf, sizeof(buf)));
    }
    s->prompts = calloc(json_object_size(prompts) + 1, sizeof(*s->prompts));
    if (s->prompts == NULL) {
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    }
    json_object_foreach(prompts, key, value)
    {
        const char *text = ""; /* what ST makes of null */
        bool found;
        enum berth_status status =
            berth_json_get_string(prompts, r->file, key, &text, &found, r->err);

        if (status == BERTH_OK)
            status = copy_prompt(r, key, text);
        if (status != BERTH_OK)
            return status;
    }
    return read_default_prompt(r, root);
}

/* Reads an object with one of the functions above; r learns the file's name. */
static enum berth_status
read_object(struct berth_sentence_reader *r, const char *name,
            enum berth_status (*read)(const struct berth_sentence_reader *r,
                                      const char *name, const json_t *root))
{
    char file[320];
    json_t *root = NULL;
    enum berth_status status = berth_json_read(r->folder, name, &root, r->err);

    if (status != BERTH_OK)
        return status;
    r->file = berth_folder_file(r->folder, name, file, sizeof(file));
    if (json_is_object(root)) {
        status = read(r, name, root);
    } else {
        status = berth_fail(r->err, BERTH_ERR_FORMAT,
                            "%s: expected an object, found an array", r->file);
    }
    json_decref(root);
    r->file = NULL;
    return status;
}

static enum berth_status read_rest(struct berth_sentence_reader *r)
{
    static const char *const names[] = {
        "sentence_bert_config.json",
        "sentence_roberta_config.json",
        "sentence_distilbert_config.json",
    };
    enum berth_status status = BERTH_OK;

    bool found = false;

    for (size_t i = 0;
         status == BERTH_OK && !found && i < sizeof(names) / sizeof(names[0]);
         i++) {
        status = berth_folder_find(r->folder, names[i], &found, r->err);
        if (status == BERTH_OK && found)
            status = read_object(r, names[i], read_limits);
    }
    if (status == BERTH_OK)
        status = berth_folder_find(r->folder, prompts_file, &found, r->err);
    return status == BERTH_OK && found
               ? read_object(r, prompts_file, read_prompts)
               : status;
}

enum berth_status berth_sentence_read(const struct berth_folder *folder,
                                      const struct berth_config *config,
                                      bool weights,
                                      struct berth_settings *settings,
                                      struct berth_sentence *out,
                                      struct berth_error *err)
{
    char file[320];
    struct berth_sentence sentence = {.include_prompt = true,
                                      .similarity_threshold = 0.5};
    struct berth_sentence_reader r = {
        .folder = folder,
        .weights = weights,
        .settings = settings,
        .sentence = &sentence,
        .hidden_size = config->hidden_size,
        .err = err,
    };
    json_t *root = NULL;
    enum berth_status status;

    r.file = berth_folder_file(folder, modules_file, file, sizeof(file));
    status = berth_sentence_keep(&r, "similarity_threshold", "default", "0.5");
    if (status == BERTH_OK)
        status = berth_json_read_optional(folder, modules_file, &root, err);
    if (status == BERTH_OK && root == NULL) {
        status = berth_sentence_keep(&r, "pooling", "default", "mean");
    } else if (status == BERTH_OK) {
        sentence.present = true;
        status = read_modules(&r, root);
        if (status == BERTH_OK)
            status = read_rest(&r);
    }
    json_decref(root);
    if (status == BERTH_OK)
        *out = sentence;
    else
        berth_sentence_free(&sentence);
    return status;
}

void berth_sentence_free(struct berth_sentence *sentence)
{
    if (sentence == NULL)
        return;
    for (size_t i = 0; i < sentence->n_modules; i++) {
        free(sentence->modules[i].weight);
        free(sentence->modules[i].bias);
    }
    for (size_t i = 0; i < sentence->n_prompts; i++) {
        free(sentence->prompts[i].name);
        free(sentence->prompts[i].text);
    }
    free(sentence->prompts);
    *sentence = (struct berth_sentence){0};
}
