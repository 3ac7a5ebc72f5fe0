/*
 * shards.c - an index such as model.safetensors.index.json: which files there
 * are.
 */
#include "models/files/weight_source.h"

#include "lib/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum berth_status fail_memory(const char *name, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
}

/* A file in the folder of another one, owned by the caller. */
static char *beside(const char *index, const char *name)
{
    const char *slash = strrchr(index, '/');
    const int n = slash == NULL ? 0 : (int)(slash + 1 - index);
    char *path = NULL;

    return asprintf(&path, "%.*s%s", n, index, name) < 0 ? NULL : path;
}

static int by_string(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
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
        list[*n] = beside(index, name);
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

static enum berth_status open_shards(const struct berth_folder *folder,
                                     char **names, size_t n,
                                     berth_weight_file_reader *read,
                                     struct berth_tensor_set *set,
                                     struct berth_error *err)
{
    enum berth_status status = berth_weight_files(set, n, err);

    for (size_t i = 0; status == BERTH_OK && i < n; i++)
        status = berth_weight_read(folder, names[i], read, &set->files[i], err);
    return status;
}

enum berth_status berth_weight_open_shards(const struct berth_folder *folder,
                                           const char *index,
                                           berth_weight_file_reader *read,
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
        status = open_shards(folder, names, n, read, set, err);
out:
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    json_decref(root);
    return status;
}
