/*
 * config.c - config.json: which family this is, and its sizes.
 */
#include "models/families/config.h"

#include "lib/json.h"
#include "lib/status.h"
#include "models/families/rows.h"
#include "models/families/told.h"
#include "models/families/variants.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char source[] = "config.json";

/* Those that a key tells from others of their model_type come first. */
static const struct berth_family *const families[] = {
    &berth_family_jina_bert,   &berth_family_bert,
    &berth_family_distilbert,  &berth_family_roberta,
    &berth_family_xlm_roberta, &berth_family_camembert,
    &berth_family_electra,     &berth_family_mpnet,
    &berth_family_albert,      &berth_family_nomic_bert,
    &berth_family_mobilebert,  &berth_family_deberta,
    &berth_family_gte,         &berth_family_new,
    &berth_family_jina_v3,     &berth_family_modernbert,
    &berth_family_eurobert,
};

enum {
    N_FAMILIES = sizeof(families) / sizeof(families[0])
};

const struct berth_family *berth_family_at(size_t i)
{
    return i < N_FAMILIES ? families[i] : NULL;
}

/* "bert" or "distilbert", as messages list them. */
static const char *list_families(char *buf, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < N_FAMILIES && used < size; i++) {
        const char *between = used == 0            ? ""
                              : i + 1 < N_FAMILIES ? ", "
                                                   : " or ";
        if (families[i]->key[0] != NULL)
            continue;
        used += (size_t)snprintf(buf + used, size - used, "%s\"%s\"", between,
                                 families[i]->name);
    }
    return buf;
}

static bool is_family(const struct berth_config_reader *r,
                      const struct berth_family *family, const char *type)
{
    const char *value =
        family->key[0] == NULL
            ? NULL
            : json_string_value(json_object_get(r->root, family->key[0]));

    return strcmp(family->name, type) == 0 &&
           (family->key[0] == NULL ||
            (value != NULL && strcmp(value, family->key[1]) == 0));
}

static enum berth_status find_family(const struct berth_config_reader *r)
{
    const char *type = NULL;
    char list[512];
    bool found;
    enum berth_status status = berth_json_get_string(
        r->root, r->file, "model_type", &type, &found, r->err);

    if (status != BERTH_OK)
        return status;
    list_families(list, sizeof(list));
    if (!found)
        type = berth_tell_type(r->root, r->file).type;
    if (type == NULL) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'model_type': expected %s, found nothing, "
                          "nor what tells it: add what this model is",
                          r->file, list);
    }
    for (size_t i = 0; i < N_FAMILIES; i++) {
        if (is_family(r, families[i], type)) {
            r->config->family = families[i];
            return berth_config_keep(r, "model_type", true, type);
        }
    }
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'model_type': expected %s, found \"%.64s\", "
                      "which is not supported",
                      r->file, list, type);
}

/* Rotated heads may have a size of their own, in other models. */
static enum berth_status check_head_size(const struct berth_config_reader *r)
{
    const size_t usual = r->config->head_size;
    size_t n = usual;
    bool found;
    enum berth_status status =
        r->config->rope.theta > 0
            ? berth_json_get_size(r->root, r->file, "head_dim", 1, SIZE_MAX, &n,
                                  &found, r->err)
            : BERTH_OK;

    if (status == BERTH_OK && r->config->rope.theta > 0 && usual % 2 != 0)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected hidden_size / num_attention_heads to "
                          "be even, as pairs of numbers are rotated, found %zu",
                          r->file, usual);
    if (status != BERTH_OK || n == usual)
        return status;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'head_dim': expected %zu, hidden_size / "
                      "num_attention_heads, found %zu, which is not supported",
                      r->file, usual, n);
}

/* What follows from the keys. */
static enum berth_status derive(const struct berth_config_reader *r)
{
    struct berth_config *c = r->config;

    const size_t inside = c->intra_bottleneck_size > 0
                              ? c->intra_bottleneck_size
                              : c->hidden_size;

    if (inside % c->num_attention_heads != 0)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected a hidden size that is a multiple of "
                          "the number of attention heads, found %zu and %zu",
                          r->file, inside, c->num_attention_heads);
    if (inside > c->hidden_size)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected intra_bottleneck_size up to "
                          "hidden_size, found %zu and %zu",
                          r->file, inside, c->hidden_size);
    if (c->max_position_embeddings <= c->first_position)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected more positions than pad_token_id + 1, "
                          "found max_position_embeddings %zu and pad_token_id "
                          "%zu",
                          r->file, c->max_position_embeddings,
                          c->first_position - 1);
    if (c->num_key_value_heads == 0)
        c->num_key_value_heads = c->num_attention_heads;
    if (c->num_attention_heads % c->num_key_value_heads != 0)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected a number of attention heads that is a "
                          "multiple of num_key_value_heads, found %zu and %zu",
                          r->file, c->num_attention_heads,
                          c->num_key_value_heads);
    c->head_size = inside / c->num_attention_heads;
    enum berth_status status = check_head_size(r);
    if (status != BERTH_OK)
        return status;
    c->max_sequence = c->max_position_embeddings - c->first_position;
    if (c->embedding_size == 0)
        c->embedding_size = c->hidden_size;
    if (c->num_hidden_groups == 0)
        c->num_hidden_groups = c->num_hidden_layers;
    if (c->inner_group_num == 0)
        c->inner_group_num = 1;
    c->num_hidden_layers *= c->inner_group_num;
    return BERTH_OK;
}

/* DeBERTa's distances and convolution. */
static enum berth_status derive_relative(const struct berth_config_reader *r)
{
    struct berth_config *c = r->config;

    if (c->max_relative_positions == 0)
        c->max_relative_positions = c->max_position_embeddings;
    if (c->relative_attention)
        c->relative_span = c->position_buckets > 0 ? c->position_buckets
                                                   : c->max_relative_positions;
    if (c->conv_kernel_size > 0 && c->conv_kernel_size % 2 == 0)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'conv_kernel_size': expected an odd number, "
                          "found %zu",
                          r->file, c->conv_kernel_size);
    return BERTH_OK;
}

static enum berth_status read_rows(const struct berth_config_reader *r)
{
    enum berth_status status = BERTH_OK;
    const struct berth_config_row *row = r->config->family->config;

    for (; status == BERTH_OK && row->key != BERTH_KEY_NONE; row++)
        status = berth_config_read_row(r, row);
    return status;
}

static enum berth_status refuse_variants(const struct berth_config_reader *r)
{
    return berth_config_refuse_variants(r->root, r->file, r->config->family,
                                        r->err);
}

/* For `berth info` only: the tensors themselves say how they are stored. */
static enum berth_status keep_dtype(const struct berth_config_reader *r)
{
    const char *const keys[] = {"dtype", "torch_dtype"};

    for (size_t i = 0; i < 2; i++) {
        const json_t *value = json_object_get(r->root, keys[i]);
        if (json_is_string(value))
            return berth_config_keep(r, "dtype", true,
                                     json_string_value(value));
    }
    return BERTH_OK;
}

/* The same, where `berth convert` wrote 8 bits. */
static enum berth_status keep_quantization(const struct berth_config_reader *r)
{
    return berth_json_has(r->root, "quantization_config")
               ? berth_config_keep(r, "quantization", true, "int8")
               : BERTH_OK;
}

static enum berth_status read_all(const struct berth_config_reader *r)
{
    static enum berth_status (*const steps[])(
        const struct berth_config_reader *) = {
        find_family,     refuse_variants, read_rows,         derive,
        derive_relative, keep_dtype,      keep_quantization,
    };

    if (!json_is_object(r->root)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected an object, found an array", r->file);
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        enum berth_status status = steps[i](r);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* The row that has a name; NULL: none has. */
static const struct berth_config_row *
row_named(const struct berth_config_reader *r, const char *name)
{
    const struct berth_config_row *row = r->config->family->config;

    for (; row->key != BERTH_KEY_NONE; row++) {
        for (size_t i = 0; i < BERTH_CONFIG_NAMES && row->names[i] != NULL;
             i++) {
            if (strcmp(row->names[i], name) == 0)
                return row;
        }
    }
    return NULL;
}

/* What is set counts under any of its names. */
static bool set_over(const struct berth_config_reader *r, json_t *root,
                     const struct berth_overlay *over)
{
    const char *key;
    json_t *value;
    bool ok = true;

    json_object_foreach((json_t *)(uintptr_t)over->object, key, value)
    {
        const struct berth_config_row *row = row_named(r, key);

        for (size_t i = 0; row != NULL && i < BERTH_CONFIG_NAMES; i++) {
            if (row->names[i] != NULL)
                (void)json_object_del(root, row->names[i]);
        }
        ok = ok && json_object_set(root, key, value) == 0;
    }
    return ok;
}

/* Settings have our names. */
static bool tell_sources(const struct berth_config_reader *r,
                         const struct berth_overlay *over)
{
    const char *key;
    json_t *value;
    bool ok = true;

    json_object_foreach((json_t *)(uintptr_t)over->object, key, value)
    {
        const struct berth_config_row *row = row_named(r, key);

        (void)value;
        ok = ok && (row == NULL ||
                    berth_settings_resource(r->settings, berth_config_key(row),
                                            over->source) == BERTH_OK);
    }
    return ok;
}

/* Which names count depends on the family, so that is looked at first. */
static enum berth_status read_over(const struct berth_config_reader *r,
                                   json_t *root,
                                   const struct berth_overlay *over)
{
    enum berth_status status = BERTH_OK;
    bool ok = true;

    if (json_is_object(root))
        status = find_family(r);
    if (status == BERTH_OK && json_is_object(root))
        ok = set_over(r, root, over);
    if (status == BERTH_OK && ok)
        status = read_all(r);
    if (status == BERTH_OK && ok)
        ok = tell_sources(r, over);
    return ok ? status
              : berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                           r->file);
}

enum berth_status berth_config_read(const struct berth_folder *folder,
                                    struct berth_settings *settings,
                                    struct berth_config *out,
                                    struct berth_error *err)
{
    const struct berth_overlay none = {NULL, NULL};

    return berth_config_read_with(folder, &none, settings, out, err);
}

enum berth_status berth_config_read_with(const struct berth_folder *folder,
                                         const struct berth_overlay *over,
                                         struct berth_settings *settings,
                                         struct berth_config *out,
                                         struct berth_error *err)
{
    char file[320];
    struct berth_config config = {.position_biased_input = true};
    struct berth_config_reader r = {
        .file = berth_folder_file(folder, source, file, sizeof(file)),
        .settings = settings,
        .config = &config,
        .err = err,
    };
    json_t *root = NULL;
    enum berth_status status = berth_json_read(folder, source, &root, err);

    if (status != BERTH_OK)
        return status;
    r.root = root;
    status = over->object != NULL ? read_over(&r, root, over) : read_all(&r);
    json_decref(root);
    if (status == BERTH_OK)
        *out = config;
    return status;
}
