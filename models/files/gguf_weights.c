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

/* The tensor, or the rows of it that have a name of their own. */
static enum berth_status add(struct berth_weight_file *out,
                             const struct berth_tensor *tensor,
                             const struct berth_gguf_name *row, json_t *name,
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
    if (row->parts == 0)
        return BERTH_OK;
    const size_t parts = (size_t)row->parts, part = (size_t)row->part - 1;
    if (t->shape[0] % parts != 0 ||
        t->n_elements / parts % t->dtype->block_elements != 0)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected a multiple of %d rows, "
                          "found %zu",
                          out->path, tensor->name, row->parts, t->shape[0]);
    t->shape[0] /= parts;
    t->n_elements /= parts;
    t->data = (const char *)tensor->data + part * t->n_elements /
                                               t->dtype->block_elements *
                                               t->dtype->block_bytes;
    return BERTH_OK;
}

/* Each row that matches gives one; a tensor that is not known would change the
 * results, were it left out. */
static enum berth_status
translate_tensor(const struct berth_tensor *tensor,
                 const struct berth_gguf_architecture *arch,
                 struct berth_weight_file *out, struct berth_error *err)
{
    const char *end = strrchr(tensor->name, '.');
    const size_t n = end != NULL ? (size_t)(end - tensor->name) : 0;
    struct berth_gguf_text layer;
    enum berth_status status = BERTH_OK;
    bool known = false;

    for (const struct berth_gguf_name *row = arch->names;
         status == BERTH_OK && row->name != NULL; row++) {
        if (!matches(row->name, tensor->name, n, &layer))
            continue;
        known = true;
        if (row->hf != NULL)
            status = add(out, tensor, row, translate(row->hf, layer, end), err);
    }
    if (status == BERTH_OK && !known)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%s': expected one of %s as it is known "
                          "here, found another, which is not supported",
                          out->path, tensor->name, arch->name);
    return status;
}

enum {
    PARTS_MAX = 3
};

static enum berth_status translate_all(const struct berth_gguf *file,
                                       struct berth_weight_file *out,
                                       struct berth_error *err)
{
    const struct berth_gguf_architecture *arch = NULL;
    enum berth_status status = berth_gguf_architecture(file, &arch, err);

    out->header = json_array();
    out->tensors =
        calloc(PARTS_MAX * file->n_tensors + 1, sizeof(*out->tensors));
    if (out->header == NULL || out->tensors == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          out->path);
    for (size_t i = 0; status == BERTH_OK && i < file->n_tensors; i++)
        status = translate_tensor(&file->tensors[i], arch, out, err);
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
