/*
 * safetensors_save.c - header and tensors of a safetensors file. In the file
 * are entries; a tensor is one, or three in 8 bits.
 */
#include "models/files/safetensors_save.h"

#include "lib/json.h"
#include "lib/kernels/pack.h"
#include "lib/status.h"
#include "models/files/rows_i8.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 1 << 18, /* numbers that are read, changed and written at once */
    ALIGN = 64       /* of the first tensor: a cache line */
};

struct writer {
    struct berth_new_folder *folder;
    const struct berth_kernels *kernels;
    struct berth_error *err;
    float *floats; /* (room) */
    char *bytes;   /* (4 room) */
    size_t room;   /* PIECE, or a row of what is written by rows */
    float *scales; /* of a row, (room groups) */
};

struct entry {
    const struct berth_saved_tensor *saved;
    const char *suffix; /* after its name */
    const char *dtype;
    size_t element; /* bytes */
    size_t rank;
    size_t shape[BERTH_TENSOR_MAX_RANK];
    enum berth_status (*put)(struct writer *w, const struct entry *e);
};

/* ---------------------------------------------------------------- contents */

static enum berth_status put(struct writer *w, const void *data, size_t size)
{
    return berth_new_folder_write(w->folder, data, size, w->err);
}

static size_t piece_of(size_t left, size_t most)
{
    return left < most ? left : most;
}

/* As the file has it. */
static enum berth_status put_bytes(struct writer *w, const struct entry *e)
{
    const struct berth_tensor *t = e->saved->tensor;
    enum berth_status status = BERTH_OK;

    for (size_t i = 0, n; status == BERTH_OK && i < t->n_elements; i += n) {
        n = piece_of(t->n_elements - i, 8 * (size_t)PIECE);
        status = put(w, (const char *)t->data + i * e->element, n * e->element);
        berth_tensor_release(t, i, n);
    }
    return status;
}

static enum berth_status put_floats(struct writer *w, const struct entry *e)
{
    const struct berth_tensor *t = e->saved->tensor;
    const enum berth_format format = berth_dtype_find(e->dtype)->format;
    enum berth_status status = BERTH_OK;

    for (size_t i = 0, n; status == BERTH_OK && i < t->n_elements; i += n) {
        n = piece_of(t->n_elements - i, PIECE);
        berth_tensor_read(t, w->kernels, BERTH_PRECISION_F32, i, n, w->floats);
        berth_tensor_release(t, i, n);
        if (format == BERTH_FORMAT_F16)
            w->kernels->narrow_f16(w->floats, w->bytes, n);
        else if (format == BERTH_FORMAT_BF16)
            w->kernels->narrow_bf16(w->floats, w->bytes, n);
        status =
            put(w, format == BERTH_FORMAT_F32 ? (void *)w->floats : w->bytes,
                n * e->element);
    }
    return status;
}

/* What was in 8 bits already. */
static enum berth_status put_scales(struct writer *w, const struct entry *e)
{
    return put(w, e->saved->tensor->scales,
               e->shape[0] * e->shape[1] * e->element);
}

static enum berth_status put_sums(struct writer *w, const struct entry *e)
{
    return put(w, e->saved->tensor->sums, e->shape[0] * e->element);
}

/* ------------------------------------------------------------------ 8 bits */

/* A row in 8 bits: q in w->bytes, its scales in w->scales; returns its sum. */
static float quantize_row(struct writer *w, const struct berth_tensor *t,
                          size_t row, size_t size)
{
    int8_t *q = (int8_t *)w->bytes;

    berth_tensor_read(t, w->kernels, BERTH_PRECISION_F32, row * size, size,
                      w->floats);
    return berth_quantize_row_i8(w->kernels, w->floats, size, q, w->scales);
}

/* Rows are quantised once for each of their three entries, rather than kept:
 * the scales of a large model take as much as a layer of it. */
static enum berth_status put_rows(struct writer *w, const struct entry *e,
                                  const void *of_row, size_t bytes_of_row)
{
    const struct berth_tensor *t = e->saved->tensor;
    const size_t rows = t->shape[0], size = t->n_elements / rows;
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < rows; i++) {
        const float sum = quantize_row(w, t, i, size);

        status = put(w, of_row != NULL ? of_row : &sum, bytes_of_row);
        if (i % 256 == 255)
            berth_tensor_release(t, (i - 255) * size, 256 * size);
    }
    berth_tensor_release(t, 0, t->n_elements);
    return status;
}

static enum berth_status put_q_rows(struct writer *w, const struct entry *e)
{
    return put_rows(w, e, w->bytes, e->saved->tensor->n_elements / e->shape[0]);
}

static enum berth_status put_scale_rows(struct writer *w, const struct entry *e)
{
    return put_rows(w, e, w->scales, e->shape[1] * sizeof(float));
}

static enum berth_status put_sum_rows(struct writer *w, const struct entry *e)
{
    return put_rows(w, e, NULL, sizeof(float));
}

/* ----------------------------------------------------------------- entries */

const struct berth_dtype *
berth_saved_dtype(const struct berth_saved_tensor *saved)
{
    static const char *const names[] = {
        [BERTH_PRECISION_F32] = "F32",
        [BERTH_PRECISION_F16] = "F16",
        [BERTH_PRECISION_BF16] = "BF16",
        [BERTH_PRECISION_I8] = "I8",
    };
    const struct berth_dtype *own = saved->tensor->dtype;

    if (saved->precision != BERTH_PRECISION_STORED)
        return berth_dtype_find(names[saved->precision]);
    /* A block of numbers that share a scale is no type of safetensors; float64
     * that lies apart is rare, and is read as float32. */
    return own->widen != NULL && own->block_elements == 1 &&
                   (!saved->tensor->strided ||
                    own->block_bytes <= sizeof(float))
               ? own
               : berth_dtype_find("F32");
}

static size_t list_i8(const struct berth_saved_tensor *saved, struct entry *out)
{
    const struct berth_tensor *t = saved->tensor;
    const size_t rows = t->shape[0];
    const bool ready = t->scales != NULL;

    out[0] = (struct entry){.saved = saved,
                            .suffix = "",
                            .dtype = "I8",
                            .element = 1,
                            .rank = t->rank,
                            .put = ready ? put_bytes : put_q_rows};
    memcpy(out[0].shape, t->shape, sizeof(t->shape));
    out[1] =
        (struct entry){.saved = saved,
                       .suffix = BERTH_ROWS_I8_SCALE,
                       .dtype = "F32",
                       .element = sizeof(float),
                       .rank = 2,
                       .shape = {rows, berth_i8_groups(t->n_elements / rows)},
                       .put = ready ? put_scales : put_scale_rows};
    out[2] = (struct entry){.saved = saved,
                            .suffix = BERTH_ROWS_I8_SUM,
                            .dtype = "F32",
                            .element = sizeof(float),
                            .rank = 1,
                            .shape = {rows},
                            .put = ready ? put_sums : put_sum_rows};
    return 3;
}

static size_t list_entries(const struct berth_saved_tensor *saved,
                           struct entry *out)
{
    const struct berth_tensor *t = saved->tensor;
    const struct berth_dtype *dtype = berth_saved_dtype(saved);

    if (saved->precision == BERTH_PRECISION_I8)
        return list_i8(saved, out);
    *out = (struct entry){.saved = saved,
                          .suffix = "",
                          .dtype = dtype->name,
                          .element = dtype->block_bytes,
                          .rank = t->rank,
                          .put = dtype == t->dtype && !t->strided ? put_bytes
                                                                  : put_floats};
    memcpy(out->shape, t->shape, sizeof(t->shape));
    return 1;
}

/* Large elements first, as the safetensors library has it: so each is where
 * its size divides. */
static int by_size(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int names = strcmp(x->saved->name, y->saved->name);

    if (x->element != y->element)
        return x->element > y->element ? -1 : 1;
    return names != 0 ? names : strcmp(x->suffix, y->suffix);
}

/* ------------------------------------------------------------------ header */

static size_t size_of(const struct entry *e)
{
    size_t n = e->element;

    for (size_t i = 0; i < e->rank; i++)
        n *= e->shape[i];
    return n;
}

static bool add_entry(json_t *header, const struct entry *e, size_t begin)
{
    json_t *shape = json_array();
    bool ok = shape != NULL;
    char *name = NULL;

    for (size_t i = 0; ok && i < e->rank; i++)
        ok = json_array_append_new(shape,
                                   json_integer((json_int_t)e->shape[i])) == 0;
    if (!ok || asprintf(&name, "%s%s", e->saved->name, e->suffix) < 0) {
        json_decref(shape);
        return false;
    }
    ok = json_object_set_new(header, name,
                             json_pack("{s:s, s:o, s:[I, I]}", "dtype",
                                       e->dtype, "shape", shape, "data_offsets",
                                       (json_int_t)begin,
                                       (json_int_t)(begin + size_of(e)))) == 0;
    free(name);
    return ok;
}

/* What the file is: "format": "pt" is what transformers asks for. */
static json_t *make_metadata(const struct entry *entries, size_t n)
{
    bool i8 = false;

    for (size_t i = 0; i < n; i++)
        i8 = i8 || strcmp(entries[i].dtype, "I8") == 0;
    return i8 ? json_pack("{s:s}", BERTH_ROWS_I8_KEY, BERTH_ROWS_I8_VERSION)
              : json_pack("{s:s}", "format", "pt");
}

static json_t *make_header(const struct entry *entries, size_t n)
{
    json_t *header = json_object();
    bool ok = json_object_set_new(header, "__metadata__",
                                  make_metadata(entries, n)) == 0;
    size_t at = 0;

    for (size_t i = 0; ok && i < n; i++) {
        ok = add_entry(header, &entries[i], at);
        at += size_of(&entries[i]);
    }
    if (ok)
        return header;
    json_decref(header);
    return NULL;
}

/* Its length, the JSON, and blanks up to where tensors begin. */
static enum berth_status put_header(struct writer *w, const char *json)
{
    const size_t size = strlen(json);
    const size_t whole = (8 + size + ALIGN - 1) / ALIGN * ALIGN;
    const size_t length = whole - 8;
    char blanks[ALIGN];
    unsigned char prefix[8];

    for (size_t i = 0; i < sizeof(prefix); i++)
        prefix[i] = (unsigned char)((uint64_t)length >> (8 * i));
    memset(blanks, ' ', sizeof(blanks));
    enum berth_status status = put(w, prefix, sizeof(prefix));
    if (status == BERTH_OK)
        status = put(w, json, size);
    return status == BERTH_OK ? put(w, blanks, length - size) : status;
}

/* -------------------------------------------------------------------- file */

static enum berth_status fail_memory(const char *name, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
}

/* 70000 is beyond float16, and would be infinite in the file. */
static enum berth_status check_range(const struct writer *w,
                                     const struct berth_saved_tensor *saved)
{
    const struct berth_tensor *t = saved->tensor;
    double value;
    size_t at;

    if (!berth_tensor_intact(t, w->kernels))
        return berth_fail(w->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected the CRC-32C of its index, "
                          "found another: the file is damaged, get it again",
                          t->file, t->name);
    if (saved->precision == BERTH_PRECISION_STORED ||
        berth_tensor_fits(t, w->kernels, saved->precision, &value, &at))
        return BERTH_OK;
    return berth_fail(w->err, BERTH_ERR_FORMAT,
                      "%s: tensor '%s': expected numbers that %s holds, found "
                      "%g, which is beyond it",
                      t->file, t->name, berth_precision_words(saved->precision),
                      value);
}

static enum berth_status put_file(struct writer *w, const char *name,
                                  const struct entry *entries, size_t n)
{
    json_t *header = make_header(entries, n);
    char *json = header != NULL ? json_dumps(header, JSON_COMPACT) : NULL;
    enum berth_status status =
        json != NULL ? berth_new_folder_begin(w->folder, name, w->err)
                     : fail_memory(name, w->err);

    if (status == BERTH_OK)
        status = put_header(w, json);
    for (size_t i = 0; status == BERTH_OK && i < n; i++)
        status = entries[i].put(w, &entries[i]);
    if (status == BERTH_OK)
        status = berth_new_folder_end(w->folder, w->err);
    free(json);
    json_decref(header);
    return status;
}

/* Numbers that are in memory at once: a piece, or the longest row. */
static size_t room_for(const struct entry *entries, size_t n)
{
    size_t room = PIECE;

    for (size_t i = 0; i < n; i++) {
        const struct berth_tensor *t = entries[i].saved->tensor;
        const size_t row =
            entries[i].put == put_q_rows ? t->n_elements / t->shape[0] : 0;

        if (row > room)
            room = row;
    }
    return room;
}

enum berth_status berth_safetensors_save(struct berth_new_folder *folder,
                                         const char *name,
                                         const struct berth_saved_tensor *list,
                                         size_t n,
                                         const struct berth_kernels *kernels,
                                         struct berth_error *err)
{
    struct entry *entries = calloc(3 * n + 1, sizeof(*entries));
    struct writer w = {.folder = folder, .kernels = kernels, .err = err};
    enum berth_status status = BERTH_OK;
    size_t n_entries = 0;

    for (size_t i = 0; entries != NULL && i < n; i++)
        n_entries += list_entries(&list[i], entries + n_entries);
    w.room = room_for(entries, n_entries);
    w.floats = calloc(w.room, sizeof(*w.floats));
    w.bytes = calloc(w.room, sizeof(float));
    w.scales = calloc(berth_i8_groups(w.room), sizeof(*w.scales));
    if (entries == NULL || w.floats == NULL || w.bytes == NULL ||
        w.scales == NULL)
        status = fail_memory(name, err);
    for (size_t i = 0; status == BERTH_OK && i < n; i++)
        status = check_range(&w, &list[i]);
    if (status == BERTH_OK) {
        qsort(entries, n_entries, sizeof(*entries), by_size);
        status = put_file(&w, name, entries, n_entries);
    }
    free(entries);
    free(w.floats);
    free(w.bytes);
    free(w.scales);
    return status;
}
