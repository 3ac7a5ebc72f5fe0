/*
 * told.c - what tells a family.
 */
#include "models/families/told.h"

#include "lib/json_set.h"
#include "lib/status.h"
#include "models/families/config.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The class that was saved, or what it begins with. */
static const char *by_class(const json_t *root)
{
    const char *class = json_string_value(
        json_array_get(json_object_get(root, "architectures"), 0));

    const struct berth_family *f;

    for (size_t i = 0; class != NULL && (f = berth_family_at(i)) != NULL; i++) {
        if (strncmp(class, f->class, strlen(f->class)) == 0)
            return f->name;
    }
    return class;
}

/* Keys that no other model of transformers has. */
static const struct {
    const char *key, *type;
} own_keys[] = {
    {"sinusoidal_pos_embds", "distilbert"},
    {"num_hidden_groups", "albert"},
    {"intra_bottleneck_size", "mobilebert"},
    {"position_buckets", "deberta-v2"},
    {"global_attn_every_n_layers", "modernbert"},
    {"rotary_emb_fraction", "nomic_bert"},
};

static const char *by_keys(const json_t *root)
{
    for (size_t i = 0; i < sizeof(own_keys) / sizeof(*own_keys); i++) {
        if (json_object_get(root, own_keys[i].key) != NULL)
            return own_keys[i].type;
    }
    return NULL;
}

/* Whether name has word between ends or signs: "xlm-roberta" is in
 * "my_xlm-roberta-x", but not in "xlm-roberta2". */
static bool has_word(const char *name, size_t n, const char *word)
{
    const size_t n_word = strlen(word);

    for (size_t i = 0; i + n_word <= n; i++) {
        if (strncasecmp(name + i, word, n_word) == 0 &&
            (i == 0 || !isalnum((unsigned char)name[i - 1])) &&
            (i + n_word == n || !isalnum((unsigned char)name[i + n_word])))
            return true;
    }
    return false;
}

/* The longest name counts: "xlm-roberta" is no "roberta". */
static const char *by_name(const char *name, size_t n)
{
    const struct berth_family *f;
    const char *told = NULL;

    for (size_t i = 0; (f = berth_family_at(i)) != NULL; i++) {
        if (has_word(name, n, f->name) &&
            (told == NULL || strlen(f->name) > strlen(told)))
            told = f->name;
    }
    return told;
}

/* The name of a folder: of a repository in the cache, else the last part before
 * the file; "0_Transformer" is a part of the one before it. */
static const char *by_folder(const char *file)
{
    const char *begin = strstr(file, "models--");
    const char *end = strrchr(file, '/');
    const char *told;

    if (begin != NULL)
        return by_name(begin, strcspn(begin, "/"));
    if (end == NULL)
        return NULL;
    begin = end;
    while (begin > file && begin[-1] != '/')
        begin--;
    told = by_name(begin, (size_t)(end - begin));
    if (told != NULL || begin - file < 2 || strncmp(begin, "0_", 2) != 0)
        return told;
    for (end = --begin; begin > file && begin[-1] != '/';)
        begin--;
    return by_name(begin, (size_t)(end - begin));
}

struct berth_told berth_tell_type(const json_t *root, const char *file)
{
    const char *type = by_class(root);

    if (type != NULL)
        return (struct berth_told){type, "config.json"};
    type = by_keys(root);
    if (type != NULL)
        return (struct berth_told){type, "keys of config.json"};
    return (struct berth_told){by_folder(file),
                               "guessed from the folder's name"};
}

/* A copy with what was told, for all who read config.json. */
static enum berth_status offer(struct berth_folder *folder, const char *name,
                               const char *type, struct berth_error *err)
{
    struct berth_blob file = {0};
    char value[80];
    enum berth_status status = berth_folder_read(folder, name, &file, err);

    if (status != BERTH_OK)
        return status;
    snprintf(value, sizeof(value), "\"%s\"", type);
    char *text =
        berth_json_set((const char *)file.data, file.size, "model_type", value);
    berth_blob_release(&file);
    return text != NULL
               ? berth_folder_offer(folder, name, name, text, strlen(text), err)
               : berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
}

/* A class may be of no family. */
static bool is_family(const char *type)
{
    const struct berth_family *f;
    bool found = false;

    for (size_t i = 0; type != NULL && (f = berth_family_at(i)) != NULL; i++)
        found |= strcmp(f->name, type) == 0;
    return found;
}

enum berth_status berth_tell_config(struct berth_folder *folder,
                                    const char *within, const char **source,
                                    struct berth_error *err)
{
    char name[PATH_MAX], file[PATH_MAX];
    json_t *config = NULL;

    *source = NULL;
    snprintf(name, sizeof(name), "%s%sconfig.json", within,
             within[0] != '\0' ? "/" : "");
    berth_folder_file(folder, name, file, sizeof(file));
    enum berth_status status =
        berth_json_read_optional(folder, name, &config, err);
    const json_t *type = json_object_get(config, "model_type");
    if (status == BERTH_OK && json_is_object(config) &&
        (type == NULL || json_is_null(type))) {
        const struct berth_told told = berth_tell_type(config, file);

        if (is_family(told.type)) {
            *source = told.source;
            status = offer(folder, name, told.type, err);
        }
    }
    json_decref(config);
    return status;
}
