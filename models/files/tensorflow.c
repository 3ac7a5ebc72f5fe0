/*
 * tensorflow.c - the index of a checkpoint, a table of messages of protobuf:
 *
 *     ""        BundleHeaderProto: shards, endianness, version
 *     variable  BundleEntryProto: type, shape, shard, offset, bytes, sum
 *
 * (tensor_bundle.proto, tensor_shape.proto and types.proto of TensorFlow.)
 */
#include "models/files/tensorflow.h"

#include "lib/status.h"
#include "models/files/leveldb.h"
#include "models/files/tensorflow_names.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_SHARDS = 1,
    HEADER_ENDIANNESS = 2,
    HEADER_VERSION = 3,
    VERSION_MIN_CONSUMER = 2,
    ENTRY_TYPE = 1,
    ENTRY_SHAPE = 2,
    ENTRY_SHARD = 3,
    ENTRY_OFFSET = 4,
    ENTRY_SIZE = 5,
    ENTRY_SUM = 6,
    ENTRY_SLICES = 7,
    SHAPE_DIM = 2,
    DIM_SIZE = 1,
    SHARDS_MAX = 10000,
    NAME_SIZE = BERTH_LEVELDB_KEY_MAX + 64
};

/* DT_FLOAT ... of types.proto. */
static const struct type {
    uint64_t number;
    const char *dtype;
} types[] = {
    {1, "F32"},  {2, "F64"},  {3, "I32"},  {4, "U8"},    {5, "I16"},
    {6, "I8"},   {8, "C64"},  {9, "I64"},  {10, "BOOL"}, {14, "BF16"},
    {17, "U16"}, {19, "F16"}, {22, "U32"}, {23, "U64"},
};

/* A variable, as the index has it. */
struct entry {
    uint64_t type, shard, offset, size;
    size_t rank, shape[BERTH_TENSOR_MAX_RANK];
    uint32_t sum;
    bool summed, sliced;
};

/* The index is gone through twice: to count what each shard has, and to list
 * it. */
struct bundle {
    const struct berth_folder *folder;
    const char *name;
    struct berth_tensor_set *set;
    struct berth_blob blob;          /* the index, until the set has it */
    struct berth_weight_file *index; /* owns the names; NULL: no header yet */
    size_t n_shards;
    bool listing;
};

static enum berth_status fail_memory(const char *path, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", path);
}

static enum berth_status fail_entry(const struct bundle *b, const char *key,
                                    const char *expected,
                                    struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: tensor '%.100s': expected %s, found something else",
                      b->set->path, key, expected);
}

/* BundleHeaderProto; version 1 is the only one there has been. */
struct header {
    uint64_t n_shards, endianness, version;
};

static bool read_version(const struct berth_field *f, struct header *out)
{
    struct berth_message m = berth_field_message(f);
    struct berth_field inner;

    while (m.at < m.end) {
        if (!berth_message_field(&m, &inner))
            return false;
        if (inner.key == BERTH_FIELD(VERSION_MIN_CONSUMER, BERTH_WIRE_VARINT))
            out->version = inner.value;
    }
    return true;
}

static bool parse_header(struct berth_message m, struct header *out)
{
    struct berth_field f;
    bool ok = true;

    while (ok && m.at < m.end) {
        ok = berth_message_field(&m, &f);
        if (!ok)
            break;
        if (f.key == BERTH_FIELD(HEADER_SHARDS, BERTH_WIRE_VARINT))
            out->n_shards = f.value;
        else if (f.key == BERTH_FIELD(HEADER_ENDIANNESS, BERTH_WIRE_VARINT))
            out->endianness = f.value;
        else if (f.key == BERTH_FIELD(HEADER_VERSION, BERTH_WIRE_BYTES))
            ok = read_version(&f, out);
    }
    return ok;
}

static enum berth_status read_header(struct bundle *b,
                                     const struct berth_leveldb_entry *entry,
                                     struct berth_error *err)
{
    const char *path = b->set->path;
    struct header header = {.n_shards = 0};

    if (entry->n > 0 || !parse_header(entry->value, &header))
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected the header of a checkpoint first, "
                          "found '%.100s'",
                          path, entry->key);
    if (header.endianness != 0)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a little-endian checkpoint, found a "
                          "big-endian one, which is not supported",
                          path);
    if (header.version > 1)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a checkpoint of version 1, found "
                          "version %" PRIu64,
                          path, header.version);
    if (header.n_shards == 0 || header.n_shards > SHARDS_MAX)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected 1 to %d shards, found %" PRIu64, path,
                          SHARDS_MAX, header.n_shards);
    b->n_shards = (size_t)header.n_shards;
    return BERTH_OK;
}

static bool read_dim(const struct berth_field *f, struct entry *out)
{
    struct berth_message m = berth_field_message(f);
    struct berth_field inner;
    uint64_t size = 0;

    while (m.at < m.end) {
        if (!berth_message_field(&m, &inner))
            return false;
        if (inner.key == BERTH_FIELD(DIM_SIZE, BERTH_WIRE_VARINT))
            size = inner.value;
    }
    if (out->rank == BERTH_TENSOR_MAX_RANK || size > SIZE_MAX / 2)
        return false;
    out->shape[out->rank++] = (size_t)size;
    return true;
}

static bool read_shape(const struct berth_field *f, struct entry *out)
{
    struct berth_message m = berth_field_message(f);
    struct berth_field inner;

    while (m.at < m.end) {
        if (!berth_message_field(&m, &inner))
            return false;
        if (inner.key == BERTH_FIELD(SHAPE_DIM, BERTH_WIRE_BYTES) &&
            !read_dim(&inner, out))
            return false;
    }
    return true;
}

static bool parse_entry(struct berth_message m, struct entry *out)
{
    struct berth_field f;

    while (m.at < m.end) {
        if (!berth_message_field(&m, &f))
            return false;
        if (f.key == BERTH_FIELD(ENTRY_TYPE, BERTH_WIRE_VARINT))
            out->type = f.value;
        else if (f.key == BERTH_FIELD(ENTRY_SHARD, BERTH_WIRE_VARINT))
            out->shard = f.value;
        else if (f.key == BERTH_FIELD(ENTRY_OFFSET, BERTH_WIRE_VARINT))
            out->offset = f.value;
        else if (f.key == BERTH_FIELD(ENTRY_SIZE, BERTH_WIRE_VARINT))
            out->size = f.value;
        else if (f.key == BERTH_FIELD(ENTRY_SLICES, BERTH_WIRE_BYTES))
            out->sliced = true;
        else if (f.key == BERTH_FIELD(ENTRY_SUM, BERTH_WIRE_4_BYTES)) {
            out->summed = true;
            out->sum = (uint32_t)f.value;
        } else if (f.key == BERTH_FIELD(ENTRY_SHAPE, BERTH_WIRE_BYTES) &&
                   !read_shape(&f, out))
            return false;
    }
    return true;
}

static enum berth_status read_entry(const struct bundle *b,
                                    const struct berth_leveldb_entry *e,
                                    struct entry *out, struct berth_error *err)
{
    if (!parse_entry(e->value, out))
        return fail_entry(b, e->key, "a type, a shape and a place", err);
    if (out->sliced)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%.100s': expected it whole, found it in "
                          "slices (a partitioned variable), which is not "
                          "supported",
                          b->set->path, e->key);
    if (out->shard >= b->n_shards)
        return fail_entry(b, e->key, "one of the shards", err);
    return BERTH_OK;
}

static enum berth_status set_dtype(const struct bundle *b, const char *key,
                                   const struct entry *entry,
                                   struct berth_tensor *t,
                                   struct berth_error *err)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (types[i].number == entry->type)
            t->dtype = berth_dtype_find(types[i].dtype);
    }
    if (t->dtype != NULL)
        return BERTH_OK;
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: tensor '%.100s': expected numbers, found type "
                      "%" PRIu64 " of TensorFlow, which is not supported",
                      b->set->path, key, entry->type);
}

/* Kernels are (inputs, outputs) there, and (outputs, inputs) here. */
static void transpose(struct berth_tensor *t)
{
    const size_t n_in = t->shape[0], n_out = t->shape[1];

    t->shape[0] = n_out;
    t->shape[1] = n_in;
    t->strided = n_in > 1 && n_out > 1;
    t->strides[0] = 1;
    t->strides[1] = n_out;
}

/* Shape times type, what the index says, and the file must agree. */
static enum berth_status place(const struct bundle *b, const char *key,
                               const struct entry *entry,
                               struct berth_tensor *t, struct berth_error *err)
{
    const struct berth_weight_file *file = &b->set->files[entry->shard];
    size_t n = 1, need;

    for (size_t i = 0; i < entry->rank; i++) {
        if (!berth_mul(n, entry->shape[i], &n))
            return fail_entry(b, key, "a shape that fits in memory", err);
    }
    if (!berth_mul(n, t->dtype->block_bytes, &need) || need != entry->size)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%.100s': expected as many bytes as its "
                          "shape has numbers of %s, found %" PRIu64,
                          b->set->path, key, t->dtype->name, entry->size);
    if (entry->offset > file->blob.size ||
        entry->size > file->blob.size - entry->offset)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%.100s': expected %" PRIu64
                          " bytes from byte %" PRIu64 " on, found a file of "
                          "%zu: the file is not whole, get it again",
                          file->path, key, entry->size, entry->offset,
                          file->blob.size);
    t->file = file->path;
    t->rank = entry->rank;
    memcpy(t->shape, entry->shape, sizeof(t->shape));
    t->n_elements = n;
    t->data = n > 0 ? (const void *)(file->blob.data + entry->offset) : "";
    t->summed = entry->summed;
    t->sum = entry->sum;
    return BERTH_OK;
}

/* The names are keys of an object, which also says whether two variables have
 * the same. */
static enum berth_status keep_name(const struct bundle *b, const char *key,
                                   const char *name, const char **out,
                                   struct berth_error *err)
{
    json_t *names = b->index->header;

    if (json_object_get(names, name) != NULL)
        return fail_entry(b, key, "a variable of another name", err);
    if (json_object_set_new(names, name, json_null()) != 0)
        return fail_memory(b->set->path, err);
    *out = json_object_iter_key(json_object_iter_at(names, name));
    return BERTH_OK;
}

static enum berth_status list_tensor(const struct bundle *b, const char *key,
                                     const char *name, bool transposed,
                                     const struct entry *entry,
                                     struct berth_error *err)
{
    struct berth_weight_file *file = &b->set->files[entry->shard];
    struct berth_tensor *t = &file->tensors[file->n_tensors];
    enum berth_status status = keep_name(b, key, name, &t->name, err);

    if (status == BERTH_OK)
        status = set_dtype(b, key, entry, t, err);
    if (status == BERTH_OK)
        status = place(b, key, entry, t, err);
    if (status != BERTH_OK)
        return status;
    if (transposed && t->rank == 2)
        transpose(t);
    file->n_tensors++;
    return BERTH_OK;
}

/* The header, which comes first. From here on the set has the index. */
static enum berth_status start(struct bundle *b,
                               const struct berth_leveldb_entry *e,
                               struct berth_error *err)
{
    enum berth_status status = read_header(b, e, err);

    if (status == BERTH_OK)
        status = berth_weight_files(b->set, b->n_shards + 1, err);
    if (status != BERTH_OK)
        return status;
    b->index = &b->set->files[b->n_shards];
    *b->index = (struct berth_weight_file){
        .path = strdup(b->set->path), .blob = b->blob, .header = json_object()};
    b->blob = (struct berth_blob){0};
    return b->index->path != NULL && b->index->header != NULL
               ? BERTH_OK
               : fail_memory(b->set->path, err);
}

/* Of what is no weight of BERT, nothing but the name is looked at. */
static enum berth_status visit(void *arg, const struct berth_leveldb_entry *e,
                               struct berth_error *err)
{
    struct bundle *b = arg;
    struct entry entry = {.type = 0};
    char name[NAME_SIZE];
    bool transposed;

    if (b->index == NULL)
        return start(b, e, err);
    const char *other = berth_tensorflow_other(e->key);
    if (other != NULL)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: tensor '%.100s': expected a checkpoint of BERT, "
                          "found one of %s, which is not read: take the model "
                          "in Hugging Face's form",
                          b->set->path, e->key, other);
    if (!berth_tensorflow_name(e->key, name, sizeof(name), &transposed))
        return BERTH_OK;
    enum berth_status status = read_entry(b, e, &entry, err);
    if (status == BERTH_OK && b->listing)
        return list_tensor(b, e->key, name, transposed, &entry, err);
    if (status == BERTH_OK)
        b->set->files[entry.shard].n_tensors++;
    return status;
}

/* A shard that has nothing but slots may be absent. */
static enum berth_status open_shard(const struct bundle *b, size_t i,
                                    struct berth_error *err)
{
    const char *index = berth_folder_origin(b->folder, b->name);
    struct berth_weight_file *file = &b->set->files[i];
    const size_t n = strlen(index) - strlen(".index");
    char name[PATH_MAX];

    if (file->n_tensors == 0)
        return BERTH_OK;
    snprintf(name, sizeof(name), "%.*s.data-%05zu-of-%05zu", (int)n, index, i,
             b->n_shards);
    file->path = berth_weight_path(b->folder, name);
    file->tensors = calloc(file->n_tensors, sizeof(*file->tensors));
    file->n_tensors = 0;
    if (file->path == NULL || file->tensors == NULL)
        return fail_memory(name, err);
    return berth_folder_read(b->folder, name, &file->blob, err);
}

static enum berth_status read_bundle(struct bundle *b, struct berth_error *err)
{
    const struct berth_blob blob = b->blob;
    const char *path = b->set->path;
    size_t n = 0;
    enum berth_status status = berth_leveldb_each(&blob, path, visit, b, err);

    for (size_t i = 0; status == BERTH_OK && i < b->n_shards; i++) {
        n += b->set->files[i].n_tensors;
        status = open_shard(b, i, err);
    }
    if (status == BERTH_OK && n == 0)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a checkpoint of BERT, found none of "
                          "its variables",
                          path);
    b->listing = true;
    return status == BERTH_OK ? berth_leveldb_each(&blob, path, visit, b, err)
                              : status;
}

enum berth_status berth_tensorflow_open(const struct berth_folder *folder,
                                        const char *name,
                                        struct berth_tensor_set *set,
                                        struct berth_error *err)
{
    struct bundle b = {.folder = folder, .name = name, .set = set};
    enum berth_status status = berth_folder_read(folder, name, &b.blob, err);

    if (status == BERTH_OK)
        status = read_bundle(&b, err);
    berth_blob_release(&b.blob);
    return status;
}
