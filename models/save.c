/*
 * save.c - a model written as a Hugging Face folder: its weights, in the
 * precision that it was opened in, as safetensors; its config.json, with what
 * that changes; its other files as they are.
 */
#include "lib/json.h"
#include "lib/json_set.h"
#include "lib/status.h"
#include "models/files/rows_i8.h"
#include "models/save_weights.h"

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

static enum berth_status save_encoder(struct save *s)
{
    const bool i8 = s->model->weights.precision == BERTH_PRECISION_I8;
    char *name = name_in(s->within, i8 ? BERTH_ROWS_I8_FILE : usual_file);
    enum berth_status status =
        name == NULL ? fail_memory(s)
                     : berth_save_weights(s->model, s->model->tensors, s->to,
                                          name, &s->dtype, s->err);

    free(name);
    return status;
}

static enum berth_status save_module(const struct save *s, const char *path,
                                     const char *name)
{
    struct berth_tensor_set *set = NULL;
    enum berth_status status =
        berth_tensor_set_open(s->model->folder, path, &set, s->err);

    if (status == BERTH_OK)
        status = berth_save_weights(s->model, set, s->to, name, NULL, s->err);
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
