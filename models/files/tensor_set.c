/*
 * tensor_set.c - all tensors of a model, from whichever format of weights the
 * folder has.
 */
#include "models/files/tensor_set.h"

#include "lib/status.h"
#include "models/files/gguf_model.h"
#include "models/files/rows_i8.h"
#include "models/files/safetensors.h"
#include "models/files/tensorflow.h"
#include "models/files/tensorflow_folder.h"
#include "models/files/torch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The formats that weights may have in a folder; the first one that is there is
 * used. Those without a reader are refused with advice. */
static const struct source {
    const char *file;
    berth_weight_reader *open;
    const char *advice;
} sources[] = {
#define OLDER(argument)                                                        \
    "from_pretrained(..., " argument "=True) of transformers 4 reads it, and " \
    "save_pretrained() writes safetensors"
#define MADE "take the model that it was made from (berth pull ORG/NAME)"
    {"model.safetensors", berth_safetensors_open, NULL},
    {"model.safetensors.index.json", berth_safetensors_open_index, NULL},
    {BERTH_ROWS_I8_FILE, berth_safetensors_open, NULL},
    {"pytorch_model.bin", berth_torch_open, NULL},
    {"pytorch_model.bin.index.json", berth_torch_open_index, NULL},
    {BERTH_TENSORFLOW_INDEX, berth_tensorflow_open, NULL},
    {"tf_model.h5", NULL, OLDER("from_tf")},
    {"flax_model.msgpack", NULL, OLDER("from_flax")},
    {"rust_model.ot", NULL, MADE},
    {"model.onnx", NULL, MADE},
    {"onnx/model.onnx", NULL, MADE},
    {"onnx/model_quantized.onnx", NULL, MADE},
    {"openvino_model.xml", NULL, MADE},
    {"saved_model.pb", NULL, MADE},
};

static enum berth_status fail_memory(const char *name, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
}

char *berth_weight_path(const struct berth_folder *folder, const char *name)
{
    char path[PATH_MAX];

    return strdup(berth_folder_file(folder, name, path, sizeof(path)));
}

char *berth_weight_name(const char *within, const char *file)
{
    char *name = NULL;

    if (asprintf(&name, "%s%s%s", within, within[0] != '\0' ? "/" : "", file) <
        0)
        return NULL;
    return name;
}

enum berth_status berth_weight_files(struct berth_tensor_set *set, size_t n,
                                     struct berth_error *err)
{
    set->files = calloc(n + 1, sizeof(*set->files));
    if (set->files == NULL)
        return fail_memory(set->path, err);
    set->n_files = n;
    return BERTH_OK;
}

enum berth_status berth_weight_read(const struct berth_folder *folder,
                                    const char *name,
                                    berth_weight_file_reader *read,
                                    struct berth_weight_file *out,
                                    struct berth_error *err)
{
    out->path = berth_weight_path(folder, name);
    if (out->path == NULL)
        return fail_memory(name, err);
    enum berth_status status = berth_folder_read(folder, name, &out->blob, err);

    return status == BERTH_OK ? read(out, err) : status;
}

enum berth_status berth_weight_open(const struct berth_folder *folder,
                                    const char *name,
                                    berth_weight_file_reader *read,
                                    struct berth_tensor_set *set,
                                    struct berth_error *err)
{
    enum berth_status status = berth_weight_files(set, 1, err);

    return status == BERTH_OK
               ? berth_weight_read(folder, name, read, &set->files[0], err)
               : status;
}

static int by_name(const void *a, const void *b)
{
    const struct berth_tensor *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* One sorted list of the tensors of all shards, each name once. */
static enum berth_status collect(struct berth_tensor_set *set,
                                 struct berth_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n_files; i++)
        n += set->files[i].n_tensors;
    set->tensors = calloc(n + 1, sizeof(*set->tensors));
    if (set->tensors == NULL)
        return fail_memory(set->path, err);
    for (size_t i = 0; i < set->n_files; i++) {
        const struct berth_weight_file *file = &set->files[i];
        for (size_t k = 0; k < file->n_tensors; k++)
            set->tensors[set->n_tensors++] = file->tensors[k];
    }
    qsort(set->tensors, n, sizeof(*set->tensors), by_name);
    for (size_t i = 1; i < n; i++) {
        const struct berth_tensor *a = &set->tensors[i - 1], *b = a + 1;

        if (strcmp(a->name, b->name) == 0 && a->file == b->file)
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: tensor '%.100s': expected it once, found it "
                              "twice",
                              set->path, b->name);
        if (strcmp(a->name, b->name) == 0)
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: tensor '%.100s': expected it in one shard, "
                              "found it in another too: %s",
                              set->path, b->name, b->file);
    }
    return BERTH_OK;
}

/* A folder that is one file, whatever that is called. */
static const struct source named = {NULL, berth_gguf_weights, NULL};

/* The source whose file was named in place of the folder, or NULL. */
static const struct source *given_source(const struct berth_folder *folder)
{
    const char *given = berth_tensorflow_is_named(folder)
                            ? BERTH_TENSORFLOW_INDEX
                            : berth_folder_given(folder);

    if (berth_gguf_is_named(folder))
        return &named;
    for (size_t i = 0;
         given != NULL && i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (strcmp(given, sources[i].file) == 0)
            return &sources[i];
    }
    return NULL;
}

/* The source that was named, else the first that is there, and its name in the
 * folder. If there is none at all, the first of the table: opening it gives the
 * system's "No such file". */
static enum berth_status choose(const struct berth_folder *folder,
                                const char *within, const struct source **out,
                                char **name, struct berth_error *err)
{
    bool found = false;

    *out = within[0] == '\0' ? given_source(folder) : NULL;
    if (*out != NULL) {
        *name =
            strdup(*out == &named ? berth_folder_given(folder) : (*out)->file);
        return *name != NULL ? BERTH_OK
                             : fail_memory(berth_folder_path(folder), err);
    }
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        *name = berth_weight_name(within, sources[i].file);
        if (*name == NULL)
            return fail_memory(sources[i].file, err);
        enum berth_status status =
            berth_folder_find(folder, *name, &found, err);
        *out = &sources[i];
        if (status != BERTH_OK || found)
            return status;
        free(*name);
    }
    *out = &sources[0];
    *name = berth_weight_name(within, sources[0].file);
    return *name != NULL ? BERTH_OK : fail_memory(sources[0].file, err);
}

/* "No such file" would not help a user who has only tf_model.h5. */
static enum berth_status refuse(const struct berth_folder *folder,
                                const char *within, const struct source *source,
                                struct berth_error *err)
{
    const bool asked = within[0] == '\0' && given_source(folder) == source;
    char *wanted = berth_weight_name(within, sources[0].file);
    char *path = wanted != NULL ? berth_weight_path(folder, wanted) : NULL;
    enum berth_status status;

    if (path == NULL)
        status = fail_memory(source->file, err);
    else if (asked)
        status =
            berth_fail(err, BERTH_ERR_UNSUPPORTED,
                       "%s/%s: expected weights in a format that is read, "
                       "found another: %s",
                       berth_folder_path(folder), source->file, source->advice);
    else
        status = berth_fail(err, BERTH_ERR_UNSUPPORTED,
                            "%s: expected this file, found only %s, a format "
                            "that is not read: %s",
                            path, source->file, source->advice);
    free(path);
    free(wanted);
    return status;
}

static enum berth_status read_source(const struct berth_folder *folder,
                                     const char *name,
                                     const struct source *source,
                                     struct berth_tensor_set *set,
                                     struct berth_error *err)
{
    set->path = berth_weight_path(folder, name);
    if (set->path == NULL)
        return fail_memory(name, err);
    enum berth_status status = source->open(folder, name, set, err);
    return status == BERTH_OK ? collect(set, err) : status;
}

enum berth_status berth_tensor_set_open(const struct berth_folder *folder,
                                        const char *within,
                                        struct berth_tensor_set **out,
                                        struct berth_error *err)
{
    struct berth_tensor_set *set = calloc(1, sizeof(*set));
    const struct source *source = NULL;
    char *name = NULL;
    enum berth_status status =
        set == NULL ? fail_memory(sources[0].file, err)
                    : choose(folder, within, &source, &name, err);

    if (status == BERTH_OK)
        status = source->open == NULL
                     ? refuse(folder, within, source, err)
                     : read_source(folder, name, source, set, err);
    free(name);
    if (status == BERTH_OK)
        *out = set;
    else
        berth_tensor_set_close(set);
    return status;
}

enum berth_status berth_tensor_set_exists(const struct berth_folder *folder,
                                          bool *found, struct berth_error *err)
{
    enum berth_status status = BERTH_OK;

    *found = false;
    for (size_t i = 0; status == BERTH_OK && !*found &&
                       i < sizeof(sources) / sizeof(sources[0]);
         i++) {
        if (sources[i].open != NULL)
            status = berth_folder_find(folder, sources[i].file, found, err);
    }
    return status;
}

enum berth_status berth_tensor_set_look(const struct berth_folder *folder,
                                        bool *found, struct berth_error *err)
{
    const struct source *source;
    char *name = NULL;
    enum berth_status status = choose(folder, "", &source, &name, err);

    if (status == BERTH_OK)
        status = berth_folder_find(folder, name, found, err);
    free(name);
    return status;
}

static void close_file(struct berth_weight_file *file)
{
    for (size_t i = 0; i < file->n_unpacked; i++)
        berth_blob_release(&file->unpacked[i]);
    free(file->unpacked);
    free(file->tensors);
    free(file->names);
    json_decref(file->header);
    berth_blob_release(&file->blob);
    free(file->path);
}

void berth_tensor_set_close(struct berth_tensor_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->n_files; i++)
        close_file(&set->files[i]);
    free(set->files);
    free(set->tensors);
    free(set->path);
    free(set);
}

const struct berth_tensor *berth_tensor_find(const struct berth_tensor_set *set,
                                             const char *name)
{
    struct berth_tensor key = {.name = name};

    return bsearch(&key, set->tensors, set->n_tensors, sizeof(key), by_name);
}

const char *berth_tensor_set_path(const struct berth_tensor_set *set)
{
    return set->path;
}

void berth_tensor_set_measure(const struct berth_tensor_set *set,
                              size_t *n_files, size_t *n_bytes,
                              size_t *n_weights)
{
    *n_files = set->n_files;
    *n_bytes = 0;
    *n_weights = 0;
    for (size_t i = 0; i < set->n_files; i++)
        *n_bytes += set->files[i].blob.size;
    for (size_t i = 0; i < set->n_tensors; i++)
        if (berth_tensor_is_float(&set->tensors[i]))
            *n_weights += set->tensors[i].n_elements;
}

const char *berth_tensor_set_no_head(const struct berth_tensor_set *set)
{
    return set->no_head != NULL ? set->no_head : "";
}

const struct berth_tensor *
berth_tensor_set_list(const struct berth_tensor_set *set, size_t *n)
{
    *n = set->n_tensors;
    return set->tensors;
}

bool berth_tensor_set_has_i8(const struct berth_tensor_set *set)
{
    size_t i = 0;

    while (i < set->n_tensors && set->tensors[i].scales == NULL)
        i++;
    return i < set->n_tensors;
}

/* A piece at a time, whose pages are given back: a model larger than the memory
 * can be hashed. */
uint32_t berth_tensor_set_hash(const struct berth_tensor_set *set)
{
    const size_t piece = (size_t)8 << 20;
    uLong crc = crc32_z(0, NULL, 0);

    for (size_t i = 0; i < set->n_files; i++) {
        const struct berth_blob *blob = &set->files[i].blob;
        for (size_t at = 0; at < blob->size; at += piece) {
            const size_t left = blob->size - at;
            const size_t n = left < piece ? left : piece;
            crc = crc32_z(crc, blob->data + at, n);
            berth_pages_release(blob->data + at, n);
        }
    }
    return (uint32_t)crc;
}
