/*
 * gguf.c - reads a GGUF file: header, keys, what the tensors are.
 *
 * What is read last is checked against what is left of the file, and nothing is
 * allocated for more than could be in it.
 */
#include "models/files/gguf.h"

#include "lib/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = 32, /* where general.alignment is silent */
    ALIGNMENT_MAX = 1 << 16,
    RANK_MAX = 4,
    NAME_MAX_BYTES = 63,
    PAIR_MIN = 8 + 4 + 1,          /* bytes of a key: its length, type, value */
    TENSOR_MIN = 8 + 4 + 8 + 4 + 8 /* of a tensor with one dimension */
};

/* Bytes of a value; 0: it depends. */
static const size_t sizes[] = {
    [BERTH_GGUF_U8] = 1,    [BERTH_GGUF_I8] = 1,   [BERTH_GGUF_U16] = 2,
    [BERTH_GGUF_I16] = 2,   [BERTH_GGUF_U32] = 4,  [BERTH_GGUF_I32] = 4,
    [BERTH_GGUF_F32] = 4,   [BERTH_GGUF_BOOL] = 1, [BERTH_GGUF_STRING] = 0,
    [BERTH_GGUF_ARRAY] = 0, [BERTH_GGUF_U64] = 8,  [BERTH_GGUF_I64] = 8,
    [BERTH_GGUF_F64] = 8,
};

/* The numbers of ggml's types; those that are not in berth_dtype_find() are
 * only named. */
static const char *const dtypes[] = {
    "F32",   "F16",   "Q4_0",    "Q4_1",   NULL,      NULL,    "Q5_0",
    "Q5_1",  "Q8_0",  "Q8_1",    "Q2_K",   "Q3_K",    "Q4_K",  "Q5_K",
    "Q6_K",  "Q8_K",  "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL",
    "IQ3_S", "IQ2_S", "IQ4_XS",  "I8",     "I16",     "I32",   "I64",
    "F64",   "IQ1_M", "BF16",    NULL,     NULL,      NULL,    "TQ1_0",
    "TQ2_0", NULL,    NULL,      NULL,     "MXFP4",
};

/* What is left of a file, and who reads it. */
struct cursor {
    const struct berth_gguf *file;
    size_t at;
    struct berth_error *err;
};

static enum berth_status fail_end(const struct cursor *c, const char *what)
{
    return berth_fail(c->err, BERTH_ERR_FORMAT,
                      "%s: expected %s at byte %zu, found the file's end at "
                      "%zu: it is cut off or damaged",
                      c->file->path, what, c->at, c->file->blob.size);
}

static size_t left(const struct cursor *c)
{
    return c->file->blob.size - c->at;
}

static uint64_t little_endian(const unsigned char *data, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)data[i] << (8 * i);
    return value;
}

static enum berth_status read_integer(struct cursor *c, size_t n,
                                      const char *what, uint64_t *out)
{
    if (left(c) < n)
        return fail_end(c, what);
    *out = little_endian(c->file->blob.data + c->at, n);
    c->at += n;
    return BERTH_OK;
}

/* The count of n items of at least so many bytes each, which must fit. */
static enum berth_status read_count(struct cursor *c, size_t least,
                                    const char *what, size_t *out)
{
    uint64_t n = 0;
    enum berth_status status = read_integer(c, 8, what, &n);

    if (status == BERTH_OK && n > left(c) / least)
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: %s: expected at most %zu, as there is room for, "
                          "found %llu",
                          c->file->path, what, left(c) / least,
                          (unsigned long long)n);
    *out = (size_t)n;
    return status;
}

static enum berth_status read_text(struct cursor *c, const char *what,
                                   struct berth_gguf_text *out)
{
    uint64_t n = 0;
    enum berth_status status = read_integer(c, 8, what, &n);

    if (status == BERTH_OK && n > left(c))
        return fail_end(c, what);
    if (status != BERTH_OK)
        return status;
    out->s = (const char *)c->file->blob.data + c->at;
    out->n = (size_t)n;
    c->at += out->n;
    return BERTH_OK;
}

/* A key in a message: the words of a file are not trusted in their length. */
#define KEY(pair)                                                              \
    (int)((pair)->key.n < 100 ? (pair)->key.n : 100), (pair)->key.s

static enum berth_status read_type(struct cursor *c,
                                   const struct berth_gguf_pair *pair,
                                   bool in_array, enum berth_gguf_type *out)
{
    uint64_t type = 0;
    enum berth_status status = read_integer(c, 4, "the type of a value", &type);

    if (status != BERTH_OK)
        return status;
    if (type >= sizeof(sizes) / sizeof(*sizes) ||
        (in_array && type == BERTH_GGUF_ARRAY))
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: key '%.*s': expected a type from 0 to %zu%s, "
                          "found %llu",
                          c->file->path, KEY(pair),
                          sizeof(sizes) / sizeof(*sizes) - 1,
                          in_array ? " and no array in an array" : "",
                          (unsigned long long)type);
    *out = (enum berth_gguf_type)type;
    return BERTH_OK;
}

/* Walks over the n values of a pair. */
static enum berth_status skip_values(struct cursor *c,
                                     struct berth_gguf_pair *pair)
{
    static const char what[] = "the values of a key";
    struct berth_gguf_text text;
    enum berth_status status = BERTH_OK;

    pair->data = c->file->blob.data + c->at;
    if (pair->type != BERTH_GGUF_STRING) {
        if (pair->n > left(c) / sizes[pair->type])
            return fail_end(c, what);
        c->at += pair->n * sizes[pair->type];
        return BERTH_OK;
    }
    for (size_t i = 0; status == BERTH_OK && i < pair->n; i++)
        status = read_text(c, what, &text);
    return status;
}

static enum berth_status read_pair(struct cursor *c,
                                   struct berth_gguf_pair *pair)
{
    enum berth_status status = read_text(c, "a key", &pair->key);

    pair->n = 1;
    if (status == BERTH_OK)
        status = read_type(c, pair, false, &pair->type);
    if (status == BERTH_OK && pair->type == BERTH_GGUF_ARRAY) {
        pair->is_array = true;
        status = read_type(c, pair, true, &pair->type);
        if (status == BERTH_OK)
            status = read_count(c, 1, "the length of an array", &pair->n);
    }
    return status == BERTH_OK ? skip_values(c, pair) : status;
}

static int compare_texts(struct berth_gguf_text a, struct berth_gguf_text b)
{
    const int order = memcmp(a.s, b.s, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_key(const void *a, const void *b)
{
    const struct berth_gguf_pair *x = a, *y = b;

    return compare_texts(x->key, y->key);
}

static enum berth_status read_pairs(struct cursor *c, struct berth_gguf *file,
                                    size_t n)
{
    enum berth_status status = BERTH_OK;

    file->pairs = calloc(n + 1, sizeof(*file->pairs));
    if (file->pairs == NULL)
        return berth_fail(c->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          file->path);
    for (size_t i = 0; status == BERTH_OK && i < n; i++)
        status = read_pair(c, &file->pairs[i]);
    if (status != BERTH_OK)
        return status;
    file->n_pairs = n;
    qsort(file->pairs, n, sizeof(*file->pairs), by_key);
    for (size_t i = 1; i < n; i++) {
        if (by_key(&file->pairs[i - 1], &file->pairs[i]) == 0)
            return berth_fail(c->err, BERTH_ERR_FORMAT,
                              "%s: key '%.*s': expected it once, found it "
                              "twice",
                              file->path, KEY(&file->pairs[i]));
    }
    return BERTH_OK;
}

/* The name of a tensor, kept for its lifetime. */
static enum berth_status read_name(struct cursor *c, struct berth_gguf *file,
                                   struct berth_tensor *t)
{
    struct berth_gguf_text name;
    enum berth_status status = read_text(c, "the name of a tensor", &name);

    if (status != BERTH_OK)
        return status;
    json_t *kept =
        name.n <= NAME_MAX_BYTES ? json_stringn(name.s, name.n) : NULL;
    if (kept == NULL || memchr(name.s, '\0', name.n) != NULL) {
        json_decref(kept);
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: tensor %zu: expected a name of at most %d "
                          "bytes of UTF-8, found %zu bytes",
                          file->path, file->n_tensors, NAME_MAX_BYTES, name.n);
    }
    if (json_array_append_new(file->names, kept) != 0)
        return berth_fail(c->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          file->path);
    t->name = json_string_value(kept);
    t->file = file->path;
    return BERTH_OK;
}

/* Sizes are stored from the innermost on: Hugging Face has them the other way
 * around. */
static enum berth_status read_shape(struct cursor *c, struct berth_tensor *t)
{
    uint64_t rank = 0;
    enum berth_status status =
        read_integer(c, 4, "the number of dimensions", &rank);

    if (status == BERTH_OK && (rank == 0 || rank > RANK_MAX))
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected 1 to %d dimensions, found "
                          "%llu",
                          t->file, t->name, RANK_MAX, (unsigned long long)rank);
    t->rank = (size_t)rank;
    t->n_elements = 1;
    for (size_t i = t->rank; status == BERTH_OK && i-- > 0;) {
        uint64_t size = 0;

        status = read_integer(c, 8, "a dimension", &size);
        if (status == BERTH_OK &&
            (size > SIZE_MAX ||
             !berth_mul(t->n_elements, (size_t)size, &t->n_elements)))
            return berth_fail(c->err, BERTH_ERR_FORMAT,
                              "%s: tensor '%s': expected dimensions whose "
                              "product fits in memory, found %llu",
                              t->file, t->name, (unsigned long long)size);
        t->shape[i] = (size_t)size;
    }
    return status;
}

/* ggml leaves sizes of 1 at the end out, so that the one token type of a
 * RoBERTa may look like a vector. */
static void restore_row(struct berth_tensor *t)
{
    if (t->rank == 1 && strcmp(t->name, "token_types.weight") == 0) {
        t->shape[1] = t->shape[0];
        t->shape[0] = 1;
        t->rank = 2;
    }
}

static enum berth_status read_dtype(struct cursor *c, struct berth_tensor *t)
{
    uint64_t type = 0;
    enum berth_status status = read_integer(c, 4, "a type", &type);
    const char *name =
        type < sizeof(dtypes) / sizeof(*dtypes) ? dtypes[type] : NULL;

    if (status != BERTH_OK)
        return status;
    t->dtype = name != NULL ? berth_dtype_find(name) : NULL;
    if (t->dtype == NULL)
        return berth_fail(
            c->err, BERTH_ERR_UNSUPPORTED,
            "%s: tensor '%s': expected F32, F16, BF16, Q8_0, "
            "Q4_0 to Q5_1, Q2_K to Q6_K or IQ4_NL, found type %llu%s%s, "
            "which is not supported",
            t->file, t->name, (unsigned long long)type,
            name != NULL ? ", " : "", name != NULL ? name : "");
    const size_t row = t->shape[t->rank - 1];
    if (row % t->dtype->block_elements != 0)
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected rows of a multiple of %zu "
                          "numbers, as %s has them, found %zu",
                          t->file, t->name, t->dtype->block_elements,
                          t->dtype->name, row);
    return BERTH_OK;
}

/* Tensors follow one another, each at the next place that is aligned. *end is
 * where the data ends, from their begin on. */
static enum berth_status read_tensor(struct cursor *c, struct berth_gguf *file,
                                     size_t alignment, size_t *offset,
                                     size_t *end)
{
    struct berth_tensor *t = &file->tensors[file->n_tensors];
    uint64_t found = 0;
    size_t bytes = 0;
    enum berth_status status = read_name(c, file, t);

    if (status == BERTH_OK)
        status = read_shape(c, t);
    if (status == BERTH_OK) {
        restore_row(t);
        status = read_dtype(c, t);
    }
    if (status == BERTH_OK)
        status = read_integer(c, 8, "a tensor's place", &found);
    if (status != BERTH_OK)
        return status;
    const size_t expected = (*end + alignment - 1) / alignment * alignment;
    if (found != expected)
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected it at %zu, after the one "
                          "before it, found %llu",
                          file->path, t->name, expected,
                          (unsigned long long)found);
    if (!berth_mul(t->n_elements / t->dtype->block_elements,
                   t->dtype->block_bytes, &bytes) ||
        expected > file->blob.size || bytes > file->blob.size - expected)
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected %zu numbers of %s, found "
                          "a file of %zu bytes: it is cut off or damaged",
                          file->path, t->name, t->n_elements, t->dtype->name,
                          file->blob.size);
    *offset = expected;
    *end = expected + bytes;
    file->n_tensors++;
    return BERTH_OK;
}

/* Places are checked against the file as soon as it is known where data begins:
 * after what the last tensor is. */
static enum berth_status read_tensors(struct cursor *c, struct berth_gguf *file,
                                      size_t n, size_t alignment)
{
    size_t *offsets = calloc(n + 1, sizeof(*offsets));
    size_t end = 0;
    enum berth_status status = BERTH_OK;

    file->tensors = calloc(n + 1, sizeof(*file->tensors));
    file->names = json_array();
    if (offsets == NULL || file->tensors == NULL || file->names == NULL) {
        status = berth_fail(c->err, BERTH_ERR_MEMORY, "%s: out of memory",
                            file->path);
        goto out;
    }
    for (size_t i = 0; status == BERTH_OK && i < n; i++)
        status = read_tensor(c, file, alignment, &offsets[i], &end);
    if (status != BERTH_OK)
        goto out;
    const size_t start = (c->at + alignment - 1) / alignment * alignment;
    const size_t size = file->blob.size;
    if (end > 0 && (start > size || end > size - start)) {
        status = berth_fail(c->err, BERTH_ERR_FORMAT,
                            "%s: expected at least %zu bytes of tensors, found "
                            "%zu: it is cut off or damaged",
                            file->path, end, start > size ? 0 : size - start);
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        file->tensors[i].data = file->blob.data + start + offsets[i];
out:
    free(offsets);
    return status;
}

/* The version, which shows a file of the other byte order, too. */
static enum berth_status check_version(struct cursor *c)
{
    const struct berth_gguf *file = c->file;
    uint64_t version = 0;

    if (file->blob.size < 4 || memcmp(file->blob.data, "GGUF", 4) != 0)
        return berth_fail(c->err, BERTH_ERR_FORMAT,
                          "%s: expected a file that begins with GGUF, found "
                          "another: it is no GGUF file, or a part of one",
                          file->path);
    c->at = 4;
    enum berth_status status = read_integer(c, 4, "a version", &version);
    if (status != BERTH_OK || version == 2 || version == 3)
        return status;
    if (version != 0 && version % (1 << 24) == 0)
        return berth_fail(c->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a little-endian file, found a "
                          "big-endian one, which is not supported",
                          file->path);
    return berth_fail(c->err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected version 2 or 3 of GGUF, found %llu, which "
                      "is not supported",
                      file->path, (unsigned long long)version);
}

static enum berth_status read_alignment(const struct berth_gguf *file,
                                        size_t *out, struct berth_error *err)
{
    static const char key[] = "general.alignment";
    bool found;
    enum berth_status status = berth_gguf_get_size(file, key, out, &found, err);

    if (status == BERTH_OK &&
        (*out == 0 || *out > ALIGNMENT_MAX || (*out & (*out - 1)) != 0))
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected a power of 2 up to %d, found "
                          "%zu",
                          file->path, key, ALIGNMENT_MAX, *out);
    return status;
}

static enum berth_status read_file(struct berth_gguf *file,
                                   struct berth_error *err)
{
    struct cursor c = {.file = file, .err = err};
    size_t n_tensors = 0, n_pairs = 0, alignment = ALIGNMENT;
    enum berth_status status = check_version(&c);

    if (status == BERTH_OK)
        status =
            read_count(&c, TENSOR_MIN, "the number of tensors", &n_tensors);
    if (status == BERTH_OK)
        status = read_count(&c, PAIR_MIN, "the number of keys", &n_pairs);
    if (status == BERTH_OK)
        status = read_pairs(&c, file, n_pairs);
    if (status == BERTH_OK)
        status = read_alignment(file, &alignment, err);
    return status == BERTH_OK ? read_tensors(&c, file, n_tensors, alignment)
                              : status;
}

enum berth_status berth_gguf_open(const struct berth_folder *folder,
                                  const char *name, struct berth_gguf *out,
                                  struct berth_error *err)
{
    *out = (struct berth_gguf){.path = berth_weight_path(folder, name)};
    if (out->path == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    enum berth_status status = berth_folder_read(folder, name, &out->blob, err);

    return status == BERTH_OK ? read_file(out, err) : status;
}

void berth_gguf_close(struct berth_gguf *file)
{
    free(file->pairs);
    free(file->tensors);
    json_decref(file->names);
    berth_blob_release(&file->blob);
    free(file->path);
    *file = (struct berth_gguf){0};
}
