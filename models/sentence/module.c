/*
 * module.c - the sub-folders of the modules behind the encoder:
 * Pooling, Dense, LayerNorm, Normalize, Dropout.
 */
#include "lib/status.h"
#include "models/files/tensor.h"
#include "models/sentence/files.h"
#include "models/sentence/keys.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FEATURES = 1 << 16
};

/* --------------------------------------------------------------------- keys */

/* Also LayerNorm's dimension: the size that comes in. */
enum berth_status
berth_sentence_key_in_features(const struct berth_sentence_reader *r)
{
    size_t n = 0;
    enum berth_status status = berth_json_get_size(
        r->object, r->file, r->key, 1,
        (size_t)MAX_FEATURES * BERTH_POOLING_KINDS, &n, NULL, r->err);

    if (status != BERTH_OK || n == r->module->in_features)
        return status;
    return berth_fail(r->err, BERTH_ERR_SHAPE,
                      "%s: key '%s': expected %zu, found %zu", r->file, r->key,
                      r->module->in_features, n);
}

enum berth_status
berth_sentence_key_out_features(const struct berth_sentence_reader *r)
{
    return berth_json_get_size(r->object, r->file, r->key, 1, MAX_FEATURES,
                               &r->module->out_features, NULL, r->err);
}

enum berth_status berth_sentence_key_bias(const struct berth_sentence_reader *r)
{
    return berth_sentence_get_flag(r, &r->module->has_bias);
}

/* torch.nn.modules.activation.Tanh and its kin; Dense's default is Tanh. */
enum berth_status
berth_sentence_key_activation(const struct berth_sentence_reader *r)
{
    static const struct {
        const char *class;
        enum berth_function activation;
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
            r->module->activation = known[i].activation;
            return BERTH_OK;
        }
    }
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected Identity, Tanh, ReLU or GELU of "
                      "torch.nn, found \"%.64s\", which is not supported",
                      r->file, r->key, path);
}

/* Modules may work on other things than the sentence's vector; ours do not. */
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

/* A tensor of rows x columns (columns 0: a vector of rows), as float32. */
static enum berth_status load(const struct berth_sentence_reader *r,
                              const struct berth_tensor_set *set,
                              const char *name, size_t rows, size_t columns,
                              float **out)
{
    const struct berth_tensor *t = berth_tensor_find(set, name);
    size_t rank = columns > 0 ? 2 : 1;
    const char *path = berth_tensor_set_path(set);
    struct berth_kernels kernels;
    double value;
    size_t at;

    berth_kernels_use_scalar(&kernels);
    if (t == NULL) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: expected a tensor '%s', found none", path, name);
    }
    if (t->rank != rank || t->shape[0] != rows ||
        (rank == 2 && t->shape[1] != columns)) {
        return berth_fail(r->err, BERTH_ERR_SHAPE,
                          "%s: tensor '%s': expected %zu dimensions and "
                          "[%zu, %zu], found %zu and [%zu, %zu]",
                          t->file, name, rank, rows, columns, t->rank,
                          t->rank > 0 ? t->shape[0] : 0,
                          t->rank > 1 ? t->shape[1] : 0);
    }
    if (t->dtype->widen == NULL) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%s': expected F32, F16, BF16 or F64, "
                          "found %s",
                          t->file, name, t->dtype->name);
    }
    if (!berth_tensor_fits(t, &kernels, BERTH_PRECISION_F32, &value, &at)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected numbers that float32 "
                          "(f32) holds, found %g, which is beyond it",
                          t->file, name, value);
    }
    *out = calloc(t->n_elements, sizeof(**out));
    if (*out == NULL)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory", path);
    berth_tensor_read(t, &kernels, BERTH_PRECISION_F32, 0, t->n_elements, *out);
    return BERTH_OK;
}

static enum berth_status load_weights(const struct berth_sentence_reader *r,
                                      const char *path, const char *layer)
{
    struct berth_module *m = r->module;
    struct berth_tensor_set *set = NULL;
    bool dense = m->kind == BERTH_MODULE_DENSE;
    char tensor[32];
    enum berth_status status =
        berth_tensor_set_open(r->folder, path, &set, r->err);

    if (status != BERTH_OK)
        return status;
    snprintf(tensor, sizeof(tensor), "%s.weight", layer);
    status = load(r, set, tensor, m->out_features, dense ? m->in_features : 0,
                  &m->weight);
    snprintf(tensor, sizeof(tensor), "%s.bias", layer);
    if (status == BERTH_OK && m->has_bias)
        status = load(r, set, tensor, m->out_features, 0, &m->bias);
    berth_tensor_set_close(set);
    return status;
}

/* ------------------------------------------------------------------ classes */

struct class
{
    const char *name;
    enum berth_sentence_object keys;
    bool needs_config;       /* older saves of others have an empty folder,
                                which git does not keep */
    const char *required[2]; /* keys */
    bool makes_module;
    struct berth_module module;
    const char *layer; /* its tensors' name; NULL: none */
};

static const struct class classes[] = {
    {.name = "Pooling", .keys = BERTH_KEYS_POOLING, .needs_config = true},
    {.name = "Dense",
     .keys = BERTH_KEYS_DENSE,
     .needs_config = true,
     .required = {"in_features", "out_features"},
     .makes_module = true,
     .module = {.kind = BERTH_MODULE_DENSE,
                .activation = BERTH_FUNCTION_TANH,
                .has_bias = true},
     .layer = "linear"},
    {.name = "LayerNorm",
     .keys = BERTH_KEYS_LAYER_NORM,
     .needs_config = true,
     .required = {"dimension"},
     .makes_module = true,
     .module = {.kind = BERTH_MODULE_LAYER_NORM, .has_bias = true},
     .layer = "norm"},
    {.name = "Normalize",
     .keys = BERTH_KEYS_NORMALIZE,
     .makes_module = true,
     .module = {.kind = BERTH_MODULE_NORMALIZE}},
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
    return find_class(class) != NULL || strcmp(class, "Transformer") == 0;
}

/* Length of the vector that the modules so far make. */
static size_t current_size(const struct berth_sentence_reader *r)
{
    const struct berth_sentence *s = r->sentence;

    if (s->n_modules > 0)
        return s->modules[s->n_modules - 1].out_features;
    return s->n_pooling * r->hidden_size;
}

/* The next free place, of the size that the vector has now. */
static enum berth_status add_module(struct berth_sentence_reader *r,
                                    const struct class *class)
{
    struct berth_sentence *s = r->sentence;
    size_t size = current_size(r);

    if (s->n_modules == BERTH_MODULES_MAX) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected at most %d modules behind the "
                          "pooling, found more",
                          r->file, BERTH_MODULES_MAX);
    }
    r->module = &s->modules[s->n_modules++];
    *r->module = class->module;
    r->module->in_features = r->module->out_features = size;
    return BERTH_OK;
}

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

/* *root NULL: there is none, and none is needed. In the folder itself lies the
 * encoder's. */
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
    enum berth_status status = BERTH_OK;

    if (class->keys == BERTH_KEYS_POOLING)
        berth_sentence_drop_modules(r->sentence);
    if (class->makes_module)
        status = add_module(&at, class);
    if (status == BERTH_OK)
        status = berth_sentence_in(r, path, "config.json", name);
    if (status != BERTH_OK)
        return status;
    at.name = name;
    at.file = berth_folder_file(r->folder, name, file, sizeof(file));
    status = open_config(&at, class, path, &root);
    at.object = root;
    if (status == BERTH_OK && root != NULL)
        status = read_config(&at, class);
    json_decref(root);
    if (status == BERTH_OK && class->layer != NULL && r->weights)
        status = load_weights(&at, path, class->layer);
    return status;
}
