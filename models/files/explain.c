/*
 * explain.c - the folders that are given in place of a model's, by a file or a
 * folder that each of them has.
 */
#include "models/files/explain.h"

#include "lib/json.h"
#include "lib/status.h"
#include "models/files/tensor_set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_SIZE = 256
};

static const char adapter_name[] = "adapter_config.json";

/* Without config.json; the first that is there says it. */
static const struct sign {
    const char *file;
    const char *found, *advice;
} signs[] = {
#define FORM "take the model in Hugging Face's form"
#define MADE "take the model that it was made from (berth pull ORG/NAME)"
    {"bert_model.ckpt.index", "a checkpoint of TensorFlow without it",
     "get bert_config.json, too; other models than BERT are not read from "
     "checkpoints"},
    {"albert_config.json", "ALBERT as Google published it",
     "only BERT is read in this form: " FORM},
    {"saved_model.pb", "a SavedModel of TensorFlow", FORM},
    {"tf_model.h5", "weights of Keras without it", FORM},
    {"openvino_model.xml", "a model of OpenVINO", MADE},
    {"model.onnx", "a model of ONNX", MADE},
    {"onnx/model.onnx", "a model of ONNX", MADE},
    {"model.safetensors", "weights without it", "get it, too"},
    {"pytorch_model.bin", "weights without it", "get it, too"},
};

static enum berth_status say(const struct berth_folder *folder,
                             const char *found, const char *advice,
                             struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected the config.json of a model, found %s: %s",
                      berth_folder_path(folder), found, advice);
}

static enum berth_status say_adapter(const struct berth_folder *folder,
                                     struct berth_error *err)
{
    json_t *config = NULL;
    char found[NAME_SIZE];
    const enum berth_status status =
        berth_json_read(folder, adapter_name, &config, err);
    const char *base =
        json_string_value(json_object_get(config, "base_model_name_or_path"));

    snprintf(found, sizeof(found), "an adapter of %.200s",
             base != NULL ? base : "another model");
    json_decref(config);
    return status != BERTH_OK
               ? status
               : say(folder, found,
                     "merge it into that model (merge_and_unload() of peft), "
                     "and take what that saves",
                     err);
}

/* ------------------------------------------------------ what is in a folder */

/* The first of each kind by name, "" where there is none. */
struct contents {
    const struct berth_folder *folder;
    char repository[NAME_SIZE]; /* of a cache, "models--ORG--NAME" */
    char model[NAME_SIZE];      /* a folder with a model in it */
    bool any;
};

static void keep_first(char kept[NAME_SIZE], const char *name)
{
    if (strlen(name) < NAME_SIZE && (kept[0] == '\0' || strcmp(name, kept) < 0))
        snprintf(kept, NAME_SIZE, "%s", name);
}

static bool has(const struct berth_folder *folder, const char *within,
                const char *file)
{
    char name[2 * NAME_SIZE];
    bool found = false;

    snprintf(name, sizeof(name), "%.255s/%s", within, file);
    return berth_folder_find(folder, name, &found, NULL) == BERTH_OK && found;
}

static bool note(void *arg, const char *name)
{
    struct contents *c = arg;

    if (name[0] == '.')
        return true;
    c->any = true;
    if (strncmp(name, "models--", 8) == 0)
        keep_first(c->repository, name + 8);
    else if (has(c->folder, name, "config.json") ||
             has(c->folder, name, "bert_config.json") ||
             has(c->folder, name, "modules.json"))
        keep_first(c->model, name);
    return true;
}

static enum berth_status say_contents(const struct berth_folder *folder,
                                      enum berth_status status,
                                      struct berth_error *err)
{
    struct contents c = {.folder = folder};
    const char *path = berth_folder_path(folder);
    const char *given = berth_folder_given(folder);
    const char *dashes, *end = given == NULL ? NULL : strrchr(given, '.');

    if (end != NULL && strcmp(end, ".onnx") == 0)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s/%s: expected a model, found one of ONNX: " MADE,
                          path, given);
    if (given != NULL)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s/%s: expected a model, found a file that is none, "
                          "without config.json beside it",
                          path, given);
    if (berth_folder_list(folder, note, &c, NULL) != BERTH_OK)
        return status;
    dashes = strstr(c.repository, "--");
    if (c.repository[0] != '\0')
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a model, found a Hugging Face cache: "
                          "give the name of a model in it, as -m %.*s%s%s",
                          path,
                          (int)(dashes != NULL ? dashes - c.repository : 0),
                          c.repository, dashes != NULL ? "/" : "",
                          dashes != NULL ? dashes + 2 : c.repository);
    if (c.model[0] != '\0')
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a model, found a folder with one in "
                          "it: -m %s/%s",
                          path, path, c.model);
    if (!c.any)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a model, found an empty folder", path);
    return status;
}

/* A repository of the cache has its files in snapshots/COMMIT. */
static bool is_commit(void *arg, const char *name)
{
    if (name[0] != '.')
        keep_first(arg, name);
    return true;
}

static enum berth_status say_repository(const struct berth_folder *folder,
                                        enum berth_status status,
                                        struct berth_error *err)
{
    struct berth_folder *snapshots = NULL;
    const char *path = berth_folder_path(folder);
    char commit[NAME_SIZE] = "";

    if (berth_folder_open_sub(folder, "snapshots", &snapshots, NULL) ==
        BERTH_OK)
        (void)berth_folder_list(snapshots, is_commit, commit, NULL);
    berth_folder_close(snapshots);
    if (commit[0] == '\0')
        return status;
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: expected a model, found a repository of the Hugging "
                      "Face cache: give the model's name, or -m "
                      "%s/snapshots/%s",
                      path, path, commit);
}

/* Where the tool of Hugging Face keeps what is not whole yet. */
static bool is_part(void *arg, const char *name)
{
    const char *end = strrchr(name, '.');

    *(bool *)arg |= end != NULL && strcmp(end, ".incomplete") == 0;
    return true;
}

static enum berth_status say_incomplete(const struct berth_folder *folder,
                                        enum berth_status status,
                                        struct berth_error *err)
{
    struct berth_folder *parts = NULL;
    struct berth_error before = *err;
    bool found = false;

    if (berth_folder_open_sub(folder, ".cache/huggingface/download", &parts,
                              NULL) == BERTH_OK)
        (void)berth_folder_list(parts, is_part, &found, NULL);
    berth_folder_close(parts);
    if (!found)
        return status;
    errno = before.sys_errno;
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s; its download was broken off: get it again",
                      before.message);
}

/* "model-00001-of-00002.safetensors" is a part of what an index lists. */
static bool is_first_part(void *arg, const char *name)
{
    if (strstr(name, "-00001-of-") != NULL && strchr(name, '/') == NULL)
        keep_first(arg, name);
    return true;
}

static enum berth_status say_parts(const struct berth_folder *folder,
                                   enum berth_status status,
                                   struct berth_error *err)
{
    char part[NAME_SIZE] = "";
    bool found = false;

    if (berth_tensor_set_exists(folder, &found, NULL) != BERTH_OK || found ||
        berth_folder_list(folder, is_first_part, part, NULL) != BERTH_OK ||
        part[0] == '\0')
        return status;
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: expected weights, found %s without the index that "
                      "names all parts: get %.*s%s.index.json, too",
                      berth_folder_path(folder), part,
                      (int)(strstr(part, "-00001-of-") - part), part,
                      strrchr(part, '.') != NULL ? strrchr(part, '.') : "");
}

enum berth_status berth_folder_explain(const struct berth_folder *folder,
                                       enum berth_status status,
                                       struct berth_error *err)
{
    static const char *const models[] = {"config.json", "modules.json"};
    bool found = false;

    if (status != BERTH_ERR_IO || err == NULL || err->sys_errno != ENOENT)
        return status;
    status = say_incomplete(folder, status, err);
    for (size_t i = 0; i < 2; i++) {
        if (status != BERTH_ERR_IO ||
            berth_folder_find(folder, models[i], &found, NULL) != BERTH_OK)
            return status;
        if (found)
            return say_parts(folder, status, err);
    }
    if (berth_folder_find(folder, adapter_name, &found, NULL) == BERTH_OK &&
        found)
        return say_adapter(folder, err);
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        if (berth_folder_find(folder, signs[i].file, &found, NULL) ==
                BERTH_OK &&
            found)
            return say(folder, signs[i].found, signs[i].advice, err);
    }
    status = say_repository(folder, status, err);
    return status == BERTH_ERR_IO ? say_contents(folder, status, err) : status;
}
