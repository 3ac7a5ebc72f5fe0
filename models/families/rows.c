/*
 * rows.c - keys of config.json: where each goes, and how it is read.
 */
#include "models/families/rows.h"

#include "lib/json.h"
#include "lib/status.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * Limits far above every BERT there is, and so low that no product of two
 * sizes, with the size of a float, overflows 64 bits.
 */
enum {
    MAX_VOCAB = 1 << 24,
    MAX_HIDDEN = 1 << 16,
    MAX_INTERMEDIATE = 1 << 20,
    MAX_POSITIONS = 1 << 20,
    MAX_TYPES = 1 << 16,
    MAX_THETA = 1 << 30,
    MAX_KERNEL = 1 << 8
};

/* Reads what a row names, and keeps it. */
typedef enum berth_status read_row(const struct berth_config_reader *r,
                                   const struct berth_config_row *row);

static read_row read_size, read_pad, read_reach, read_function, read_pooling,
    read_number, read_switch, read_words, read_key_heads, read_rope_type,
    read_layer_types;

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
        FIELD(num_hidden_layers, read_size, 1, BERTH_LAYERS_MAX),
    [BERTH_KEY_NUM_ATTENTION_HEADS] =
        FIELD(num_attention_heads, read_size, 1, MAX_HIDDEN),
    [BERTH_KEY_INTERMEDIATE_SIZE] =
        FIELD(intermediate_size, read_size, 1, MAX_INTERMEDIATE),
    [BERTH_KEY_MAX_POSITION_EMBEDDINGS] =
        FIELD(max_position_embeddings, read_size, 1, MAX_POSITIONS),
    [BERTH_KEY_TYPE_VOCAB_SIZE] =
        FIELD(type_vocab_size, read_size, 0, MAX_TYPES),
    [BERTH_KEY_HIDDEN_ACT] = FIELD(hidden_act, read_function, 0, 0),
    [BERTH_KEY_CLASSIFIER_ACTIVATION] =
        FIELD(classifier_activation, read_function, 0, 0),
    [BERTH_KEY_CLASSIFIER_POOLING] =
        FIELD(classifier_pooling, read_pooling, 0, 0),
    [BERTH_KEY_LAYER_NORM_EPS] = FIELD(layer_norm_eps, read_number, 0, 1),
    [BERTH_KEY_TIE_WORD_EMBEDDINGS] =
        FIELD(tie_word_embeddings, read_switch, 0, 0),
    /* embedding_size is the size of a text's vector in `berth info`. */
    [BERTH_KEY_EMBEDDING_SIZE] = {"word_embedding_size", read_size, 1,
                                  MAX_HIDDEN,
                                  offsetof(struct berth_config,
                                           embedding_size)},
    [BERTH_KEY_PAD_TOKEN_ID] = {"pad_token_id", read_pad, 0, MAX_VOCAB,
                                offsetof(struct berth_config, first_position)},
    [BERTH_KEY_NUM_HIDDEN_GROUPS] =
        FIELD(num_hidden_groups, read_size, 1, BERTH_LAYERS_MAX),
    [BERTH_KEY_INNER_GROUP_NUM] =
        FIELD(inner_group_num, read_size, 1, BERTH_LAYERS_MAX),
    [BERTH_KEY_KEY_VALUE_HEADS] =
        FIELD(num_key_value_heads, read_key_heads, 1, MAX_HIDDEN),
    [BERTH_KEY_ROPE_THETA] = {"rope_theta", read_number, 1, MAX_THETA,
                              offsetof(struct berth_config, rope.theta)},
    [BERTH_KEY_ROPE_TYPE] = {"rope_type", read_rope_type, 0, 0,
                             offsetof(struct berth_config, rope)},
    [BERTH_KEY_LOCAL_ROPE_THETA] = {"local_rope_theta", read_number, 1,
                                    MAX_THETA,
                                    offsetof(struct berth_config,
                                             local_rope.theta)},
    [BERTH_KEY_LOCAL_ROPE_TYPE] = {"local_rope_type", read_rope_type, 0, 0,
                                   offsetof(struct berth_config, local_rope)},
    [BERTH_KEY_LOCAL_ATTENTION] =
        FIELD(local_attention, read_size, 0, MAX_POSITIONS),
    [BERTH_KEY_LAYER_TYPES] = {"layer_types", read_layer_types, 1,
                               BERTH_LAYERS_MAX, 0},
    [BERTH_KEY_POSITION_BIASED_INPUT] =
        FIELD(position_biased_input, read_switch, 0, 0),
    [BERTH_KEY_RELATIVE_ATTENTION] =
        FIELD(relative_attention, read_switch, 0, 0),
    [BERTH_KEY_POS_ATT_TYPE] = {"pos_att_type", read_words, 0, 0, 0},
    [BERTH_KEY_SHARE_ATT_KEY] = FIELD(share_att_key, read_switch, 0, 0),
    [BERTH_KEY_MAX_RELATIVE_POSITIONS] =
        FIELD(max_relative_positions, read_reach, 1, MAX_POSITIONS),
    [BERTH_KEY_POSITION_BUCKETS] =
        FIELD(position_buckets, read_reach, 2, MAX_POSITIONS),
    [BERTH_KEY_NORM_REL_EBD] = {"norm_rel_ebd", read_words, 0, 0, 0},
    [BERTH_KEY_CONV_KERNEL_SIZE] =
        FIELD(conv_kernel_size, read_size, 0, MAX_KERNEL),
    [BERTH_KEY_INTRA_BOTTLENECK_SIZE] =
        FIELD(intra_bottleneck_size, read_size, 1, MAX_HIDDEN),
    [BERTH_KEY_NUM_FEEDFORWARD_NETWORKS] =
        FIELD(num_feedforward_networks, read_size, 1, BERTH_FORWARDS_MAX),
    [BERTH_KEY_CONV_ACT] = FIELD(conv_act, read_function, 0, 0),
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
    {"tanh", BERTH_FUNCTION_TANH},
};

enum berth_status berth_config_keep(const struct berth_config_reader *r,
                                    const char *key, bool found,
                                    const char *value)
{
    if (berth_settings_add(r->settings, key, found ? "config.json" : "default",
                           "%s", value) != BERTH_OK) {
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    }
    return BERTH_OK;
}

/* The name that counts; NULL: the row is a constant. */
static const char *name_of(const struct berth_config_reader *r,
                           const struct berth_config_row *row)
{
    size_t i = 0;

    while (i + 1 < BERTH_CONFIG_NAMES && row->names[i + 1] != NULL) {
        if (berth_json_has(r->root, row->names[i]))
            break;
        i++;
    }
    return row->names[i];
}

static enum berth_status read_size(const struct berth_config_reader *r,
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
    return berth_config_keep(r, field->key, found, value);
}

/* Positions begin after the pad's, and are counted without pads:
 * create_position_ids_from_input_ids of transformers. */
static enum berth_status read_pad(const struct berth_config_reader *r,
                                  const struct berth_config_row *row)
{
    enum berth_status status = read_size(r, row);

    r->config->first_position++;
    return status;
}

static enum berth_status read_function(const struct berth_config_reader *r,
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
            memcpy((char *)r->config + fields[row->key].offset,
                   &functions[i].function, sizeof(functions[i].function));
            return berth_config_keep(r, fields[row->key].key, found, name);
        }
    }
    return berth_fail(
        r->err, BERTH_ERR_UNSUPPORTED,
        "%s: key '%s': expected gelu, gelu_new, "
        "gelu_pytorch_tanh, relu, silu or tanh, found \"%.64s\", which is "
        "not supported",
        r->file, key, name);
}

/* ModernBERT's first token is "cls", EuroBERT's "bos". */
static const struct {
    const char *name;
    enum berth_classifier_pooling pooling;
} classifier_poolings[] = {
    {"cls", BERTH_CLASSIFIER_FIRST},
    {"bos", BERTH_CLASSIFIER_FIRST},
    {"mean", BERTH_CLASSIFIER_MEAN},
    {"late", BERTH_CLASSIFIER_LATE},
};

static enum berth_status read_pooling(const struct berth_config_reader *r,
                                      const struct berth_config_row *row)
{
    const size_t n =
        sizeof(classifier_poolings) / sizeof(classifier_poolings[0]);
    const char *name = NULL;
    bool found;
    enum berth_status status = berth_json_get_string(
        r->root, r->file, row->names[0], &name, &found, r->err);

    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        if (found ? strcmp(classifier_poolings[i].name, name) == 0
                  : (int)classifier_poolings[i].pooling == (int)row->usual) {
            r->config->classifier_pooling = classifier_poolings[i].pooling;
            return berth_config_keep(r, fields[row->key].key, found,
                                     classifier_poolings[i].name);
        }
    }
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected cls, bos, mean or late, found "
                      "\"%.64s\", which is not supported",
                      r->file, row->names[0], name);
}

static enum berth_status read_number(const struct berth_config_reader *r,
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
    return berth_config_keep(r, field->key, found, value);
}

static enum berth_status read_switch(const struct berth_config_reader *r,
                                     const struct berth_config_row *row)
{
    bool on = row->usual != 0.0, found;
    enum berth_status status = berth_json_get_bool(
        r->root, r->file, name_of(r, row), &on, &found, r->err);

    if (status != BERTH_OK)
        return status;
    memcpy((char *)r->config + fields[row->key].offset, &on, sizeof(on));
    return berth_config_keep(r, fields[row->key].key, found,
                             on ? "true" : "false");
}

/* -1 and 0 are none: then the config has 0. */
static enum berth_status read_reach(const struct berth_config_reader *r,
                                    const struct berth_config_row *row)
{
    const json_t *value = berth_json_at(r->root, row->names[0]);
    const bool none = value == NULL || json_is_null(value);

    if (none || (json_is_number(value) && json_number_value(value) <= 0.0))
        return berth_config_keep(r, fields[row->key].key, !none, "-1");
    return read_size(r, row);
}

/* Words of lists, and what each switches on. */
static const struct {
    enum berth_config_key key;
    const char *word;
    size_t offset; /* of a bool; 0: of none */
} words[] = {
    {BERTH_KEY_POS_ATT_TYPE, "c2p", offsetof(struct berth_config, c2p)},
    {BERTH_KEY_POS_ATT_TYPE, "p2c", offsetof(struct berth_config, p2c)},
    {BERTH_KEY_NORM_REL_EBD, "layer_norm",
     offsetof(struct berth_config, norm_rel_ebd)},
    {BERTH_KEY_NORM_REL_EBD, "none", 0},
};

static bool switch_on(struct berth_config *config, enum berth_config_key key,
                      const char *word, size_t n)
{
    const bool on = true;
    size_t i = 0;

    while (i < sizeof(words) / sizeof(words[0]) &&
           (words[i].key != key || strlen(words[i].word) != n ||
            strncasecmp(words[i].word, word, n) != 0))
        i++;
    if (i == sizeof(words) / sizeof(words[0]))
        return false;
    if (words[i].offset > 0)
        memcpy((char *)config + words[i].offset, &on, sizeof(on));
    return true;
}

/* A list of strings as one with bars between; false: it is none, or too long
 * for any that we know. */
static bool join(const json_t *value, char *buf, size_t size)
{
    const size_t n = json_is_array(value) ? json_array_size(value) : 1;
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < n && used < size; i++) {
        const char *s = json_string_value(
            json_is_array(value) ? json_array_get(value, i) : value);

        if (s == NULL)
            return false;
        used += (size_t)snprintf(buf + used, size - used, "%s%s",
                                 i == 0 ? "" : "|", s);
    }
    return used < size;
}

/* "p2c|c2p", or the same as a list. */
static enum berth_status read_words(const struct berth_config_reader *r,
                                    const struct berth_config_row *row)
{
    static const char between[] = "| ";
    const char *name = row->names[0];
    const json_t *value = berth_json_at(r->root, name);
    const bool found = value != NULL && !json_is_null(value);
    char list[64] = "", what[80];
    bool known = !found || join(value, list, sizeof(list));
    const char *s = list + strspn(list, between);

    for (; known && *s != '\0'; s += strspn(s, between)) {
        const size_t n = strcspn(s, between);

        known = switch_on(r->config, row->key, s, n);
        s += n;
    }
    if (known)
        return berth_config_keep(r, fields[row->key].key, found,
                                 list[0] != '\0' ? list : "none");
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected %s, found %s, which is not "
                      "supported",
                      r->file, name,
                      row->key == BERTH_KEY_POS_ATT_TYPE ? "c2p, p2c or both"
                                                         : "layer_norm or none",
                      berth_json_describe(value, what, sizeof(what)));
}

/* Each head has its own where the file is silent. */
static enum berth_status read_key_heads(const struct berth_config_reader *r,
                                        const struct berth_config_row *row)
{
    struct berth_config_row with = *row;

    with.usual = (double)r->config->num_attention_heads;
    return read_size(r, &with);
}

enum rope_type {
    ROPE_DEFAULT,
    ROPE_DYNAMIC, /* of transformers: faster where a text is longer than there
                     are positions, and no text is, here */
    ROPE_LINEAR,
    ROPE_NTK /* equation 6 of kexue.fm/archives/9706 */
};

static const char *const rope_types[] = {"default", "dynamic", "linear", "ntk"};

/* What a type says of rotations whose theta was read. */
static enum berth_status read_factor(const struct berth_config_reader *r,
                                     const char *within, enum rope_type type,
                                     struct berth_rotation *rope)
{
    const struct berth_config *c = r->config;
    const double pairs =
        (double)c->hidden_size / (double)c->num_attention_heads / 2.0;
    char key[64];
    double factor = 1.0;

    if (type == ROPE_DEFAULT || type == ROPE_DYNAMIC)
        return BERTH_OK;
    snprintf(key, sizeof(key), "%s.factor", within);
    enum berth_status status = berth_json_get_number(
        r->root, r->file, key, 1, MAX_POSITIONS, &factor, NULL, r->err);
    rope->slower = factor;
    if (type == ROPE_NTK) {
        rope->theta *= factor;
        rope->slower = pow(factor, 1.0 / pairs);
    }
    return status;
}

static enum berth_status read_rope_type(const struct berth_config_reader *r,
                                        const struct berth_config_row *row)
{
    static const char *const names[] = {"rope_type", "type"};
    const size_t n_types = r->config->family->ntk ? ROPE_NTK + 1 : ROPE_NTK;
    const char *within = name_of(r, row), *type = rope_types[ROPE_DEFAULT];
    struct berth_rotation *rope =
        (void *)((char *)r->config + fields[row->key].offset);
    enum berth_status status = BERTH_OK;
    bool found = false;
    size_t t = 0;
    char key[64];

    rope->slower = 1.0;
    for (size_t i = 0; status == BERTH_OK && !found && i < 2; i++) {
        snprintf(key, sizeof(key), "%s.%s", within, names[i]);
        status =
            berth_json_get_string(r->root, r->file, key, &type, &found, r->err);
    }
    while (t < n_types && strcmp(type, rope_types[t]) != 0)
        t++;
    if (status == BERTH_OK && t == n_types)
        return berth_fail(
            r->err, BERTH_ERR_UNSUPPORTED,
            "%s: key '%s': expected default, dynamic%s, found \"%.64s\", "
            "which is not supported",
            r->file, key,
            r->config->family->ntk ? ", linear or ntk" : " or linear", type);
    if (status == BERTH_OK)
        status = read_factor(r, within, (enum rope_type)t, rope);
    return status == BERTH_OK
               ? berth_config_keep(r, fields[row->key].key, found, type)
               : status;
}

static const char *const layer_types[] = {"full_attention",
                                          "sliding_attention"};

static enum berth_status read_layer_type(const struct berth_config_reader *r,
                                         const char *key, const json_t *value,
                                         bool *local)
{
    char found[80];

    for (size_t i = 0; i < 2; i++) {
        if (json_is_string(value) &&
            strcmp(json_string_value(value), layer_types[i]) == 0) {
            *local = i == 1;
            return BERTH_OK;
        }
    }
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected \"%s\" or \"%s\" for each "
                      "layer, found %s, which is not supported",
                      r->file, key, layer_types[0], layer_types[1],
                      berth_json_describe(value, found, sizeof(found)));
}

/* A list with the type of each layer. Older files have a number in its place:
 * of so many layers the first is global, the others are local. */
static enum berth_status read_layer_types(const struct berth_config_reader *r,
                                          const struct berth_config_row *row)
{
    const char *key = row->names[0], *old = row->names[1];
    const json_t *list = json_object_get(r->root, key);
    const bool listed = berth_json_has(r->root, key);
    const size_t n = r->config->num_hidden_layers;
    size_t every = (size_t)row->usual, n_local = 0;
    bool *local = r->config->local;
    bool found = false;
    char value[64];
    enum berth_status status = berth_json_get_size(
        r->root, r->file, old, 1, BERTH_LAYERS_MAX, &every, &found, r->err);

    if (status == BERTH_OK && listed && json_array_size(list) != n)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected a list of num_hidden_layers, "
                          "%zu, found %zu",
                          r->file, key, n, json_array_size(list));
    for (size_t i = 0; status == BERTH_OK && i < n; i++) {
        local[i] = i % every != 0;
        if (listed)
            status =
                read_layer_type(r, key, json_array_get(list, i), &local[i]);
        n_local += local[i];
    }
    snprintf(value, sizeof(value), "%zu global, %zu local", n - n_local,
             n_local);
    return status == BERTH_OK ? berth_config_keep(r, fields[row->key].key,
                                                  listed || found, value)
                              : status;
}

const char *berth_config_key(const struct berth_config_row *row)
{
    return fields[row->key].key;
}

enum berth_status berth_config_read_row(const struct berth_config_reader *r,
                                        const struct berth_config_row *row)
{
    return fields[row->key].read(r, row);
}
