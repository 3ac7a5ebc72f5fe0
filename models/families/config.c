/*
 * config.c - config.json: which family this is, and its sizes.
 */
#include "models/families/config.h"

#include "lib/json.h"
#include "lib/status.h"
#include "models/families/variants.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Limits far above every BERT there is, and so low that no product of two
 * sizes, with the size of a float, overflows 64 bits.
 */
enum {
    MAX_VOCAB = 1 << 24,
    MAX_HIDDEN = 1 << 16,
    MAX_LAYERS = 1 << 12,
    MAX_INTERMEDIATE = 1 << 20,
    MAX_POSITIONS = 1 << 20,
    MAX_TYPES = 1 << 16,
    MAX_THETA = 1 << 30
};

/* What the functions of this file share. */
struct reader {
    const json_t *root;
    const char *file; /* for messages */
    struct berth_settings *settings;
    struct berth_config *config;
    struct berth_error *err;
};

static const char source[] = "config.json";
static const char absent[] = "default";

/* Reads what a row names, and keeps it. */
typedef enum berth_status read_row(const struct reader *r,
                                   const struct berth_config_row *row);

static read_row read_size, read_pad, read_function, read_number, read_tie;

#define FIELD(name, read, least, max)                                          \
    {                                                                          \
#name, read, least, max, offsetof(struct berth_config, name)           \
    }

static const struct field {
    const char *key; /* as settings have it */
    read_row *read;
    size_t least, max; /* of a size */
    size_t offset;
} fields[] = {
    [BERTH_KEY_VOCAB_SIZE] = FIELD(vocab_size, read_size, 1, MAX_VOCAB),
    [BERTH_KEY_HIDDEN_SIZE] = FIELD(hidden_size, read_size, 1, MAX_HIDDEN),
    [BERTH_KEY_NUM_HIDDEN_LAYERS] =
        FIELD(num_hidden_layers, read_size, 1, MAX_LAYERS),
    [BERTH_KEY_NUM_ATTENTION_HEADS] =
        FIELD(num_attention_heads, read_size, 1, MAX_HIDDEN),
    [BERTH_KEY_INTERMEDIATE_SIZE] =
        FIELD(intermediate_size, read_size, 1, MAX_INTERMEDIATE),
    [BERTH_KEY_MAX_POSITION_EMBEDDINGS] =
        FIELD(max_position_embeddings, read_size, 1, MAX_POSITIONS),
    [BERTH_KEY_TYPE_VOCAB_SIZE] =
        FIELD(type_vocab_size, read_size, 0, MAX_TYPES),
    [BERTH_KEY_HIDDEN_ACT] = FIELD(hidden_act, read_function, 0, 0),
    [BERTH_KEY_LAYER_NORM_EPS] = FIELD(layer_norm_eps, read_number, 0, 1),
    [BERTH_KEY_TIE_WORD_EMBEDDINGS] =
        FIELD(tie_word_embeddings, read_tie, 0, 0),
    /* embedding_size is the size of a text's vector in `berth info`. */
    [BERTH_KEY_EMBEDDING_SIZE] = {"word_embedding_size", read_size, 1,
                                  MAX_HIDDEN,
                                  offsetof(struct berth_config,
                                           embedding_size)},
    [BERTH_KEY_PAD_TOKEN_ID] = {"pad_token_id", read_pad, 0, MAX_VOCAB,
                                offsetof(struct berth_config, first_position)},
    [BERTH_KEY_NUM_HIDDEN_GROUPS] =
        FIELD(num_hidden_groups, read_size, 1, MAX_LAYERS),
    [BERTH_KEY_INNER_GROUP_NUM] =
        FIELD(inner_group_num, read_size, 1, MAX_LAYERS),
    [BERTH_KEY_ROPE_THETA] = FIELD(rope_theta, read_number, 1, MAX_THETA),
};

/* Those that a key tells from others of their model_type come first. */
static const struct berth_family *const families[] = {
    &berth_family_jina_bert,   &berth_family_bert,
    &berth_family_distilbert,  &berth_family_roberta,
    &berth_family_xlm_roberta, &berth_family_camembert,
    &berth_family_electra,     &berth_family_mpnet,
    &berth_family_albert,      &berth_family_nomic_bert,
    &berth_family_gte,         &berth_family_jina_v3,
};

enum {
    N_FAMILIES = sizeof(families) / sizeof(families[0]),
    N_NAMES = sizeof(((struct berth_config_row *)0)->names) / sizeof(char *)
};

/* ACT2FN of transformers, the usual name of each first; FastGELU and
 * AccurateGELU are the tanh form with its constants multiplied out. */
static const struct {
    const char *name;
    enum berth_function function;
} functions[] = {
    {"gelu", BERTH_FUNCTION_GELU},
    {"gelu_python", BERTH_FUNCTION_GELU},
    {"gelu_new", BERTH_FUNCTION_GELU_TANH},
    {"gelu_fast", BERTH_FUNCTION_GELU_TANH},
    {"gelu_accurate", BERTH_FUNCTION_GELU_TANH},
    {"gelu_pytorch_tanh", BERTH_FUNCTION_GELU_TANH},
    {"gelu_python_tanh", BERTH_FUNCTION_GELU_TANH},
    {"relu", BERTH_FUNCTION_RELU},
    {"silu", BERTH_FUNCTION_SILU},
    {"swish", BERTH_FUNCTION_SILU},
    {"swiglu", BERTH_FUNCTION_SILU}, /* of a gate, as NomicBERT has it */
};

static enum berth_status keep(const struct reader *r, const char *key,
                              bool found, const char *value)
{
    if (berth_settings_add(r->settings, key, found ? source : absent, "%s",
                           value) != BERTH_OK) {
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    }
    return BERTH_OK;
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

/* For files older than model_type: the class that was saved, or what it begins
 * with. */
static const char *type_of_class(const struct reader *r)
{
    const char *class = json_string_value(
        json_array_get(json_object_get(r->root, "architectures"), 0));

    for (size_t i = 0; class != NULL && i < N_FAMILIES; i++) {
        const char *begin = families[i]->class;
        if (strncmp(class, begin, strlen(begin)) == 0)
            return families[i]->name;
    }
    return class;
}

static bool is_family(const struct reader *r, const struct berth_family *family,
                      const char *type)
{
    const char *value =
        family->key[0] == NULL
            ? NULL
            : json_string_value(json_object_get(r->root, family->key[0]));

    return strcmp(family->name, type) == 0 &&
           (family->key[0] == NULL ||
            (value != NULL && strcmp(value, family->key[1]) == 0));
}

static enum berth_status find_family(const struct reader *r)
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
        type = type_of_class(r);
    if (type == NULL) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'model_type': expected %s, found nothing, "
                          "nor a class of these in 'architectures': add what "
                          "this model is",
                          r->file, list);
    }
    for (size_t i = 0; i < N_FAMILIES; i++) {
        if (is_family(r, families[i], type)) {
            r->config->family = families[i];
            return keep(r, "model_type", true, type);
        }
    }
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'model_type': expected %s, found \"%.64s\", "
                      "which is not supported",
                      r->file, list, type);
}

/* The name that counts; NULL: the row is a constant. */
static const char *name_of(const struct reader *r,
                           const struct berth_config_row *row)
{
    size_t i = 0;

    while (i + 1 < N_NAMES && row->names[i + 1] != NULL) {
        if (berth_json_has(r->root, row->names[i]))
            break;
        i++;
    }
    return row->names[i];
}

static enum berth_status read_size(const struct reader *r,
                                   const struct berth_config_row *row)
{
    const struct field *field = &fields[row->key];
    const char *name = name_of(r, row);
    size_t n = (size_t)row->usual;
    bool found = false;
    char value[32];
    enum berth_status status =
        name == NULL ? BERTH_OK
                     : berth_json_get_size(r->root, r->file, name, field->least,
                                           field->max, &n, &found, r->err);

    if (status != BERTH_OK)
        return status;
    memcpy((char *)r->config + field->offset, &n, sizeof(n));
    snprintf(value, sizeof(value), "%zu", n);
    return keep(r, field->key, found, value);
}

/* Positions begin after the pad's, and are counted without pads:
 * create_position_ids_from_input_ids of transformers. */
static enum berth_status read_pad(const struct reader *r,
                                  const struct berth_config_row *row)
{
    enum berth_status status = read_size(r, row);

    r->config->first_position++;
    return status;
}

static enum berth_status read_function(const struct reader *r,
                                       const struct berth_config_row *row)
{
    const size_t n = sizeof(functions) / sizeof(functions[0]);
    const char *key = name_of(r, row), *name = functions[0].name;
    bool found;

    for (size_t i = n; i-- > 0;) {
        if (functions[i].function == (enum berth_function)row->usual)
            name = functions[i].name;
    }
    enum berth_status status =
        berth_json_get_string(r->root, r->file, key, &name, &found, r->err);

    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            r->config->hidden_act = functions[i].function;
            return keep(r, fields[row->key].key, found, name);
        }
    }
    return berth_fail(
        r->err, BERTH_ERR_UNSUPPORTED,
        "%s: key '%s': expected gelu, gelu_new, "
        "gelu_pytorch_tanh, relu or silu, found \"%.64s\", which is "
        "not supported",
        r->file, key, name);
}

static enum berth_status read_number(const struct reader *r,
                                     const struct berth_config_row *row)
{
    const struct field *field = &fields[row->key];
    const char *name = name_of(r, row);
    double x = row->usual;
    bool found = false;
    char value[32];
    enum berth_status status =
        name == NULL
            ? BERTH_OK
            : berth_json_get_number(r->root, r->file, name,
                                    (double)field->least, (double)field->max,
                                    &x, &found, r->err);

    if (status != BERTH_OK)
        return status;
    memcpy((char *)r->config + field->offset, &x, sizeof(x));
    snprintf(value, sizeof(value), "%g", x);
    return keep(r, field->key, found, value);
}

static enum berth_status read_tie(const struct reader *r,
                                  const struct berth_config_row *row)
{
    bool tie = row->usual != 0.0, found;
    enum berth_status status = berth_json_get_bool(
        r->root, r->file, name_of(r, row), &tie, &found, r->err);

    if (status != BERTH_OK)
        return status;
    r->config->tie_word_embeddings = tie;
    return keep(r, fields[row->key].key, found, tie ? "true" : "false");
}

/* What follows from the keys. */
static enum berth_status derive(const struct reader *r)
{
    struct berth_config *c = r->config;

    if (c->hidden_size % c->num_attention_heads != 0)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected a hidden size that is a multiple of "
                          "the number of attention heads, found %zu and %zu",
                          r->file, c->hidden_size, c->num_attention_heads);
    if (c->max_position_embeddings <= c->first_position)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected more positions than pad_token_id + 1, "
                          "found max_position_embeddings %zu and pad_token_id "
                          "%zu",
                          r->file, c->max_position_embeddings,
                          c->first_position - 1);
    c->head_size = c->hidden_size / c->num_attention_heads;
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

static enum berth_status read_rows(const struct reader *r)
{
    enum berth_status status = BERTH_OK;
    const struct berth_config_row *row = r->config->family->config;

    for (; status == BERTH_OK && row->key != BERTH_KEY_NONE; row++)
        status = fields[row->key].read(r, row);
    return status;
}

static enum berth_status refuse_variants(const struct reader *r)
{
    return berth_config_refuse_variants(r->root, r->file, r->config->family,
                                        r->err);
}

/* For `berth info` only: the tensors themselves say how they are stored. */
static enum berth_status keep_dtype(const struct reader *r)
{
    const char *const keys[] = {"dtype", "torch_dtype"};

    for (size_t i = 0; i < 2; i++) {
        const json_t *value = json_object_get(r->root, keys[i]);
        if (json_is_string(value))
            return keep(r, "dtype", true, json_string_value(value));
    }
    return BERTH_OK;
}

static enum berth_status read_all(const struct reader *r)
{
    static enum berth_status (*const steps[])(const struct reader *) = {
        find_family, refuse_variants, read_rows, derive, keep_dtype,
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
static const struct berth_config_row *row_named(const struct reader *r,
                                                const char *name)
{
    const struct berth_config_row *row = r->config->family->config;

    for (; row->key != BERTH_KEY_NONE; row++) {
        for (size_t i = 0; i < N_NAMES && row->names[i] != NULL; i++) {
            if (strcmp(row->names[i], name) == 0)
                return row;
        }
    }
    return NULL;
}

/* What is set counts under any of its names. */
static bool set_over(const struct reader *r, json_t *root,
                     const struct berth_overlay *over)
{
    const char *key;
    json_t *value;
    bool ok = true;

    json_object_foreach((json_t *)(uintptr_t)over->object, key, value)
    {
        const struct berth_config_row *row = row_named(r, key);

        for (size_t i = 0; row != NULL && i < N_NAMES; i++) {
            if (row->names[i] != NULL)
                (void)json_object_del(root, row->names[i]);
        }
        ok = ok && json_object_set(root, key, value) == 0;
    }
    return ok;
}

/* Settings have our names. */
static bool tell_sources(const struct reader *r,
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
                    berth_settings_resource(r->settings, fields[row->key].key,
                                            over->source) == BERTH_OK);
    }
    return ok;
}

/* Which names count depends on the family, so that is looked at first. */
static enum berth_status read_over(const struct reader *r, json_t *root,
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
    struct berth_config config = {0};
    struct reader r = {
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
