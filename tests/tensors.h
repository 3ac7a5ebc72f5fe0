/*
 * tensors.h - a copy of a model of tests/data whose weights a test changes.
 */
#ifndef TESTS_TENSORS_H
#define TESTS_TENSORS_H

#include "tests/scratch.h"

#include <jansson.h>
#include <stdint.h>

enum {
    TENSORS_MAX = 128
};

struct tensor_entry {
    char name[128];
    char dtype[8];
    size_t shape[2];
    size_t rank;
    unsigned char *bytes; /* owned */
    size_t size;
};

struct tensors {
    struct scratch folder;
    struct tensor_entry list[TENSORS_MAX];
    size_t n;
};

static inline struct tensor_entry *tensors_find(struct tensors *t,
                                                const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->list[i].name, name) == 0)
            return &t->list[i];
    return NULL;
}

static inline void tensors_read(struct tensors *t, const unsigned char *data)
{
    size_t length = data[0] + 256 * (size_t)data[1] + 65536 * (size_t)data[2];
    json_t *header =
        json_loadb((const char *)data + 8, length, JSON_ALLOW_NUL, NULL);
    const char *name;
    json_t *info;

    json_object_foreach(header, name, info)
    {
        json_t *shape = json_object_get(info, "shape");
        json_t *at = json_object_get(info, "data_offsets");
        struct tensor_entry *e = &t->list[t->n];

        if (strcmp(name, "__metadata__") == 0 || t->n == TENSORS_MAX)
            continue;
        t->n++;
        size_t begin = (size_t)json_integer_value(json_array_get(at, 0));
        size_t end = (size_t)json_integer_value(json_array_get(at, 1));
        snprintf(e->name, sizeof(e->name), "%s", name);
        snprintf(e->dtype, sizeof(e->dtype), "%s",
                 json_string_value(json_object_get(info, "dtype")));
        e->rank = json_array_size(shape);
        for (size_t i = 0; i < e->rank && i < 2; i++)
            e->shape[i] = (size_t)json_integer_value(json_array_get(shape, i));
        e->size = end - begin;
        e->bytes = malloc(e->size + 1);
        memcpy(e->bytes, data + 8 + length + begin, e->size);
    }
    json_decref(header);
}

/* tensors_open - copies the files of a folder, and reads its weights. */
static inline bool tensors_open(struct tensors *t, const char *model)
{
    static const char *const files[] = {"config.json", "tokenizer.json",
                                        "tokenizer_config.json", "vocab.txt",
                                        "model.safetensors"};
    unsigned char *data = NULL;
    size_t size = 0;

    *t = (struct tensors){0};
    if (!scratch_make(&t->folder))
        return false;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[512];

        free(data);
        snprintf(path, sizeof(path), "%s/%s", model, files[i]);
        data = scratch_read(path, &size);
        if (data == NULL || !scratch_write(&t->folder, files[i], data, size)) {
            free(data);
            return false;
        }
    }
    tensors_read(t, data);
    free(data);
    return true;
}

/* tensors_floats - the numbers of an F32 tensor, to be changed; NULL: none. */
static inline float *tensors_floats(struct tensors *t, const char *name,
                                    size_t *n)
{
    struct tensor_entry *e = tensors_find(t, name);

    if (e == NULL || strcmp(e->dtype, "F32") != 0)
        return NULL;
    *n = e->size / sizeof(float);
    return (float *)(void *)e->bytes;
}

/* tensors_put - a new tensor of the shape of another, its bytes copied. */
static inline void tensors_put(struct tensors *t, const char *name,
                               const struct tensor_entry *like,
                               const char *dtype, const void *bytes,
                               size_t size)
{
    struct tensor_entry e = *like, *there = tensors_find(t, name);

    snprintf(e.name, sizeof(e.name), "%s", name);
    snprintf(e.dtype, sizeof(e.dtype), "%s", dtype);
    e.size = size;
    e.bytes = malloc(size + 1);
    memcpy(e.bytes, bytes, size);
    if (there == NULL)
        there = &t->list[t->n++];
    else
        free(there->bytes);
    *there = e;
}

/* tensors_drop - leaves a tensor out. */
static inline void tensors_drop(struct tensors *t, const char *name)
{
    struct tensor_entry *e = tensors_find(t, name);

    if (e == NULL)
        return;
    free(e->bytes);
    *e = t->list[--t->n];
}

/* tensors_write - writes model.safetensors again. */
static inline bool tensors_write(const struct tensors *t)
{
    char path[SCRATCH_PATH + 256];
    char *header = malloc(256 * (t->n + 1));
    size_t used = (size_t)sprintf(header, "{"), at = 0;
    FILE *f = fopen(scratch_name(&t->folder, "model.safetensors", path), "wb");

    for (size_t i = 0; i < t->n; i++) {
        const struct tensor_entry *e = &t->list[i];

        used += (size_t)sprintf(header + used,
                                "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[",
                                i > 0 ? "," : "", e->name, e->dtype);
        for (size_t k = 0; k < e->rank; k++)
            used += (size_t)sprintf(header + used, "%s%zu", k > 0 ? "," : "",
                                    e->shape[k]);
        used += (size_t)sprintf(header + used, "],\"data_offsets\":[%zu,%zu]}",
                                at, at + e->size);
        at += e->size;
    }
    used += (size_t)sprintf(header + used, "}");
    for (size_t i = 0; f != NULL && i < 8; i++)
        fputc((int)((uint64_t)used >> (8 * i) & 0xff), f);
    if (f != NULL)
        fwrite(header, 1, used, f);
    for (size_t i = 0; f != NULL && i < t->n; i++)
        fwrite(t->list[i].bytes, 1, t->list[i].size, f);
    free(header);
    return f != NULL && fclose(f) == 0;
}

/* tensors_edit - replaces the first find of a file of the folder. */
static inline bool tensors_edit(const struct tensors *t, const char *file,
                                const char *find, const char *replace)
{
    char path[SCRATCH_PATH + 256];
    size_t size = 0, n = strlen(replace);
    unsigned char *data =
        scratch_read(scratch_name(&t->folder, file, path), &size);
    char *at = data != NULL ? memmem(data, size, find, strlen(find)) : NULL;
    char *text = malloc(size + n + 1);
    bool ok = at != NULL;

    if (ok) {
        size_t before = (size_t)(at - (char *)data);
        size_t after = before + strlen(find);

        memcpy(text, data, before);
        memcpy(text + before, replace, n);
        memcpy(text + before + n, data + after, size - after);
        ok = scratch_write(&t->folder, file, text, size - strlen(find) + n);
    }
    free(text);
    free(data);
    return ok;
}

static inline void tensors_close(struct tensors *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->list[i].bytes);
    scratch_remove(&t->folder);
}

#endif
