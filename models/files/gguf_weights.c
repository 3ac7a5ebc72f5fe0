/*
 * gguf_weights.c - the tensors of a GGUF file under the names of Hugging Face.
 */
#include "models/files/gguf_model.h"

#include "lib/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The stem of a tensor's name, "blk.3.attn_q" of "blk.3.attn_q.weight", matches
 * a row, whose * is a layer: where that begins in name and how long it is. */
static bool matches(const char *row, const char *name, size_t n,
                    struct berth_gguf_text *layer)
{
    const char *star = strchr(row, '*');
    const size_t before = star != NULL ? (size_t)(star - row) : strlen(row);

    *layer = (struct berth_gguf_text){name + before, 0};
    if (n < before || memcmp(row, name, before) != 0)
        return false;
    if (star == NULL)
        return n == before;
    layer->n = strspn(layer->s, "0123456789");
    const size_t rest = before + layer->n;
    return layer->n > 0 && rest < n && strlen(star + 1) == n - rest &&
           memcmp(star + 1, name + rest, n - rest) == 0;
}

/* hf with the layer in place of its *, and what ends the name. */
static json_t *translate(const char *hf, struct berth_gguf_text layer,
                         const char *end)
{
    const char *star = strchr(hf, '*');

    return star == NULL ? json_sprintf("%s%s", hf, end)
                        : json_sprintf("%.*s%.*s%s%s", (int)(star - hf), hf,
                                       (int)layer.n, layer.s, star + 1, end);
}

static enum berth_status add(struct berth_weight_file *out,
                             const struct berth_tensor *tensor, json_t *name,
                             struct berth_error *err)
{
    struct berth_tensor *t = &out->tensors[out->n_tensors];

    if (name == NULL || json_array_append_new(out->header, name) != 0)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          out->path);
    *t = *tensor;
    t->name = json_string_value(name);
    t->file = out->path;
    out->n_tensors++;
    return BERTH_OK;
}

static const char *end_of(const char *name, size_t *n)
{
    const char *end = strrchr(name, '.');

    *n = end != NULL ? (size_t)(end - name) : 0;
    return end;
}

/* The tensor that was added last gets the rows of one that lies right behind
 * it in the file, as if they were one; NULL: there is none. */
static enum berth_status stack(struct berth_weight_file *out,
                               const struct berth_tensor *below,
                               const struct berth_gguf_name *row,
                               struct berth_gguf_text layer,
                               struct berth_error *err)
{
    struct berth_tensor *t = &out->tensors[out->n_tensors - 1];
    struct berth_gguf_text same;
    size_t n = 0;
    const char *end = below != NULL ? end_of(below->name, &n) : NULL;
    const size_t bytes =
        t->n_elements / t->dtype->block_elements * t->dtype->block_bytes;

    if (end == NULL || !matches(row->below, below->name, n, &same) ||
        same.n != layer.n || memcmp(same.s, layer.s, layer.n) != 0 ||
        below->dtype != t->dtype || below->rank != t->rank ||
        below->n_elements != t->n_elements ||
        (const char *)below->data != (const char *)t->data + bytes)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%s' of layer %.*s: expected %s of the "
                          "same type and size right behind it, found '%s'",
                          out->path, row->name, (int)layer.n, layer.s,
                          row->below, below != NULL ? below->name : "nothing");
    t->shape[0] *= 2;
    t->n_elements *= 2;
    return BERTH_OK;
}

/* A tensor that is not known would change the results, were it left out. Moves
 * *i past it, and past one that is stacked below it. */
static enum berth_status
translate_tensor(const struct berth_gguf *file, size_t *i,
                 const struct berth_gguf_architecture *arch,
                 struct berth_weight_file *out, struct berth_error *err)
{
    const struct berth_tensor *tensor = &file->tensors[(*i)++];
    size_t n;
    const char *end = end_of(tensor->name, &n);
    const struct berth_gguf_name *row = arch->names;
    struct berth_gguf_text layer;

    while (row->name != NULL && !matches(row->name, tensor->name, n, &layer))
        row++;
    if (row->name == NULL)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%s': expected one of %s as it is known "
                          "here, found another, which is not supported",
                          out->path, tensor->name, arch->name);
    if (row->hf == NULL)
        return BERTH_OK;
    enum berth_status status =
        add(out, tensor, translate(row->hf, layer, end), err);
    if (status != BERTH_OK || row->below == NULL)
        return status;
    const bool last = (*i)++ == file->n_tensors;
    return stack(out, last ? NULL : tensor + 1, row, layer, err);
}

static enum berth_status translate_all(const struct berth_gguf *file,
                                       struct berth_weight_file *out,
                                       struct berth_error *err)
{
    const struct berth_gguf_architecture *arch = NULL;
    enum berth_status status = berth_gguf_architecture(file, &arch, err);

    out->header = json_array();
    out->tensors = calloc(file->n_tensors + 1, sizeof(*out->tensors));
    if (out->header == NULL || out->tensors == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          out->path);
    for (size_t i = 0; status == BERTH_OK && i < file->n_tensors;)
        status = translate_tensor(file, &i, arch, out, err);
    return status;
}

enum berth_status berth_gguf_weights(const struct berth_folder *folder,
                                     const char *name,
                                     struct berth_tensor_set *set,
                                     struct berth_error *err)
{
    struct berth_gguf file = {0};

    set->no_head = ": GGUF files have none: take the folder with "
                   "model.safetensors that this one was made from";
    enum berth_status status = berth_weight_files(set, 1, err);

    if (status == BERTH_OK)
        status = berth_gguf_open(folder, name, &file, err);
    if (status == BERTH_OK) {
        struct berth_weight_file *out = &set->files[0];

        out->path = file.path;
        out->blob = file.blob;
        status = translate_all(&file, out, err);
        file.path = NULL;
        file.blob = (struct berth_blob){0};
    }
    berth_gguf_close(&file);
    return status;
}
