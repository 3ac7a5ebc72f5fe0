/*
 * save.c - a model written as a Hugging Face folder: its weights, in the
 * precision that it was opened in, as safetensors; its config.json, with what
 * that changes; its other files as they are.
 */
#include "lib/json.h"
#include "lib/json_set.h"
#include "lib/new_folder.h"
#include "lib/status.h"
#include "models/files/rows_i8.h"
#include "models/files/safetensors_save.h"
#include "models/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usual_file[] = "model.safetensors";

struct save {
    const struct berth_model *model;
    const char *within; /* sub-folder of the encoder's files, or "" */
    struct berth_new_folder *to;
    const char *dtype; /* of the encoder's weights, for config.json */
    struct berth_error *err;
};

static enum berth_status fail_memory(const struct save *s)
{
    return berth_fail(s->err, BERTH_ERR_MEMORY, "%s: out of memory",
                      s->model->path);
}

/* A name in a sub-folder, or in the folder itself: owned; NULL: no memory. */
static char *name_in(const char *within, const char *file)
{
    char *name = NULL;

    return asprintf(&name, "%s%s%s", within, within[0] != '\0' ? "/" : "",
                    file) < 0
               ? NULL
               : name;
}

/* ----------------------------------------------------------------- weights */

/* The tensors of a set that are written. */
struct plan {
    const struct berth_tensor *tensors; /* (n_tensors) all there are */
    size_t n_tensors;
    bool *i8;                        /* (n_tensors) in 8 bits */
    struct berth_saved_tensor *list; /* (n) */
    size_t n;
    char **names; /* (n_names) owned ones */
    size_t n_names;
};

static void drop_plan(struct plan *p)
{
    for (size_t i = 0; i < p->n_names; i++)
        free(p->names[i]);
    free(p->names);
    free(p->list);
    free(p->i8);
}

static bool is_equal(const struct save *s, const struct berth_tensor *a,
                     const struct berth_tensor *b)
{
    return a != NULL && b != NULL && a->rank == b->rank &&
           memcmp(a->shape, b->shape, a->rank * sizeof(a->shape[0])) == 0 &&
           berth_tensor_is_float(a) && berth_tensor_is_float(b) &&
           berth_tensor_equal(a, b, &s->model->kernels);
}

/* Whether a step of a head has tensor t twice, which transformers makes of the
 * other one: the decoder's matrix of the tokens', its bias of the head's. */
static bool is_tied_in(const struct save *s, const struct berth_step_row *row,
                       const struct berth_tensor *t)
{
    const size_t n = strlen(row->linear);

    if (!row->tied || strncmp(t->name, row->linear, n) != 0)
        return false;
    if (strcmp(t->name + n, ".weight") == 0)
        return is_equal(s, t, s->model->weights.tokens);
    return row->bias != NULL && strcmp(t->name + n, ".bias") == 0 &&
           is_equal(s, t, berth_tensor_find(s->model->tensors, row->bias));
}

static bool is_tied(const struct save *s, const struct berth_tensor *t)
{
    const struct berth_config *config = &s->model->config;
    const struct berth_head_row *head = config->family->heads;

    for (; config->tie_word_embeddings && head->steps != NULL; head++) {
        const struct berth_step_row *row = head->steps;

        for (; row->linear != NULL; row++) {
            if (is_tied_in(s, row, t))
                return true;
        }
    }
    return false;
}

/* The names of old files, from TensorFlow, and those of today. */
static const struct {
    const char *old, *now;
} leaves[] = {{"LayerNorm.gamma", "LayerNorm.weight"},
              {"LayerNorm.beta", "LayerNorm.bias"}};

enum {
    N_LEAVES = sizeof(leaves) / sizeof(leaves[0])
};

/* name with another end: *out owned, NULL where it has not the end from. */
static enum berth_status with_end(const struct save *s, const char *name,
                                  const char *from, const char *to, char **out)
{
    const size_t n = strlen(name), end = strlen(from);

    *out = NULL;
    if (n < end || strcmp(name + n - end, from) != 0)
        return BERTH_OK;
    if (asprintf(out, "%.*s%s", (int)(n - end), name, to) >= 0)
        return BERTH_OK;
    *out = NULL;
    return fail_memory(s);
}

/* A file with both names has the norm's numbers under the old one. */
static enum berth_status is_outdone(const struct save *s,
                                    const struct berth_tensor_set *set,
                                    const struct berth_tensor *t, bool *outdone)
{
    enum berth_status status = BERTH_OK;

    *outdone = false;
    for (size_t i = 0; status == BERTH_OK && !*outdone && i < N_LEAVES; i++) {
        char *old;

        status = with_end(s, t->name, leaves[i].now, leaves[i].old, &old);
        *outdone = old != NULL && berth_tensor_find(set, old) != NULL;
        free(old);
    }
    return status;
}

static enum berth_status plan_tensor(const struct save *s, struct plan *p,
                                     size_t i)
{
    const struct berth_tensor *t = &p->tensors[i];
    const enum berth_precision precision = s->model->weights.precision;
    struct berth_saved_tensor *saved = &p->list[p->n++];
    enum berth_status status = BERTH_OK;

    *saved = (struct berth_saved_tensor){t, t->name, precision};
    if (precision == BERTH_PRECISION_I8 && !p->i8[i])
        saved->precision = BERTH_PRECISION_STORED;
    for (size_t k = 0; status == BERTH_OK && k < N_LEAVES; k++) {
        char *now;

        status = with_end(s, t->name, leaves[k].old, leaves[k].now, &now);
        if (now != NULL)
            saved->name = p->names[p->n_names++] = now;
    }
    return status;
}

/* Those that are written, into a file of this folder. position_ids and the
 * like, which no model computes with, are not. */
static enum berth_status save_plan(const struct save *s,
                                   const struct berth_tensor_set *set,
                                   struct plan *p, const char *name)
{
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < p->n_tensors; i++) {
        const struct berth_tensor *t = &p->tensors[i];
        bool outdone = false;

        if (!berth_tensor_is_float(t) ||
            (set == s->model->tensors && is_tied(s, t)))
            continue;
        status = is_outdone(s, set, t, &outdone);
        if (status == BERTH_OK && !outdone)
            status = plan_tensor(s, p, i);
    }
    return status == BERTH_OK
               ? berth_safetensors_save(s->to, name, p->list, p->n,
                                        &s->model->kernels, s->err)
               : status;
}

static enum berth_status start_plan(const struct save *s,
                                    const struct berth_tensor_set *set,
                                    struct plan *p)
{
    p->tensors = berth_tensor_set_list(set, &p->n_tensors);
    p->i8 = calloc(p->n_tensors + 1, sizeof(*p->i8));
    p->list = calloc(p->n_tensors + 1, sizeof(*p->list));
    p->names = calloc(p->n_tensors + 1, sizeof(*p->names));
    return p->i8 != NULL && p->list != NULL && p->names != NULL
               ? BERTH_OK
               : fail_memory(s);
}

static bool has_part(const struct berth_linear *linear,
                     const struct berth_tensor *t)
{
    size_t i = 0;

    while (i < linear->source.n_parts && linear->source.parts[i] != t)
        i++;
    return i < linear->source.n_parts;
}

/* Whether a layer's matrix is also computed with as it is: keys of distances
 * may be made by what makes keys of tokens. */
static bool is_shared(const struct berth_model *model,
                      const struct berth_linear *linear)
{
    const struct berth_weights *w = &model->weights;
    bool shared = false;

    for (size_t i = 0; i < berth_config_layers(&model->config); i++) {
        for (size_t k = 0; k < linear->source.n_parts; k++) {
            const struct berth_tensor *t = linear->source.parts[k];

            shared = shared || has_part(&w->layers[i].distance_keys, t) ||
                     has_part(&w->layers[i].distance_queries, t);
        }
    }
    return shared;
}

/* The layers that are computed with in 8 bits; the other tensors stay as they
 * are. */
static void mark_i8(const struct berth_model *model, struct plan *p)
{
    for (size_t i = 0; i < model->n_linears; i++) {
        const struct berth_linear *linear = model->linears[i];

        if (linear->format != BERTH_FORMAT_I8 || is_shared(model, linear))
            continue;
        for (size_t k = 0; k < linear->source.n_parts; k++)
            p->i8[linear->source.parts[k] - p->tensors] = true;
    }
}

/* What transformers calls the type that holds the numbers of all: it rounds
 * them to that. */
static const char *common_dtype(const struct plan *p)
{
    static const char *const names[][2] = {{"F16", "\"float16\""},
                                           {"BF16", "\"bfloat16\""},
                                           {"F64", "\"float64\""}};
    const char *common = NULL;

    for (size_t i = 0; i < p->n; i++) {
        const char *name = berth_saved_dtype(&p->list[i])->name;

        if (strcmp(name, "I8") == 0 ||
            (common != NULL && strcmp(common, name) == 0))
            continue;
        if (common != NULL)
            return "\"float32\"";
        common = name;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (common != NULL && strcmp(common, names[i][0]) == 0)
            return names[i][1];
    }
    return "\"float32\"";
}

static enum berth_status save_encoder(struct save *s)
{
    const bool i8 = s->model->weights.precision == BERTH_PRECISION_I8;
    struct plan p = {0};
    char *name = name_in(s->within, i8 ? BERTH_ROWS_I8_FILE : usual_file);
    enum berth_status status =
        name == NULL ? fail_memory(s) : start_plan(s, s->model->tensors, &p);

    if (status == BERTH_OK) {
        mark_i8(s->model, &p);
        status = save_plan(s, s->model->tensors, &p, name);
        s->dtype = common_dtype(&p);
    }
    drop_plan(&p);
    free(name);
    return status;
}

/* A module's own, which are in 8 bits never. */
static enum berth_status save_module(const struct save *s, const char *path,
                                     const char *name)
{
    struct berth_tensor_set *set = NULL;
    struct plan p = {0};
    enum berth_status status =
        berth_tensor_set_open(s->model->folder, path, &set, s->err);

    if (status == BERTH_OK)
        status = start_plan(s, set, &p);
    if (status == BERTH_OK)
        status = save_plan(s, set, &p, name);
    drop_plan(&p);
    berth_tensor_set_close(set);
    return status;
}

/* ------------------------------------------------------------- other files */

/* Where it is there, and was not written. */
static enum berth_status copy(const struct save *s, const char *within,
                              const char *file)
{
    char *name = name_in(within, file);
    struct berth_blob blob = {0};
    bool found = false;
    enum berth_status status =
        name == NULL
            ? fail_memory(s)
            : berth_folder_find(s->model->folder, name, &found, s->err);

    if (status == BERTH_OK && found && !berth_new_folder_has(s->to, name)) {
        status = berth_folder_read(s->model->folder, name, &blob, s->err);
        if (status == BERTH_OK)
            status =
                berth_new_folder_put(s->to, name, blob.data, blob.size, s->err);
        berth_blob_release(&blob);
    }
    free(name);
    return status;
}

/* What from_pretrained() and SentenceTransformer() look for beside weights and
 * config.json, and what tells a reader whose model it is. */
static enum berth_status copy_files(const struct save *s, const char *within)
{
    static const char *const files[] = {
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.txt",
        "vocab.json",
        "merges.txt",
        "bpe.codes",
        "sentencepiece.bpe.model",
        "spiece.model",
        "spm.model",
        "modules.json",
        "config_sentence_transformers.json",
        "sentence_bert_config.json",
        "sentence_roberta_config.json",
        "sentence_distilbert_config.json",
        "sentence_camembert_config.json",
        "sentence_albert_config.json",
        "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
        "README.md",
        "LICENSE",
    };
    enum berth_status status = BERTH_OK;

    for (size_t i = 0;
         status == BERTH_OK && i < sizeof(files) / sizeof(files[0]); i++)
        status = copy(s, within, files[i]);
    return status;
}

/* "configuration_x.XConfig" is a class in a file beside config.json;
 * "owner/name--configuration_x.XConfig" is one elsewhere. */
static enum berth_status copy_code(const struct save *s, const json_t *class)
{
    const char *name = json_string_value(class);
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    char *file = NULL;
    enum berth_status status = BERTH_OK;

    if (dot == NULL || strstr(name, "--") != NULL || !berth_folder_allows(name))
        return BERTH_OK;
    if (asprintf(&file, "%.*s.py", (int)(dot - name), name) < 0)
        return fail_memory(s);
    status = copy(s, s->within, file);
    free(file);
    return status;
}

static enum berth_status copy_all_code(const struct save *s, json_t *config)
{
    enum berth_status status = BERTH_OK;
    const char *key;
    json_t *class;

    json_object_foreach(json_object_get(config, "auto_map"), key, class)
    {
        if (status == BERTH_OK)
            status = copy_code(s, class);
    }
    return status;
}

/* ------------------------------------------------------------- config.json */

static bool set_key(char **text, const char *key, const char *value)
{
    char *next =
        *text != NULL ? berth_json_set(*text, strlen(*text), key, value) : NULL;

    free(*text);
    *text = next;
    return next != NULL;
}

/* The type under the name that the file has, or the older one, which all
 * versions know. What is as stored keeps what the file says of it. */
static char *edit_config(const struct save *s, const json_t *config,
                         const struct berth_blob *blob)
{
    const enum berth_precision precision = s->model->weights.precision;
    const bool now = json_object_get(config, "dtype") != NULL;
    const bool old = json_object_get(config, "torch_dtype") != NULL;
    char *text = berth_json_set(
        (const char *)blob->data, blob->size, "quantization_config",
        precision == BERTH_PRECISION_I8 ? "{\"quant_method\": "
                                          "\"" BERTH_QUANT_METHOD "\", "
                                          "\"bits\": 8, \"group_size\": 128}"
                                        : NULL);

    if ((now || old) && (precision == BERTH_PRECISION_STORED ||
                         precision == BERTH_PRECISION_I8))
        return text;
    if (now)
        set_key(&text, "dtype", s->dtype);
    if (old || !now)
        set_key(&text, "torch_dtype", s->dtype);
    return text;
}

/* The last file: a folder without it is no model. */
static enum berth_status save_config(const struct save *s)
{
    const struct berth_folder *folder = s->model->folder;
    char *name = name_in(s->within, "config.json"), *text = NULL;
    struct berth_blob blob = {0};
    json_t *config = NULL;
    enum berth_status status =
        name == NULL ? fail_memory(s)
                     : berth_json_read(folder, name, &config, s->err);

    if (status == BERTH_OK)
        status = copy_all_code(s, config);
    if (status == BERTH_OK)
        status = berth_folder_read(folder, name, &blob, s->err);
    if (status == BERTH_OK) {
        text = edit_config(s, config, &blob);
        status = text == NULL ? fail_memory(s)
                              : berth_new_folder_put(s->to, name, text,
                                                     strlen(text), s->err);
    }
    free(text);
    berth_blob_release(&blob);
    json_decref(config);
    free(name);
    return status;
}

/* ------------------------------------------------------------------ folder */

/* The modules after the encoder. Those in its own folder are written with it.
 */
static enum berth_status save_modules(const struct save *s)
{
    const struct berth_sentence *sentence = &s->model->sentence;
    enum berth_status status = BERTH_OK;
    bool weights = false;
    char path[256];

    for (size_t i = 0;
         status == BERTH_OK &&
         berth_sentence_folder(sentence, i, path, sizeof(path), &weights);
         i++) {
        char *name = name_in(path, usual_file);

        if (name == NULL)
            return fail_memory(s);
        if (weights && !berth_new_folder_has(s->to, name))
            status = save_module(s, path, name);
        if (status == BERTH_OK && strcmp(path, s->within) != 0)
            status = copy(s, path, "config.json");
        free(name);
    }
    return status;
}

static enum berth_status save_all(struct save *s)
{
    enum berth_status status = save_encoder(s);

    if (status == BERTH_OK)
        status = save_modules(s);
    if (status == BERTH_OK)
        status = copy_files(s, "");
    if (status == BERTH_OK)
        status = copy_files(s, s->within);
    if (status == BERTH_OK)
        status = save_config(s);
    return status == BERTH_OK ? berth_new_folder_commit(s->to, s->err) : status;
}

enum berth_status berth_model_save(const struct berth_model *model,
                                   const char *path,
                                   void (*on_made)(void *arg, const char *path),
                                   void *arg, struct berth_error *err)
{
    struct save s = {
        .model = model,
        .within = model->sentence.path != NULL ? model->sentence.path : "",
        .err = err};

    if (model->tensors == NULL)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "%s: expected a model with weights, found a "
                          "tokenizer",
                          model->path);
    enum berth_status status =
        berth_new_folder_open(path, on_made, arg, &s.to, err);

    if (status == BERTH_OK)
        status = save_all(&s);
    berth_new_folder_close(s.to);
    return status;
}
