/*
 * sentence.c - modules.json: which modules there are and where they are. The
 * other files are read by encoder.c, prompts.c and module.c.
 */
#include "models/sentence/sentence.h"

#include "lib/status.h"
#include "models/sentence/files.h"
#include "models/sentence/keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const char modules_file[] = "modules.json";

/* ------------------------------------------------------------------ helpers */

enum berth_status berth_sentence_keep(const struct berth_sentence_reader *r,
                                      const char *key, const char *source,
                                      const char *value)
{
    if (berth_settings_add(r->settings, key, source, "%s", value) != BERTH_OK)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    return BERTH_OK;
}

enum berth_status berth_sentence_get_flag(const struct berth_sentence_reader *r,
                                          bool *out)
{
    const json_t *value = json_object_get(r->object, r->key);
    char buf[64];

    if (!json_is_boolean(value) && !json_is_number(value) &&
        !json_is_null(value)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key '%s%s': expected true or false, found %s",
                          r->file, r->within, r->key,
                          berth_json_describe(value, buf, sizeof(buf)));
    }
    *out = json_is_true(value) ||
           (json_is_number(value) && json_number_value(value) != 0.0);
    return BERTH_OK;
}

/* An unknown key may change vectors. To ignore it would give numbers that
 * differ from those of sentence-transformers, and nobody would notice. */
enum berth_status berth_sentence_refuse(const struct berth_sentence_reader *r,
                                        const char *advice)
{
    char buf[64];

    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s%.80s': found %s, which is not supported: %s",
                      r->file, r->within, r->key,
                      berth_json_describe(json_object_get(r->object, r->key),
                                          buf, sizeof(buf)),
                      advice != NULL
                          ? advice
                          : "take the key out if vectors do not depend on it");
}

enum berth_status berth_sentence_in(const struct berth_sentence_reader *r,
                                    const char *path, const char *name,
                                    char *buf)
{
    int n = snprintf(buf, BERTH_SENTENCE_NAME, "%s%s%s", path,
                     path[0] != '\0' ? "/" : "", name);

    if (n >= 0 && n < BERTH_SENTENCE_NAME)
        return BERTH_OK;
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: expected a short path of a module, found \"%.64s\"",
                      r->file, path);
}

/* ------------------------------------------------------------------ entries */

enum berth_status berth_sentence_key_type(const struct berth_sentence_reader *r)
{
    bool found;

    return berth_json_get_string(r->object, r->file, r->key, &r->entry->type,
                                 &found, r->err);
}

enum berth_status berth_sentence_key_name(const struct berth_sentence_reader *r)
{
    bool found;

    return berth_json_get_string(r->object, r->file, r->key, &r->entry->name,
                                 &found, r->err);
}

/* "./1_Pooling/" becomes "1_Pooling", and "." becomes "", the folder itself. */
enum berth_status berth_sentence_key_path(const struct berth_sentence_reader *r)
{
    const char *path = "";
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &path, &found, r->err);
    size_t n;

    if (status != BERTH_OK)
        return status;
    if (path[0] != '\0' && !berth_folder_allows(path)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'path': expected a path inside this folder, "
                          "found \"%.100s\"",
                          r->file, path);
    }
    while (path[0] == '.' && (path[1] == '/' || path[1] == '\0'))
        path += path[1] == '/' ? 2 : 1;
    n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    if (n >= sizeof(r->entry->path)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'path': expected a short path, found "
                          "\"%.64s\"",
                          r->file, path);
    }
    memcpy(r->entry->path, path, n);
    r->entry->path[n] = '\0';
    return BERTH_OK;
}

/* The last part of a class path. The package was reorganised, but
 * "sentence_transformers.models.Pooling" of an old file and the longer paths of
 * new ones end in the same name. */
static const char *class_name(const char *type)
{
    const char *dot = strrchr(type, '.');

    return dot == NULL ? type : dot + 1;
}

/* A class of another package may have the same last name and do something
 * else. */
static bool is_ours(const char *type)
{
    static const char package[] = "sentence_transformers.";

    return strncmp(type, package, sizeof(package) - 1) == 0 &&
           berth_sentence_knows(class_name(type));
}

/* The order must be Transformer, Pooling, then what works on the vector: for
 * example Transformer, Pooling, Dense, Normalize. Without a Pooling as the
 * second, a Dense would get the tokens' states in place of one vector. */
static enum berth_status check_class(const struct berth_sentence_reader *r,
                                     size_t i, const char *type)
{
    const char *class = class_name(type);
    bool first = strcmp(class, "Transformer") == 0 ||
                 strcmp(class, "MLMTransformer") == 0;
    bool sparse = strcmp(class, "SpladePooling") == 0;
    bool second = sparse || strcmp(class, "Pooling") == 0;

    if (!is_ours(type)) {
        return berth_fail(
            r->err, BERTH_ERR_UNSUPPORTED,
            "%s: module %zu: expected Transformer, Pooling, "
            "SpladePooling, Dense, LayerNorm, Normalize or "
            "Dropout of sentence_transformers, found \"%.100s\", which is "
            "not supported",
            r->file, i, type);
    }
    if (i == 1)
        r->sentence->sparse = sparse;
    if ((i == 0) == first && (i != 1 || second) &&
        (i < 2 || !(sparse || r->sentence->sparse)))
        return BERTH_OK;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: module %zu: expected %s, found \"%.100s\": this "
                      "order is not supported",
                      r->file, i,
                      i == 0   ? "Transformer"
                      : i == 1 ? "Pooling or SpladePooling"
                      : r->sentence->sparse
                          ? "nothing after SpladePooling"
                          : "Pooling, Dense, LayerNorm or Normalize",
                      type);
}

static enum berth_status read_entry(const struct berth_sentence_reader *r,
                                    size_t i, const json_t *object,
                                    struct berth_sentence_entry *out)
{
    struct berth_sentence_reader at = *r;
    char buf[64];

    if (!json_is_object(object)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: module %zu: expected an object, found %s",
                          r->file, i,
                          berth_json_describe(object, buf, sizeof(buf)));
    }
    *out = (struct berth_sentence_entry){.type = NULL};
    at.entry = out;
    enum berth_status status =
        berth_sentence_read_keys(&at, BERTH_KEYS_ENTRY, "", object);

    if (status == BERTH_OK && out->type == NULL)
        status = berth_json_get_string(object, r->file, "type", &out->type,
                                       NULL, r->err);
    return status == BERTH_OK ? check_class(r, i, out->type) : status;
}

/* Python puts modules into a dictionary: of two with one name one is lost. */
static enum berth_status take_name(const struct berth_sentence_reader *r,
                                   json_t *names, const char *name)
{
    if (name == NULL)
        return BERTH_OK;
    if (json_object_get(names, name) != NULL) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'name': expected a name of its own for "
                          "each module, found \"%.64s\" twice",
                          r->file, name);
    }
    if (json_object_set_new(names, name, json_true()) != 0)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    return BERTH_OK;
}

/* Old saves have the encoder's files in a sub-folder, "0_Transformer". */
static enum berth_status keep_path(const struct berth_sentence_reader *r,
                                   const char *path)
{
    struct berth_sentence *sentence = r->sentence;

    if (path[0] == '\0')
        return BERTH_OK;
    sentence->path = strdup(path);
    if (sentence->path == NULL)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    return berth_sentence_keep(r, "encoder_folder", modules_file, path);
}

static enum berth_status check_list(const struct berth_sentence_reader *r)
{
    const json_t *list = r->sentence->list;

    if (!json_is_array(list)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected an array of modules, found an object",
                          r->file);
    }
    return BERTH_OK;
}

static enum berth_status fail_modules(const struct berth_sentence_reader *r)
{
    const size_t n = json_array_size(r->sentence->list);

    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected a Transformer and a Pooling module, found "
                      "%zu module%s",
                      r->file, n, n == 1 ? "" : "s");
}

/* Checks all entries before any other file is read: with a class that is not
 * supported, messages about its files would only mislead. */
static enum berth_status read_list(const struct berth_sentence_reader *r)
{
    const json_t *list = r->sentence->list;
    size_t n = json_array_size(list);
    struct berth_sentence_entry entry;
    json_t *names = json_object();
    enum berth_status status = check_list(r);

    if (names == NULL)
        status =
            berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory", r->file);
    for (size_t i = 0; status == BERTH_OK && i < n; i++) {
        status = read_entry(r, i, json_array_get(list, i), &entry);
        if (status == BERTH_OK)
            status = take_name(r, names, entry.name);
        if (status == BERTH_OK && i == 0)
            status = keep_path(r, entry.path);
    }
    json_decref(names);
    /* One is a CrossEncoder's, if the folder says that later. */
    r->sentence->cross = n == 1;
    return status == BERTH_OK && n == 0 ? fail_modules(r) : status;
}

/* -------------------------------------------------------------------- steps */

/* Without modules.json there is nothing to read, and the defaults of
 * sentence-transformers remain. *out is written only when all went well. */
enum berth_status berth_sentence_open(const struct berth_folder *folder,
                                      struct berth_sentence *out,
                                      struct berth_error *err)
{
    char file[BERTH_SENTENCE_FILE];
    struct berth_sentence sentence = {.include_prompt = true,
                                      .similarity_threshold = (double)NAN};
    struct berth_sentence_reader r = {.folder = folder,
                                      .name = modules_file,
                                      .within = "",
                                      .settings = &sentence.settings,
                                      .sentence = &sentence,
                                      .err = err};
    enum berth_status status;

    r.file = berth_folder_file(folder, modules_file, file, sizeof(file));
    status = berth_sentence_keep(&r, "similarity_fn_name", "default", "cosine");
    if (status == BERTH_OK)
        status =
            berth_json_read_optional(folder, modules_file, &sentence.list, err);
    if (status == BERTH_OK && sentence.list != NULL) {
        sentence.present = true;
        status = read_list(&r);
        if (status == BERTH_OK)
            status = berth_sentence_read_encoder(&r);
        if (status == BERTH_OK)
            status = berth_sentence_read_prompts(&r);
        if (status == BERTH_OK && sentence.cross && !sentence.cross_said)
            status = fail_modules(&r);
    }
    if (status == BERTH_OK)
        *out = sentence;
    else
        berth_sentence_free(&sentence);
    return status;
}

/* For `berth info`: "Dense(384, 128), Normalize". The list has room for
 * BERTH_STEPS_MAX modules with the largest sizes there may be. */
static enum berth_status keep_modules(const struct berth_sentence_reader *r)
{
    const struct berth_chain *chain = &r->sentence->chain;
    char list[1024] = "";
    size_t used = 0;

    for (size_t i = 0; i < chain->n; i++) {
        const struct berth_step *step = &chain->steps[i];
        const char *name = step->linear.n_out > 0 ? "Dense"
                           : step->norm.n > 0     ? "LayerNorm"
                                                  : "Normalize";

        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                 i > 0 ? ", " : "", name);
        if (step->linear.n_out > 0)
            used +=
                (size_t)snprintf(list + used, sizeof(list) - used, "(%zu, %zu)",
                                 step->linear.n_in, step->linear.n_out);
    }
    return berth_sentence_keep(r, "modules", modules_file,
                               chain->n > 0 ? list : "none");
}

/* Entry 0 is the encoder. The entries are read again because the first step
 * kept only their JSON. */
static enum berth_status read_modules(const struct berth_sentence_reader *r)
{
    const json_t *list = r->sentence->list;
    struct berth_sentence_entry entry;

    for (size_t i = 1; i < json_array_size(list); i++) {
        enum berth_status status =
            read_entry(r, i, json_array_get(list, i), &entry);

        if (status == BERTH_OK)
            status =
                berth_sentence_module(r, class_name(entry.type), entry.path);
        if (status != BERTH_OK)
            return status;
    }
    return keep_modules(r);
}

/* The first step ran before config.json was read. `berth info` shows its
 * settings after those of config.json, so they are moved only now. */
static enum berth_status hand_on(const struct berth_sentence_reader *r)
{
    const struct berth_settings *from = &r->sentence->settings;

    for (size_t i = 0; i < from->n; i++) {
        const struct berth_setting *setting = &from->list[i];
        enum berth_status status = berth_sentence_keep(
            r, setting->key, setting->source, setting->value);

        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

enum berth_status berth_sentence_read_modules(
    const struct berth_folder *folder, const struct berth_config *config,
    const struct berth_kernels *kernels, enum berth_precision precision,
    struct berth_settings *settings, struct berth_sentence *s,
    struct berth_error *err)
{
    char file[BERTH_SENTENCE_FILE];
    struct berth_sentence_reader r = {.folder = folder,
                                      .name = modules_file,
                                      .within = "",
                                      .kernels = kernels,
                                      .precision = precision,
                                      .hidden_size = config->hidden_size,
                                      .settings = settings,
                                      .sentence = s,
                                      .err = err};
    enum berth_status status;

    r.file = berth_folder_file(folder, modules_file, file, sizeof(file));
    status = hand_on(&r);
    if (status == BERTH_OK && s->present)
        status = read_modules(&r);
    if (status == BERTH_OK && (!s->present || s->cross))
        status = berth_sentence_keep(&r, "pooling", "default", "mean");
    if (status != BERTH_OK)
        berth_sentence_drop_modules(s);
    return status;
}

/* Entries were read without an error before. */
bool berth_sentence_folder(const struct berth_sentence *sentence, size_t i,
                           char *path, size_t size, bool *weights)
{
    struct berth_sentence again = {0};
    const struct berth_sentence_reader r = {.file = modules_file,
                                            .name = modules_file,
                                            .within = "",
                                            .sentence = &again};
    struct berth_sentence_entry entry;

    if (i + 1 >= json_array_size(sentence->list) ||
        read_entry(&r, i + 1, json_array_get(sentence->list, i + 1), &entry) !=
            BERTH_OK)
        return false;
    snprintf(path, size, "%s", entry.path);
    *weights = berth_sentence_has_weights(class_name(entry.type));
    return true;
}

/* Only the last module counts: a Dense after Normalize changes the length
 * again. */
bool berth_sentence_normalizes(const struct berth_sentence *sentence)
{
    const struct berth_chain *chain = &sentence->chain;

    return chain->n > 0 && chain->steps[chain->n - 1].unit > 0;
}

/* The tensors' own hash does not show the activation: two models may differ
 * only in Tanh or ReLU. */
static uint32_t hash_step(uint32_t hash, const struct berth_step *step,
                          const struct berth_tensor_set *set)
{
    const struct berth_linear *linear = &step->linear;
    char text[128];
    int n =
        snprintf(text, sizeof(text), "%zu %zu %d %d %zu %08lx;", linear->n_in,
                 linear->n_out, linear->bias != NULL, (int)step->function,
                 step->norm.n, (unsigned long)berth_tensor_set_hash(set));

    return (uint32_t)crc32_z(hash, (const void *)text, (size_t)n);
}

uint32_t berth_sentence_hash(const struct berth_sentence *sentence,
                             uint32_t hash)
{
    for (size_t i = 0; i < sentence->chain.n; i++) {
        if (sentence->weights[i].set != NULL)
            hash = hash_step(hash, &sentence->chain.steps[i],
                             sentence->weights[i].set);
    }
    return hash;
}

/* Also undoes what a Pooling has set, so that a second one starts from the
 * defaults. */
void berth_sentence_drop_modules(struct berth_sentence *sentence)
{
    for (size_t i = 0; i < BERTH_STEPS_MAX; i++) {
        berth_tensor_set_close(sentence->weights[i].set);
        berth_arena_free(&sentence->weights[i].arena);
    }
    memset(sentence->weights, 0, sizeof(sentence->weights));
    memset(&sentence->chain, 0, sizeof(sentence->chain));
    sentence->n_pooling = 0;
    sentence->include_prompt = true;
}

void berth_sentence_free(struct berth_sentence *sentence)
{
    if (sentence == NULL)
        return;
    berth_sentence_drop_modules(sentence);
    for (size_t i = 0; i < sentence->n_prompts; i++) {
        free(sentence->prompts[i].name);
        free(sentence->prompts[i].text);
    }
    free(sentence->prompts);
    free(sentence->path);
    free(sentence->activation);
    json_decref(sentence->args.config);
    json_decref(sentence->args.tokenizer);
    json_decref(sentence->list);
    berth_settings_free(&sentence->settings);
    *sentence = (struct berth_sentence){0};
}
