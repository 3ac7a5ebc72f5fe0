/*
 * config.c - config.json: which encoder this is, and its sizes.
 */
#include "models/families/config.h"

#include "lib/json.h"
#include "lib/status.h"

#include <stddef.h>
#include <stdint.h>
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
    MAX_TYPES = 1 << 16
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

/* A size by the names the two families give it; defaults are those of
 * BertConfig and DistilBertConfig of transformers 5. */
struct size_key {
    const char *key;        /* BERT's, and ours */
    const char *distilbert; /* NULL: DistilBERT has no such size */
    bool mapped; /* DistilBERT takes BERT's name, too, and before its own:
                    attribute_map of DistilBertConfig */
    size_t max;
    size_t default_bert, default_distilbert;
    size_t offset; /* in struct berth_config */
};

#define AT(field) offsetof(struct berth_config, field)

static const struct size_key size_keys[] = {
    {"vocab_size", "vocab_size", false, MAX_VOCAB, 30522, 30522,
     AT(vocab_size)},
    {"hidden_size", "dim", true, MAX_HIDDEN, 768, 768, AT(hidden_size)},
    {"num_hidden_layers", "n_layers", true, MAX_LAYERS, 12, 6,
     AT(num_hidden_layers)},
    {"num_attention_heads", "n_heads", true, MAX_HIDDEN, 12, 12,
     AT(num_attention_heads)},
    {"intermediate_size", "hidden_dim", false, MAX_INTERMEDIATE, 3072, 3072,
     AT(intermediate_size)},
    {"max_position_embeddings", "max_position_embeddings", false, MAX_POSITIONS,
     512, 512, AT(max_position_embeddings)},
    {"type_vocab_size", NULL, false, MAX_TYPES, 2, 0, AT(type_vocab_size)},
};

/* ACT2FN of transformers; FastGELU and AccurateGELU are the tanh form with its
 * constants multiplied out. */
static const struct {
    const char *name;
    enum berth_activation activation;
} activations[] = {
    {"gelu", BERTH_ACTIVATION_GELU},
    {"gelu_python", BERTH_ACTIVATION_GELU},
    {"gelu_new", BERTH_ACTIVATION_GELU_TANH},
    {"gelu_fast", BERTH_ACTIVATION_GELU_TANH},
    {"gelu_accurate", BERTH_ACTIVATION_GELU_TANH},
    {"gelu_pytorch_tanh", BERTH_ACTIVATION_GELU_TANH},
    {"gelu_python_tanh", BERTH_ACTIVATION_GELU_TANH},
    {"relu", BERTH_ACTIVATION_RELU},
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

/* model_type, or for files older than that key the class that was saved. */
static enum berth_status find_family(const struct reader *r)
{
    const json_t *first =
        json_array_get(json_object_get(r->root, "architectures"), 0);
    const char *type = NULL;
    bool found;
    enum berth_status status = berth_json_get_string(
        r->root, r->file, "model_type", &type, &found, r->err);

    if (status != BERTH_OK)
        return status;
    if (!found && json_is_string(first)) {
        const char *class = json_string_value(first);
        if (strncmp(class, "Bert", 4) == 0)
            type = "bert";
        else if (strncmp(class, "DistilBert", 10) == 0)
            type = "distilbert";
        else
            type = class;
    }
    if (type == NULL) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'model_type': expected \"bert\" or "
                          "\"distilbert\", found nothing, nor a class of "
                          "either in 'architectures': add what this model is",
                          r->file);
    }
    if (strcmp(type, "bert") == 0) {
        r->config->family = BERTH_FAMILY_BERT;
    } else if (strcmp(type, "distilbert") == 0) {
        r->config->family = BERTH_FAMILY_DISTILBERT;
    } else {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'model_type': expected \"bert\" or "
                          "\"distilbert\", found \"%.64s\", which is not "
                          "supported",
                          r->file, type);
    }
    return keep(r, "model_type", true, type);
}

/* The name that counts: of two that are there BERT's, wherever it stands. */
static const char *name_of(const struct reader *r, const struct size_key *k)
{
    const json_t *mapped = k->mapped ? json_object_get(r->root, k->key) : NULL;

    if (r->config->family == BERTH_FAMILY_BERT ||
        (mapped != NULL && !json_is_null(mapped)))
        return k->key;
    return k->distilbert;
}

static enum berth_status read_size(const struct reader *r,
                                   const struct size_key *k)
{
    bool distilbert = r->config->family == BERTH_FAMILY_DISTILBERT;
    size_t n = distilbert ? k->default_distilbert : k->default_bert;
    bool found;
    enum berth_status status;

    if (distilbert && k->distilbert == NULL)
        return BERTH_OK;
    status = berth_json_get_size(r->root, r->file, name_of(r, k), 1, k->max, &n,
                                 &found, r->err);
    if (status != BERTH_OK)
        return status;
    memcpy((char *)r->config + k->offset, &n, sizeof(n));
    if (berth_settings_add(r->settings, k->key, found ? source : absent, "%zu",
                           n) != BERTH_OK) {
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    }
    return BERTH_OK;
}

static enum berth_status read_sizes(const struct reader *r)
{
    struct berth_config *c = r->config;
    enum berth_status status;

    for (size_t i = 0; i < sizeof(size_keys) / sizeof(size_keys[0]); i++) {
        status = read_size(r, &size_keys[i]);
        if (status != BERTH_OK)
            return status;
    }
    if (c->hidden_size % c->num_attention_heads != 0) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected a hidden size that is a multiple of "
                          "the number of attention heads, found %zu and %zu",
                          r->file, c->hidden_size, c->num_attention_heads);
    }
    c->head_size = c->hidden_size / c->num_attention_heads;
    return BERTH_OK;
}

static enum berth_status read_activation(const struct reader *r)
{
    bool distilbert = r->config->family == BERTH_FAMILY_DISTILBERT;
    const char *key = distilbert ? "activation" : "hidden_act";
    const char *name = "gelu";
    bool found;
    enum berth_status status =
        berth_json_get_string(r->root, r->file, key, &name, &found, r->err);

    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < sizeof(activations) / sizeof(activations[0]); i++) {
        if (strcmp(activations[i].name, name) == 0) {
            r->config->hidden_act = activations[i].activation;
            return keep(r, "hidden_act", found, name);
        }
    }
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected gelu, gelu_new, "
                      "gelu_pytorch_tanh or relu, found \"%.64s\", which is "
                      "not supported",
                      r->file, key, name);
}

/* Weights that stand for others, or are to be rounded on loading. */
static enum berth_status refuse_quantized(const struct reader *r)
{
    static const char key[] = "quantization_config";
    const json_t *value = json_object_get(r->root, key);
    const char *method =
        json_string_value(json_object_get(value, "quant_method"));

    if (value == NULL || json_is_null(value))
        return BERTH_OK;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected none, found quantised weights%s"
                      "%.40s, which are not supported: take the model as it "
                      "was before",
                      r->file, key, method != NULL ? " of " : "",
                      method != NULL ? method : "");
}

/* What would make another encoder of it: said, rather than computed wrongly. */
static enum berth_status refuse_variants(const struct reader *r)
{
    static const char *const decoding[] = {"is_decoder", "is_causal"};
    const char *position = "absolute";
    bool decoder = false, found;
    size_t i = 0;
    enum berth_status status = berth_json_get_string(
        r->root, r->file, "position_embedding_type", &position, &found, r->err);

    for (; status == BERTH_OK && !decoder && i < 2; i++) {
        status = berth_json_get_bool(r->root, r->file, decoding[i], &decoder,
                                     &found, r->err);
    }
    if (status != BERTH_OK)
        return status;
    if (strcmp(position, "absolute") != 0) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'position_embedding_type': expected "
                          "\"absolute\", found \"%.64s\", which is not "
                          "supported",
                          r->file, position);
    }
    if (decoder) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '%s': expected false, found true: "
                          "decoders are not supported",
                          r->file, decoding[i - 1]);
    }
    return BERTH_OK;
}

static enum berth_status read_epsilon(const struct reader *r)
{
    double eps = 1e-12;
    bool found = false;
    enum berth_status status = BERTH_OK;

    /* DistilBERT's modules have it as a constant. */
    if (r->config->family == BERTH_FAMILY_BERT) {
        status = berth_json_get_number(r->root, r->file, "layer_norm_eps", 0, 1,
                                       &eps, &found, r->err);
    }
    if (status != BERTH_OK)
        return status;
    r->config->layer_norm_eps = (float)eps;
    if (berth_settings_add(r->settings, "layer_norm_eps",
                           found ? source : absent, "%g", eps) != BERTH_OK) {
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    }
    return BERTH_OK;
}

static enum berth_status read_tie(const struct reader *r)
{
    bool tie = true, found;
    enum berth_status status = berth_json_get_bool(
        r->root, r->file, "tie_word_embeddings", &tie, &found, r->err);

    if (status != BERTH_OK)
        return status;
    r->config->tie_word_embeddings = tie;
    return keep(r, "tie_word_embeddings", found, tie ? "true" : "false");
}

/* Only told to people: the tensors themselves say how they are stored. */
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
        find_family,     refuse_variants, refuse_quantized, read_sizes,
        read_activation, read_epsilon,    read_tie,         keep_dtype,
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

/* The other name of a size of DistilBERT's; NULL: it has none. */
static const char *other_name(const struct reader *r, const char *key)
{
    for (size_t i = 0; i < sizeof(size_keys) / sizeof(size_keys[0]) &&
                       r->config->family == BERTH_FAMILY_DISTILBERT;
         i++) {
        const struct size_key *k = &size_keys[i];

        if (k->distilbert == NULL || strcmp(k->key, k->distilbert) == 0)
            continue;
        if (strcmp(k->key, key) == 0)
            return k->distilbert;
        if (strcmp(k->distilbert, key) == 0)
            return k->key;
    }
    return NULL;
}

/* What is set counts under either name. */
static bool set_over(const struct reader *r, json_t *root,
                     const struct berth_overlay *over)
{
    const char *key;
    json_t *value;
    bool ok = true;

    json_object_foreach((json_t *)(uintptr_t)over->object, key, value)
    {
        const char *other = other_name(r, key);

        if (other != NULL)
            (void)json_object_del(root, other);
        ok = ok && json_object_set(root, key, value) == 0;
    }
    return ok;
}

/* Settings have BERT's names. */
static bool tell_sources(const struct reader *r,
                         const struct berth_overlay *over)
{
    const char *key;
    json_t *value;
    bool ok = true;

    json_object_foreach((json_t *)(uintptr_t)over->object, key, value)
    {
        const char *names[] = {key, other_name(r, key),
                               strcmp(key, "activation") == 0 ? "hidden_act"
                                                              : NULL};

        (void)value;
        for (size_t i = 0; i < 3; i++)
            ok = ok && (names[i] == NULL ||
                        berth_settings_resource(r->settings, names[i],
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
