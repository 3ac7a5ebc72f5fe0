/*
 * safetensors.c - the header of a safetensors file, of which everything is
 * checked before it is used. Eight bytes give the header's length,
 * little-endian; then comes JSON; then the tensors:
 * {"cls.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}, ...}
 */
#include "models/files/safetensors.h"

#include "lib/status.h"
#include "models/files/rows_i8.h"

#include <stdlib.h>
#include <string.h>

enum {
    PREFIX = 8,            /* bytes of the header's length */
    MAX_HEADER = 100000000 /* as tensor.rs has it */
};

/* Where a tensor's data is, relative to the end of the header. */
struct span {
    size_t begin, end;
    struct berth_tensor tensor;
};

static enum berth_status fail_value(const char *file, const char *tensor,
                                    const char *expected, const json_t *found,
                                    struct berth_error *err)
{
    char buf[64];

    return berth_fail(
        err, BERTH_ERR_FORMAT, "%s: tensor '%.100s': expected %s, found %s",
        file, tensor, expected, berth_json_describe(found, buf, sizeof(buf)));
}

/* The lengths are compared because a JSON string may hold a NUL: "F32\u0000x"
 * is not F32. */
static enum berth_status read_dtype(const json_t *info, const char *file,
                                    struct berth_tensor *t,
                                    struct berth_error *err)
{
    const json_t *value = json_object_get(info, "dtype");
    const char *name = json_string_value(value);

    t->dtype = name != NULL ? berth_dtype_find(name) : NULL;
    if (t->dtype != NULL && strlen(name) == json_string_length(value) &&
        (t->dtype->block_elements == 1 || t->dtype->widen == NULL))
        return BERTH_OK;
    return fail_value(file, t->name, "a dtype such as \"F32\"", value, err);
}

static enum berth_status read_shape(const json_t *info, const char *file,
                                    struct berth_tensor *t,
                                    struct berth_error *err)
{
    const json_t *shape = json_object_get(info, "shape");
    size_t n = 1;

    if (!json_is_array(shape))
        return fail_value(file, t->name, "an array 'shape'", shape, err);
    t->rank = json_array_size(shape);
    if (t->rank > BERTH_TENSOR_MAX_RANK) {
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%.100s': expected at most %d "
                          "dimensions, found %zu",
                          file, t->name, BERTH_TENSOR_MAX_RANK, t->rank);
    }
    for (size_t i = 0; i < t->rank; i++) {
        const json_t *value = json_array_get(shape, i);

        if (!berth_json_as_size(value, &t->shape[i])) {
            return fail_value(file, t->name, "a size in 'shape'", value, err);
        }
        if (!berth_mul(n, t->shape[i], &n)) {
            return fail_value(file, t->name,
                              "a 'shape' whose product fits in memory", shape,
                              err);
        }
    }
    t->n_elements = n;
    return BERTH_OK;
}

static enum berth_status read_offsets(const json_t *info, const char *file,
                                      struct span *span,
                                      struct berth_error *err)
{
    const json_t *pair = json_object_get(info, "data_offsets");
    const char *name = span->tensor.name;

    if (json_array_size(pair) != 2 ||
        !berth_json_as_size(json_array_get(pair, 0), &span->begin) ||
        !berth_json_as_size(json_array_get(pair, 1), &span->end)) {
        return fail_value(file, name, "two 'data_offsets'", pair, err);
    }
    if (span->end < span->begin) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%.100s': expected ascending "
                          "data_offsets, found [%zu, %zu]",
                          file, name, span->begin, span->end);
    }
    return BERTH_OK;
}

/* Three statements of one size must agree: shape times dtype, the offsets, and,
 * in place(), the file. */
static enum berth_status read_span(const json_t *info, const char *file,
                                   const char *name, struct span *span,
                                   struct berth_error *err)
{
    struct berth_tensor *t = &span->tensor;
    enum berth_status status;
    size_t need;

    *t = (struct berth_tensor){.name = name, .file = file};
    if (!json_is_object(info))
        return fail_value(file, name, "an object", info, err);
    status = read_dtype(info, file, t, err);
    if (status == BERTH_OK)
        status = read_shape(info, file, t, err);
    if (status == BERTH_OK)
        status = read_offsets(info, file, span, err);
    if (status != BERTH_OK)
        return status;
    const struct berth_dtype *d = t->dtype;
    if (!berth_mul(t->n_elements / d->block_elements, d->block_bytes, &need) ||
        t->n_elements % d->block_elements != 0) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%.100s': expected a size in whole "
                          "bytes, found %zu elements of %s",
                          file, name, t->n_elements, d->name);
    }
    if (span->end - span->begin != need) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%.100s': expected %zu bytes for its "
                          "shape and dtype, found %zu between its "
                          "data_offsets",
                          file, name, need, span->end - span->begin);
    }
    return BERTH_OK;
}

static enum berth_status fail_metadata(const json_t *found, const char *file,
                                       struct berth_error *err)
{
    char buf[64];

    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: key '__metadata__': expected an object of strings, "
                      "found %s",
                      file, berth_json_describe(found, buf, sizeof(buf)));
}

/* All of __metadata__ is checked, used or not, because a damaged or forged
 * header may be wrong there first. */
static enum berth_status check_metadata(const json_t *metadata,
                                        const char *file,
                                        struct berth_error *err)
{
    json_t *object = json_object_get(metadata, "__metadata__");
    const char *key;
    json_t *value;

    if (object == NULL || json_is_null(object))
        return BERTH_OK;
    if (!json_is_object(object))
        return fail_metadata(object, file, err);
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value))
            return fail_metadata(value, file, err);
    }
    return BERTH_OK;
}

static enum berth_status read_spans(const struct berth_weight_file *file,
                                    struct span *spans, size_t *n,
                                    struct berth_error *err)
{
    const char *key;
    json_t *value;

    json_object_foreach(file->header, key, value)
    {
        enum berth_status status;

        if (strcmp(key, "__metadata__") == 0)
            continue;
        status = read_span(value, file->path, key, &spans[*n], err);
        if (status != BERTH_OK)
            return status;
        (*n)++;
    }
    return BERTH_OK;
}

static int by_offset(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The tensors must fill the file, one after the other, without gaps. So none
 * can overlap another or end outside the file. */
static enum berth_status place(struct berth_weight_file *file,
                               struct span *spans, size_t n, size_t start,
                               struct berth_error *err)
{
    size_t room = file->blob.size - start;
    size_t at = 0;

    qsort(spans, n, sizeof(*spans), by_offset);
    for (size_t i = 0; i < n; i++) {
        if (spans[i].begin != at) {
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: tensor '%.100s': expected it to begin at "
                              "%zu, where the one before it ends, found %zu",
                              file->path, spans[i].tensor.name, at,
                              spans[i].begin);
        }
        at = spans[i].end;
        if (at > room)
            break;
        spans[i].tensor.data = file->blob.data + start + spans[i].begin;
        file->tensors[i] = spans[i].tensor;
    }
    if (at != room) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected %s%zu bytes of tensors, found %zu%s",
                          file->path, at > room ? "at least " : "", at, room,
                          at > room ? ": it is cut off, get it again" : "");
    }
    file->n_tensors = n;
    return BERTH_OK;
}

/* The header's length, which must fit in the file. */
static enum berth_status read_length(const struct berth_weight_file *file,
                                     size_t *out, struct berth_error *err)
{
    const struct berth_blob *blob = &file->blob;
    uint64_t n = 0;

    if (blob->size < PREFIX) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a safetensors file of at least %d "
                          "bytes, found %zu",
                          file->path, PREFIX, blob->size);
    }
    /* Byte by byte: right on any machine, and the file may be unaligned. */
    for (size_t i = 0; i < PREFIX; i++)
        n |= (uint64_t)blob->data[i] << (8 * i);
    if (n > MAX_HEADER) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a header of at most %d bytes, found a "
                          "length of %llu: not a safetensors file",
                          file->path, MAX_HEADER, (unsigned long long)n);
    }
    if (n > blob->size - PREFIX) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a header of %llu bytes, found only "
                          "%zu in the file",
                          file->path, (unsigned long long)n,
                          blob->size - PREFIX);
    }
    *out = (size_t)n;
    return BERTH_OK;
}

static enum berth_status read_tensors(struct berth_weight_file *file,
                                      size_t start, struct berth_error *err)
{
    size_t n = 0, room = json_object_size(file->header) + 1;
    struct span *spans = calloc(room, sizeof(*spans));
    enum berth_status status;

    file->tensors = calloc(room, sizeof(*file->tensors));
    if (spans == NULL || file->tensors == NULL) {
        status =
            berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", file->path);
        goto out;
    }
    status = check_metadata(file->header, file->path, err);
    if (status == BERTH_OK)
        status = read_spans(file, spans, &n, err);
    if (status == BERTH_OK)
        status = place(file, spans, n, start, err);
out:
    free(spans);
    return status;
}

enum berth_status berth_safetensors_read(struct berth_weight_file *file,
                                         struct berth_error *err)
{
    size_t n = 0;
    enum berth_status status = read_length(file, &n, err);

    if (status == BERTH_OK) {
        status = berth_json_parse(file->blob.data + PREFIX, n, file->path,
                                  &file->header, err);
    }
    if (status != BERTH_OK)
        return status;
    if (!json_is_object(file->header)) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: header: expected an object, found an array",
                          file->path);
    }
    status = read_tensors(file, PREFIX + n, err);
    return status == BERTH_OK ? berth_rows_i8_join(file, err) : status;
}

enum berth_status berth_safetensors_open(const struct berth_folder *folder,
                                         const char *name,
                                         struct berth_tensor_set *set,
                                         struct berth_error *err)
{
    return berth_weight_open(folder, name, berth_safetensors_read, set, err);
}

enum berth_status
berth_safetensors_open_index(const struct berth_folder *folder,
                             const char *index, struct berth_tensor_set *set,
                             struct berth_error *err)
{
    return berth_weight_open_shards(folder, index, berth_safetensors_read, set,
                                    err);
}
