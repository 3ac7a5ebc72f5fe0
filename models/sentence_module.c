/*
 * sentence_module.c - the sub-folders of a sentence-transformers model:
 * Pooling, Dense, LayerNorm, Normalize.
 */
#include "models/sentence_module.h"

#include "lib/status.h"
#include "models/precision.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FEATURES = 1 << 16,
    NAME_MAX_SIZE = 256,
    FILE_MAX_SIZE = 320
};

/* In the order in which ST concatenates when the old keys say which. */
static const struct {
    const char *key;  /* old: a boolean each */
    const char *name; /* new: a string, or a list of them */
    const char *told; /* as berth calls it */
    enum berth_pooling pooling;
} poolings[BERTH_POOLING_KINDS] = {
    {"pooling_mode_cls_token", "cls", "cls", BERTH_POOLING_CLS},
    {"pooling_mode_max_tokens", "max", "max", BERTH_POOLING_MAX},
    {"pooling_mode_mean_tokens", "mean", "mean", BERTH_POOLING_MEAN},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", "mean-sqrt",
     BERTH_POOLING_MEAN_SQRT},
    {"pooling_mode_weightedmean_tokens", "weightedmean", "weighted-mean",
     BERTH_POOLING_WEIGHTED_MEAN},
    {"pooling_mode_lasttoken", "lasttoken", "last", BERTH_POOLING_LAST},
};

/* A module's config.json, open. */
struct module_file {
    const struct berth_sentence_reader *r;
    const char *path; /* sub-folder */
    char name[NAME_MAX_SIZE];
    char file[FILE_MAX_SIZE]; /* for messages */
    json_t *root;
};

enum berth_status berth_sentence_keep(const struct berth_sentence_reader *r,
                                      const char *key, const char *source,
                                      const char *value)
{
    if (berth_settings_add(r->settings, key, source, "%s", value) != BERTH_OK)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          r->file);
    return BERTH_OK;
}

/* "path/name", or name where the path is empty; false: too long. */
static bool in_module(const char *path, const char *name, char *buf,
                      size_t size)
{
    int n =
        snprintf(buf, size, "%s%s%s", path, path[0] != '\0' ? "/" : "", name);

    return n >= 0 && (size_t)n < size;
}

static enum berth_status fail_path(const struct berth_sentence_reader *r,
                                   const char *path)
{
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: expected a short path of a module, found \"%.64s\"",
                      r->file, path);
}

static enum berth_status open_config(const struct berth_sentence_reader *r,
                                     const char *path, struct module_file *m)
{
    enum berth_status status;

    *m = (struct module_file){.r = r, .path = path};
    if (!in_module(path, "config.json", m->name, sizeof(m->name)))
        return fail_path(r, path);
    berth_folder_file(r->folder, m->name, m->file, sizeof(m->file));
    status = berth_json_read(r->folder, m->name, &m->root, r->err);
    if (status == BERTH_OK && !json_is_object(m->root)) {
        json_decref(m->root);
        m->root = NULL;
        status = berth_fail(r->err, BERTH_ERR_FORMAT,
                            "%s: expected an object, found an array", m->file);
    }
    return status;
}

/* Length of the vector that the modules so far make. */
static size_t current_size(const struct berth_sentence *s, size_t hidden_size)
{
    if (s->n_modules > 0)
        return s->modules[s->n_modules - 1].out_features;
    return s->n_pooling * hidden_size;
}

static enum berth_status check_size(const struct module_file *m,
                                    const char *key, size_t expected,
                                    size_t found)
{
    if (found == expected)
        return BERTH_OK;
    return berth_fail(m->r->err, BERTH_ERR_SHAPE,
                      "%s: key '%s': expected %zu, found %zu", m->file, key,
                      expected, found);
}

/* ----------------------------------------------------------------- pooling */

static enum berth_status add_pooling(const struct module_file *m,
                                     const json_t *mode)
{
    struct berth_sentence *s = m->r->sentence;
    const char *name = json_string_value(mode);
    char buf[64];

    if (s->n_pooling == BERTH_POOLING_KINDS) {
        return berth_fail(m->r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'pooling_mode': expected at most %d modes, "
                          "found more",
                          m->file, BERTH_POOLING_KINDS);
    }
    for (size_t i = 0; name != NULL && i < BERTH_POOLING_KINDS; i++) {
        if (strcmp(poolings[i].name, name) == 0) {
            s->pooling[s->n_pooling++] = poolings[i].pooling;
            return BERTH_OK;
        }
    }
    return berth_fail(m->r->err, BERTH_ERR_FORMAT,
                      "%s: key 'pooling_mode': expected cls, max, mean, "
                      "mean_sqrt_len_tokens, weightedmean or lasttoken, found "
                      "%s",
                      m->file, berth_json_describe(mode, buf, sizeof(buf)));
}

static enum berth_status read_new_modes(const struct module_file *m,
                                        const json_t *mode)
{
    size_t n = json_array_size(mode);

    if (!json_is_array(mode))
        return add_pooling(m, mode);
    if (n == 0)
        return add_pooling(m, NULL);
    for (size_t i = 0; i < n; i++) {
        enum berth_status status = add_pooling(m, json_array_get(mode, i));
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

static enum berth_status read_old_modes(const struct module_file *m)
{
    struct berth_sentence *s = m->r->sentence;

    for (size_t i = 0; i < BERTH_POOLING_KINDS; i++) {
        bool on = false, found;
        enum berth_status status = berth_json_get_bool(
            m->root, m->file, poolings[i].key, &on, &found, m->r->err);

        if (status != BERTH_OK)
            return status;
        if (on)
            s->pooling[s->n_pooling++] = poolings[i].pooling;
    }
    if (s->n_pooling == 0)
        s->pooling[s->n_pooling++] = BERTH_POOLING_MEAN;
    return BERTH_OK;
}

static enum berth_status keep_pooling(const struct module_file *m)
{
    const struct berth_sentence *s = m->r->sentence;
    enum berth_status status;
    char list[128] = "";
    size_t used = 0;

    for (size_t i = 0; i < s->n_pooling; i++) {
        for (size_t k = 0; k < BERTH_POOLING_KINDS; k++) {
            if (poolings[k].pooling == s->pooling[i]) {
                used +=
                    (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                     i > 0 ? " " : "", poolings[k].told);
            }
        }
    }
    status = berth_sentence_keep(m->r, "pooling", m->name, list);
    if (status != BERTH_OK)
        return status;
    return berth_sentence_keep(
        m->r, "include_prompt",
        json_object_get(m->root, "include_prompt") != NULL ? m->name
                                                           : "default",
        s->include_prompt ? "true" : "false");
}

static enum berth_status read_pooling(struct module_file *m)
{
    const json_t *mode = json_object_get(m->root, "pooling_mode");
    const char *key = "embedding_dimension";
    struct berth_sentence *s = m->r->sentence;
    size_t size = m->r->hidden_size;
    bool found;
    enum berth_status status;

    if (json_object_get(m->root, key) == NULL)
        key = "word_embedding_dimension";
    status = berth_json_get_size(m->root, m->file, key, 1, MAX_FEATURES, &size,
                                 &found, m->r->err);
    if (status == BERTH_OK)
        status = check_size(m, key, m->r->hidden_size, size);
    if (status == BERTH_OK) {
        status = berth_json_get_bool(m->root, m->file, "include_prompt",
                                     &s->include_prompt, &found, m->r->err);
    }
    if (status == BERTH_OK)
        status = mode != NULL ? read_new_modes(m, mode) : read_old_modes(m);
    return status == BERTH_OK ? keep_pooling(m) : status;
}

/* ----------------------------------------------------- the modules behind it
 */

/* Modules may work on other things than the sentence's vector; ours do not. */
static enum berth_status check_names(const struct module_file *m)
{
    static const char *const keys[] = {"module_input_name",
                                       "module_output_name"};

    for (size_t i = 0; i < 2; i++) {
        const char *name = "sentence_embedding";
        bool found;
        enum berth_status status = berth_json_get_string(
            m->root, m->file, keys[i], &name, &found, m->r->err);

        if (status != BERTH_OK)
            return status;
        if (strcmp(name, "sentence_embedding") != 0) {
            return berth_fail(m->r->err, BERTH_ERR_UNSUPPORTED,
                              "%s: key '%s': expected "
                              "\"sentence_embedding\", found \"%.64s\", which "
                              "is not supported",
                              m->file, keys[i], name);
        }
    }
    return BERTH_OK;
}

/* torch.nn.modules.activation.Tanh and its kin; Dense's default is Tanh. */
static enum berth_status read_activation(const struct module_file *m,
                                         enum berth_activation *out)
{
    static const struct {
        const char *class;
        enum berth_activation activation;
    } known[] = {
        {"Identity", BERTH_ACTIVATION_IDENTITY},
        {"Tanh", BERTH_ACTIVATION_TANH},
        {"ReLU", BERTH_ACTIVATION_RELU},
        {"GELU", BERTH_ACTIVATION_GELU},
    };
    static const char key[] = "activation_function";
    const char *path = "torch.nn.modules.activation.Tanh", *dot;
    bool found;
    enum berth_status status =
        berth_json_get_string(m->root, m->file, key, &path, &found, m->r->err);

    if (status != BERTH_OK)
        return status;
    dot = strncmp(path, "torch.nn.", 9) == 0 ? strrchr(path, '.') : NULL;
    for (size_t i = 0; dot != NULL && i < 4; i++) {
        if (strcmp(known[i].class, dot + 1) == 0) {
            *out = known[i].activation;
            return BERTH_OK;
        }
    }
    return berth_fail(m->r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected Identity, Tanh, ReLU or GELU of "
                      "torch.nn, found \"%.64s\", which is not supported",
                      m->file, key, path);
}

/* A tensor of rows x columns (columns 0: a vector of rows), as float32. */
static enum berth_status load(const struct berth_sentence_reader *r,
                              const struct berth_tensor_set *set,
                              const char *name, size_t rows, size_t columns,
                              float **out)
{
    const struct berth_tensor *t = berth_tensor_find(set, name);
    size_t rank = columns > 0 ? 2 : 1;
    const char *path = berth_tensor_set_path(set);
    double value;
    size_t at;

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
    if (t->dtype == BERTH_DTYPE_OTHER) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%s': expected F32, F16, BF16 or F64, "
                          "found %s",
                          t->file, name, t->dtype_name);
    }
    if (!berth_tensor_fits(t, BERTH_PRECISION_F32, &value, &at)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected numbers that float32 "
                          "(f32) holds, found %g, which is beyond it",
                          t->file, name, value);
    }
    *out = calloc(t->n_elements, sizeof(**out));
    if (*out == NULL)
        return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory", path);
    berth_tensor_widen(t, 0, t->n_elements, *out);
    return BERTH_OK;
}

static enum berth_status load_weights(const struct module_file *m,
                                      const char *layer, bool bias,
                                      struct berth_module *module)
{
    struct berth_tensor_set *set = NULL;
    bool dense = module->kind == BERTH_MODULE_DENSE;
    char name[NAME_MAX_SIZE];
    char tensor[32];
    enum berth_status status;

    if (!in_module(m->path, "model.safetensors", name, sizeof(name)))
        return fail_path(m->r, m->path);
    status = berth_tensor_set_open(m->r->folder, name, &set, m->r->err);
    if (status != BERTH_OK)
        return status;
    snprintf(tensor, sizeof(tensor), "%s.weight", layer);
    status = load(m->r, set, tensor, module->out_features,
                  dense ? module->in_features : 0, &module->weight);
    snprintf(tensor, sizeof(tensor), "%s.bias", layer);
    if (status == BERTH_OK && bias) {
        status =
            load(m->r, set, tensor, module->out_features, 0, &module->bias);
    }
    berth_tensor_set_close(set);
    return status;
}

/* The next free place, of the size that the vector has now. */
static enum berth_status add_module(const struct berth_sentence_reader *r,
                                    enum berth_module_kind kind,
                                    struct berth_module **out)
{
    struct berth_sentence *s = r->sentence;
    size_t size = current_size(s, r->hidden_size);

    if (s->n_modules == BERTH_MODULES_MAX) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected at most %d modules behind the "
                          "pooling, found more",
                          r->file, BERTH_MODULES_MAX);
    }
    *out = &s->modules[s->n_modules++];
    **out = (struct berth_module){
        .kind = kind, .in_features = size, .out_features = size};
    return BERTH_OK;
}

static enum berth_status refuse_residual(const struct module_file *m)
{
    bool residual = false, found;
    enum berth_status status = berth_json_get_bool(
        m->root, m->file, "use_residual", &residual, &found, m->r->err);

    if (status == BERTH_OK && residual) {
        status = berth_fail(m->r->err, BERTH_ERR_UNSUPPORTED,
                            "%s: key 'use_residual': expected false, found "
                            "true, which is not supported",
                            m->file);
    }
    return status;
}

static enum berth_status read_dense(struct module_file *m)
{
    const struct berth_sentence_reader *r = m->r;
    struct berth_module *module = NULL;
    size_t in = 0, out = 0;
    bool bias = true, found;
    enum berth_status status = add_module(r, BERTH_MODULE_DENSE, &module);

    if (status == BERTH_OK) {
        status = berth_json_get_size(m->root, m->file, "in_features", 1,
                                     MAX_FEATURES * BERTH_POOLING_KINDS, &in,
                                     NULL, r->err);
    }
    if (status == BERTH_OK)
        status = check_size(m, "in_features", module->in_features, in);
    if (status == BERTH_OK) {
        status = berth_json_get_size(m->root, m->file, "out_features", 1,
                                     MAX_FEATURES, &out, NULL, r->err);
    }
    if (status == BERTH_OK) {
        status = berth_json_get_bool(m->root, m->file, "bias", &bias, &found,
                                     r->err);
    }
    if (status == BERTH_OK)
        status = read_activation(m, &module->activation);
    if (status == BERTH_OK)
        status = refuse_residual(m);
    if (status == BERTH_OK)
        status = check_names(m);
    if (status != BERTH_OK)
        return status;
    module->out_features = out;
    return r->weights ? load_weights(m, "linear", bias, module) : BERTH_OK;
}

static enum berth_status read_layer_norm(struct module_file *m)
{
    struct berth_module *module = NULL;
    size_t size = 0;
    enum berth_status status =
        add_module(m->r, BERTH_MODULE_LAYER_NORM, &module);

    if (status == BERTH_OK) {
        status = berth_json_get_size(m->root, m->file, "dimension", 1,
                                     MAX_FEATURES * BERTH_POOLING_KINDS, &size,
                                     NULL, m->r->err);
    }
    if (status == BERTH_OK)
        status = check_size(m, "dimension", module->in_features, size);
    if (status != BERTH_OK || !m->r->weights)
        return status;
    return load_weights(m, "norm", true, module);
}

/* Older saves of Normalize are an empty folder, which git does not keep. */
static enum berth_status read_normalize(const struct berth_sentence_reader *r,
                                        const char *path)
{
    struct berth_module *module;
    struct module_file m;
    char name[NAME_MAX_SIZE];
    bool found = false;
    enum berth_status status = add_module(r, BERTH_MODULE_NORMALIZE, &module);

    if (status != BERTH_OK)
        return status;
    if (!in_module(path, "config.json", name, sizeof(name)))
        return fail_path(r, path);
    if (path[0] != '\0')
        status = berth_folder_find(r->folder, name, &found, r->err);
    if (status != BERTH_OK || !found)
        return status;
    status = open_config(r, path, &m);
    if (status == BERTH_OK)
        status = check_names(&m);
    json_decref(m.root);
    return status;
}

static enum berth_status (*find_reader(const char *class))(struct module_file *)
{
    static const struct {
        const char *class;
        enum berth_status (*read)(struct module_file *m);
    } readers[] = {
        {"Pooling", read_pooling},
        {"Dense", read_dense},
        {"LayerNorm", read_layer_norm},
    };

    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        if (strcmp(readers[i].class, class) == 0)
            return readers[i].read;
    }
    return NULL;
}

bool berth_sentence_knows(const char *class)
{
    return find_reader(class) != NULL || strcmp(class, "Transformer") == 0 ||
           strcmp(class, "Normalize") == 0 || strcmp(class, "Dropout") == 0;
}

enum berth_status
berth_sentence_read_module(const struct berth_sentence_reader *r,
                           const char *class, const char *path)
{
    enum berth_status (*read)(struct module_file *) = find_reader(class);
    struct module_file m;
    enum berth_status status;

    if (strcmp(class, "Normalize") == 0)
        return read_normalize(r, path);
    if (read == NULL) /* Dropout: nothing happens outside training */
        return BERTH_OK;
    status = open_config(r, path, &m);
    if (status == BERTH_OK)
        status = read(&m);
    json_decref(m.root);
    return status;
}
