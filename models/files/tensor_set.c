/*
 * tensor_set.c - all tensors of a model: one file, or an index and its shards.
 */
#include "models/files/tensor_set.h"

#include "lib/json.h"
#include "lib/status.h"
#include "models/files/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct berth_tensor_set {
    char *path;                 /* for messages */
    struct berth_shard *shards; /* by name */
    size_t n_shards;
    struct berth_tensor *tensors; /* by name */
    size_t n_tensors;
};

static enum berth_status fail_memory(const char *name, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
}

/* Every string owned by the caller; NULL when memory is out. */
static char *concat(const char *a, size_t a_len, const char *b)
{
    size_t b_size = strlen(b) + 1;
    char *s = malloc(a_len + b_size);

    if (s != NULL) {
        memcpy(s, a, a_len);
        memcpy(s + a_len, b, b_size);
    }
    return s;
}

/* Length of the sub-folder in front of a name, its '/' counted. */
static size_t prefix_length(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash == NULL ? 0 : (size_t)(slash + 1 - name);
}

static int by_name(const void *a, const void *b)
{
    const struct berth_tensor *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int by_string(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

/* One sorted list of the tensors of all shards, each name once. */
static enum berth_status collect(struct berth_tensor_set *set,
                                 struct berth_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n_shards; i++)
        n += set->shards[i].n_tensors;
    set->tensors = calloc(n + 1, sizeof(*set->tensors));
    if (set->tensors == NULL)
        return fail_memory(set->path, err);
    for (size_t i = 0; i < set->n_shards; i++) {
        const struct berth_shard *shard = &set->shards[i];
        for (size_t k = 0; k < shard->n_tensors; k++)
            set->tensors[set->n_tensors++] = shard->tensors[k];
    }
    qsort(set->tensors, n, sizeof(*set->tensors), by_name);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(set->tensors[i - 1].name, set->tensors[i].name) == 0) {
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: tensor '%.100s': expected it in one shard, "
                              "found it in another too: %s",
                              set->path, set->tensors[i].name,
                              set->tensors[i].file);
        }
    }
    return BERTH_OK;
}

static enum berth_status open_shards(const struct berth_folder *folder,
                                     const char *const *names, size_t n,
                                     struct berth_tensor_set *set,
                                     struct berth_error *err)
{
    set->shards = calloc(n + 1, sizeof(*set->shards));
    if (set->shards == NULL)
        return fail_memory(set->path, err);
    for (size_t i = 0; i < n; i++) {
        enum berth_status status =
            berth_shard_open(folder, names[i], &set->shards[i], err);
        set->n_shards++;
        if (status != BERTH_OK)
            return status;
    }
    return collect(set, err);
}

/* The file of one entry of weight_map, which must be a plain name. */
static const char *shard_name(const json_t *value)
{
    const char *name = json_string_value(value);

    if (name == NULL || name[0] == '\0' || strchr(name, '/') != NULL ||
        strcmp(name, "..") == 0 || strlen(name) != json_string_length(value))
        return NULL;
    return name;
}

/* The distinct files of a weight_map, sorted, with the index's sub-folder in
 * front; *names and its strings are the caller's, after a failure too. */
static enum berth_status list_shards(json_t *map, const char *index,
                                     const char *path, char ***names, size_t *n,
                                     struct berth_error *err)
{
    size_t room = json_object_size(map), kept = 0;
    char **list = calloc(room + 1, sizeof(*list));
    const char *key;
    json_t *value;

    *names = list;
    if (list == NULL)
        return fail_memory(index, err);
    json_object_foreach(map, key, value)
    {
        const char *name = shard_name(value);
        char buf[64];

        if (name == NULL) {
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: tensor '%.100s': expected the name of a "
                              "file in the same folder, found %s",
                              path, key,
                              berth_json_describe(value, buf, sizeof(buf)));
        }
        list[*n] = concat(index, prefix_length(index), name);
        if (list[*n] == NULL)
            return fail_memory(index, err);
        (*n)++;
    }
    qsort(list, *n, sizeof(*list), by_string);
    for (size_t i = 0; i < *n; i++) {
        if (kept > 0 && strcmp(list[kept - 1], list[i]) == 0)
            free(list[i]);
        else
            list[kept++] = list[i];
    }
    *n = kept;
    return BERTH_OK;
}

static enum berth_status open_index(const struct berth_folder *folder,
                                    const char *index,
                                    struct berth_tensor_set *set,
                                    struct berth_error *err)
{
    json_t *root = NULL, *map;
    char **names = NULL;
    size_t n = 0;
    char buf[64];
    enum berth_status status = berth_json_read(folder, index, &root, err);

    if (status != BERTH_OK)
        return status;
    map = json_object_get(root, "weight_map");
    if (!json_is_object(map)) {
        status =
            berth_fail(err, BERTH_ERR_FORMAT,
                       "%s: key 'weight_map': expected an object, found "
                       "%s",
                       set->path, berth_json_describe(map, buf, sizeof(buf)));
        goto out;
    }
    status = list_shards(map, index, set->path, &names, &n, err);
    /* The map says which shards there are; what is in them they say, as the
     * reference has it. A tensor that a model lacks is its loader's to miss. */
    if (status == BERTH_OK)
        status = open_shards(folder, (const char *const *)names, n, set, err);
out:
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    json_decref(root);
    return status;
}

/* No safetensors: is there another form of weights to name? */
static enum berth_status refuse_others(const struct berth_folder *folder,
                                       const char *name, const char *path,
                                       struct berth_error *err)
{
    static const char *const others[] = {
        "pytorch_model.bin",     "pytorch_model.bin.index.json",
        "tf_model.h5",           "flax_model.msgpack",
        "bert_model.ckpt.index", "model.ckpt.index",
        "rust_model.ot",         "model.onnx",
        "onnx/model.onnx",       "model.gguf",
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char *other = concat(name, prefix_length(name), others[i]);
        bool found = false;
        enum berth_status status =
            other != NULL ? berth_folder_find(folder, other, &found, err)
                          : fail_memory(path, err);

        free(other);
        if (status != BERTH_OK)
            return status;
        if (found) {
            return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                              "%s: expected this file, found only %s: of the "
                              "formats of weights only safetensors is read",
                              path, others[i]);
        }
    }
    return BERTH_OK;
}

static enum berth_status open_any(const struct berth_folder *folder,
                                  const char *name, const char *index,
                                  struct berth_tensor_set *set,
                                  struct berth_error *err)
{
    bool has = false, sharded = false;
    enum berth_status status = berth_folder_find(folder, name, &has, err);

    if (status == BERTH_OK && !has)
        status = berth_folder_find(folder, index, &sharded, err);
    if (status != BERTH_OK)
        return status;

    const char *file = sharded ? index : name;
    size_t size = strlen(berth_folder_path(folder)) + strlen(file) + 2;

    set->path = malloc(size);
    if (set->path == NULL)
        return fail_memory(name, err);
    berth_folder_file(folder, file, set->path, size);
    if (sharded)
        return open_index(folder, index, set, err);
    if (!has)
        status = refuse_others(folder, name, set->path, err);
    /* Where nothing is at all, the system has the words for it. */
    return status == BERTH_OK ? open_shards(folder, &name, 1, set, err)
                              : status;
}

enum berth_status berth_tensor_set_open(const struct berth_folder *folder,
                                        const char *name,
                                        struct berth_tensor_set **out,
                                        struct berth_error *err)
{
    struct berth_tensor_set *set = calloc(1, sizeof(*set));
    char *index = concat(name, strlen(name), ".index.json");
    enum berth_status status;

    if (set == NULL || index == NULL)
        status = fail_memory(name, err);
    else
        status = open_any(folder, name, index, set, err);
    free(index);
    if (status == BERTH_OK)
        *out = set;
    else
        berth_tensor_set_close(set);
    return status;
}

void berth_tensor_set_close(struct berth_tensor_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->n_shards; i++)
        berth_shard_close(&set->shards[i]);
    free(set->shards);
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

const struct berth_tensor *
berth_tensor_set_list(const struct berth_tensor_set *set, size_t *n)
{
    *n = set->n_tensors;
    return set->tensors;
}

uint32_t berth_tensor_set_hash(const struct berth_tensor_set *set)
{
    const size_t piece = (size_t)8 << 20;
    uLong crc = crc32_z(0, NULL, 0);

    for (size_t i = 0; i < set->n_shards; i++) {
        const struct berth_blob *blob = &set->shards[i].blob;
        for (size_t at = 0; at < blob->size; at += piece) {
            const size_t left = blob->size - at;
            const size_t n = left < piece ? left : piece;
            crc = crc32_z(crc, blob->data + at, n);
            berth_pages_release(blob->data + at, n);
        }
    }
    return (uint32_t)crc;
}
