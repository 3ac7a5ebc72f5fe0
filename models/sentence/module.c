/*
 * module.c - the sub-folders of the modules after the encoder: Pooling, Dense,
 * LayerNorm, Normalize, Dropout.
 */
#include "lib/status.h"
#include "models/families/loader.h"
#include "models/sentence/files.h"
#include "models/sentence/keys.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FEATURES = 1 << 16
};

/* --------------------------------------------------------------------- keys */

/* Also read for LayerNorm's "dimension". It must be the size that the module
 * before puts out: after a Pooling of mean and max of 384 each, a Dense must
 * have in_features 768. */
enum berth_status
berth_sentence_key_in_features(const struct berth_sentence_reader *r)
{
    size_t n = 0;
    enum berth_status status = berth_json_get_size(
        r->object, r->file, r->key, 1,
        (size_t)MAX_FEATURES * BERTH_POOLING_KINDS, &n, NULL, r->err);

    if (status != BERTH_OK || n == r->module->n_in)
        return status;
    return berth_fail(r->err, BERTH_ERR_SHAPE,
                      "%s: key '%s': expected %zu, found %zu", r->file, r->key,
                      r->module->n_in, n);
}

enum berth_status
berth_sentence_key_out_features(const struct berth_sentence_reader *r)
{
    return berth_json_get_size(r->object, r->file, r->key, 1, MAX_FEATURES,
                               &r->module->n_out, NULL, r->err);
}

enum berth_status berth_sentence_key_bias(const struct berth_sentence_reader *r)
{
    return berth_sentence_get_flag(r, &r->module->has_bias);
}

/* For example "torch.nn.modules.activation.ReLU". Without the key a Dense has
 * Tanh, as in sentence-transformers. */
enum berth_status
berth_sentence_key_activation(const struct berth_sentence_reader *r)
{
    static const struct {
        const char *class;
        enum berth_function function;
    } known[] = {
        {"Identity", BERTH_FUNCTION_IDENTITY},
        {"Tanh", BERTH_FUNCTION_TANH},
        {"ReLU", BERTH_FUNCTION_RELU},
        {"GELU", BERTH_FUNCTION_GELU},
    };
    const char *path = "torch.nn.modules.activation.Tanh", *dot;
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &path, &found, r->err);

    if (status != BERTH_OK)
        return status;
    dot = strncmp(path, "torch.nn.", 9) == 0 ? strrchr(path, '.') : NULL;
    for (size_t i = 0; dot != NULL && i < 4; i++) {
        if (strcmp(known[i].class, dot + 1) == 0) {
            r->module->function = known[i].function;
            return BERTH_OK;
        }
    }
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected Identity, Tanh, ReLU or GELU of "
                      "torch.nn, found \"%.64s\", which is not supported",
                      r->file, r->key, path);
}

/* A module could read and write other features than the sentence's vector.
 * berth has only that one. */
enum berth_status
berth_sentence_key_feature_name(const struct berth_sentence_reader *r)
{
    static const char usual[] = "sentence_embedding";
    const char *name = usual;
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &name, &found, r->err);

    if (status != BERTH_OK || strcmp(name, usual) == 0)
        return status;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected \"%s\", found \"%.64s\", which "
                      "is not supported",
                      r->file, r->key, usual, name);
}

enum berth_status
berth_sentence_key_residual(const struct berth_sentence_reader *r)
{
    bool residual = false;
    enum berth_status status = berth_sentence_get_flag(r, &residual);

    if (status != BERTH_OK || !residual)
        return status;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'use_residual': expected false, found true, "
                      "which is not supported",
                      r->file);
}

/* ------------------------------------------------------------------ weights */

/* The argument of load_step(). */
struct load {
    const struct berth_module *module;
    const char *layer;
    struct berth_step *step;
};

/* Runs twice, as loader.h says: once to count the memory, once to fill it. */
static enum berth_status load_step(struct berth_loader *l, void *arg)
{
    const struct load *load = arg;
    const struct berth_module *m = load->module;
    char weight[32], bias[32];
    const struct berth_linear_source source = {
        .weights = {weight},
        .biases = {m->has_bias ? bias : NULL},
        .n_parts = 1,
        .n_out = {m->n_out},
        .n_in = m->n_in,
        .precision = l->precision,
    };

    load->step->norm.eps = 1e-5f; /* the default of torch.nn.LayerNorm */
    if (load->step->norm.n > 0)
        return berth_load_norm(l, load->layer, false, &load->step->norm);
    snprintf(weight, sizeof(weight), "%s.weight", load->layer);
    snprintf(bias, sizeof(bias), "%s.bias", load->layer);
    return berth_load_linear(l, &source, &load->step->linear);
}

/* --precision i8 is for the encoder's layers only. A Dense runs once for each
 * text and not for each token, so 8 bits would save little and cost
 * accuracy. */
static enum berth_status load_weights(const struct berth_sentence_reader *r,
                                      const char *path, const char *layer)
{
    struct berth_sentence *sentence = r->sentence;
    struct berth_step_weights *weights =
        &sentence->weights[sentence->chain.n - 1];
    struct load load = {r->module, layer,
                        &sentence->chain.steps[sentence->chain.n - 1]};
    enum berth_status status =
        berth_tensor_set_open(r->folder, path, &weights->set, r->err);
    struct berth_loader l = {
        .set = weights->set,
        .kernels = r->kernels,
        .precision = r->precision == BERTH_PRECISION_I8 ? BERTH_PRECISION_STORED
                                                        : r->precision,
        .arena = &weights->arena,
        .err = r->err,
    };

    return status == BERTH_OK ? berth_loader_run(&l, load_step, &load) : status;
}

/* ------------------------------------------------------------------ classes */

struct class
{
    const char *name;
    enum berth_sentence_object keys;
    bool needs_config;       /* older saves of others have an empty folder,
                                which git does not keep */
    const char *required[2]; /* keys */
    /* The step that it makes. */
    enum {
        NO_STEP,
        LINEAR,
        NORM,
        UNIT
    } step;
    enum berth_function function; /* where its config.json is silent */
    const char *layer;            /* its tensors' name; NULL: none */
};

static const struct class classes[] = {
    {.name = "Pooling", .keys = BERTH_KEYS_POOLING, .needs_config = true},
    {.name = "SpladePooling", .keys = BERTH_KEYS_SPLADE, .needs_config = true},
    {.name = "Dense",
     .keys = BERTH_KEYS_DENSE,
     .needs_config = true,
     .required = {"in_features", "out_features"},
     .step = LINEAR,
     .function = BERTH_FUNCTION_TANH,
     .layer = "linear"},
    {.name = "LayerNorm",
     .keys = BERTH_KEYS_LAYER_NORM,
     .needs_config = true,
     .required = {"dimension"},
     .step = NORM,
     .layer = "norm"},
    {.name = "Normalize", .keys = BERTH_KEYS_NORMALIZE, .step = UNIT},
    {.name = "Dropout", .keys = BERTH_KEYS_DROPOUT},
};

static const struct class *find_class(const char *name)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcmp(classes[i].name, name) == 0)
            return &classes[i];
    }
    return NULL;
}

bool berth_sentence_knows(const char *class)
{
    return find_class(class) != NULL || strcmp(class, "Transformer") == 0 ||
           strcmp(class, "MLMTransformer") == 0;
}

bool berth_sentence_has_weights(const char *class)
{
    const struct class *found = find_class(class);

    return found != NULL && found->layer != NULL;
}

/* A module before its config.json is read. Both sizes are those of the vector
 * so far: LayerNorm and Normalize keep it. */
static struct berth_module start_module(const struct berth_sentence_reader *r,
                                        const struct class *class)
{
    const struct berth_sentence *sentence = r->sentence;
    const size_t size =
        berth_chain_size(&sentence->chain, sentence->chain.n,
                         sentence->n_pooling * r->hidden_size, NULL);

    return (struct berth_module){.n_in = size,
                                 .n_out = size,
                                 .function = class->function,
                                 .has_bias = true};
}

/* Appends the step, with the sizes that were read. */
static enum berth_status add_step(const struct berth_sentence_reader *r,
                                  const struct class *class)
{
    struct berth_chain *chain = &r->sentence->chain;
    const struct berth_module *m = r->module;

    if (chain->n == BERTH_STEPS_MAX) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected at most %d modules behind the "
                          "pooling, found more",
                          r->file, BERTH_STEPS_MAX);
    }
    struct berth_step *step = &chain->steps[chain->n++];
    step->function = m->function;
    if (class->step == LINEAR) {
        step->linear.n_in = m->n_in;
        step->linear.n_out = m->n_out;
    }
    step->norm.n = class->step == NORM ? m->n_out : 0;
    step->unit = class->step == UNIT ? m->n_out : 0;
    return BERTH_OK;
}

/* The required keys are looked for last, so that a key that is not supported is
 * named first. */
static enum berth_status read_config(const struct berth_sentence_reader *r,
                                     const struct class *class)
{
    enum berth_status status =
        berth_sentence_read_keys(r, class->keys, "", r->object);

    for (size_t i = 0; status == BERTH_OK && i < 2; i++) {
        size_t unused;

        if (class->required[i] != NULL)
            status = berth_json_get_size(r->object, r->file, class->required[i],
                                         1, SIZE_MAX, &unused, NULL, r->err);
    }
    if (status == BERTH_OK && class->keys == BERTH_KEYS_POOLING)
        status = berth_sentence_end_pooling(r);
    return status;
}

/* *root NULL: there is none, and none is needed. The config.json of the model's
 * own folder is the encoder's. */
static enum berth_status open_config(const struct berth_sentence_reader *r,
                                     const struct class *class,
                                     const char *path, json_t **root)
{
    enum berth_status status = BERTH_OK;

    if (class->needs_config)
        status = berth_json_read(r->folder, r->name, root, r->err);
    else if (path[0] != '\0')
        status = berth_json_read_optional(r->folder, r->name, root, r->err);
    if (status != BERTH_OK || *root == NULL || json_is_object(*root))
        return status;
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: expected an object, found an array", r->file);
}

enum berth_status berth_sentence_module(const struct berth_sentence_reader *r,
                                        const char *class_name,
                                        const char *path)
{
    const struct class *class = find_class(class_name);
    struct berth_sentence_reader at = *r;
    char name[BERTH_SENTENCE_NAME], file[BERTH_SENTENCE_FILE];
    json_t *root = NULL;

    if (class->keys == BERTH_KEYS_POOLING)
        berth_sentence_drop_modules(r->sentence);
    struct berth_module module = start_module(r, class);
    enum berth_status status = berth_sentence_in(r, path, "config.json", name);
    if (status != BERTH_OK)
        return status;
    at.module = &module;
    at.name = name;
    at.file = berth_folder_file(r->folder, name, file, sizeof(file));
    status = open_config(&at, class, path, &root);
    at.object = root;
    if (status == BERTH_OK && root != NULL)
        status = read_config(&at, class);
    json_decref(root);
    if (status == BERTH_OK && class->step != NO_STEP)
        status = add_step(&at, class);
    if (status == BERTH_OK && class->layer != NULL && r->kernels != NULL)
        status = load_weights(&at, path, class->layer);
    return status;
}
