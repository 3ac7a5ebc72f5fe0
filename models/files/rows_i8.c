/*
 * rows_i8.c - tensors in 8 bits find their scales and sums in the file.
 */
#include "models/files/rows_i8.h"

#include "lib/kernels/pack.h"
#include "lib/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What belongs to a tensor, and what shape it must have. */
struct beside {
    const char *suffix;
    size_t rows, columns; /* columns 0: a vector */
};

static int by_name(const void *a, const void *b)
{
    const struct berth_tensor *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* A file may have very many tensors: they are found by name in a sorted list.
 */
struct names {
    struct berth_tensor **list;
    size_t n;
};

static struct berth_tensor *find(const struct names *names, const char *name)
{
    const struct berth_tensor key = {.name = name}, *at = &key;
    struct berth_tensor **found =
        bsearch(&at, names->list, names->n, sizeof(*names->list), by_name);

    return found != NULL ? *found : NULL;
}

static enum berth_status find_beside(const struct names *names,
                                     const struct berth_tensor *t,
                                     const struct beside *want,
                                     struct berth_tensor **out,
                                     struct berth_error *err)
{
    char *name = NULL;

    if (asprintf(&name, "%s%s", t->name, want->suffix) < 0)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", t->file);
    struct berth_tensor *found = find(names, name);

    free(name);
    if (found == NULL)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%.100s': expected '%.100s%s' beside it, "
                          "found none",
                          t->file, t->name, t->name, want->suffix);
    if (strcmp(found->dtype->name, "F32") != 0)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: tensor '%.100s': expected F32, found %s",
                          t->file, found->name, found->dtype->name);
    const bool vector = want->columns == 0;

    if (found->rank != (vector ? 1 : 2) || found->shape[0] != want->rows ||
        (!vector && found->shape[1] != want->columns))
        return berth_fail(err, BERTH_ERR_SHAPE,
                          "%s: tensor '%.100s': expected %zu rows of %zu for "
                          "the shape of '%.100s', found another shape, of %zu "
                          "numbers",
                          t->file, found->name, want->rows,
                          vector ? 1 : want->columns, t->name,
                          found->n_elements);
    *out = found;
    return BERTH_OK;
}

static enum berth_status join(const struct names *names, struct berth_tensor *t,
                              struct berth_error *err)
{
    if (t->rank < 2 || t->n_elements == 0)
        return berth_fail(err, BERTH_ERR_SHAPE,
                          "%s: tensor '%.100s': expected rows of I8, found "
                          "%zu numbers of rank %zu",
                          t->file, t->name, t->n_elements, t->rank);
    const size_t rows = t->shape[0];
    const struct beside scale = {BERTH_ROWS_I8_SCALE, rows,
                                 berth_i8_groups(t->n_elements / rows)};
    const struct beside sum = {BERTH_ROWS_I8_SUM, rows, 0};
    struct berth_tensor *scales = NULL, *sums = NULL;
    enum berth_status status = find_beside(names, t, &scale, &scales, err);

    if (status == BERTH_OK)
        status = find_beside(names, t, &sum, &sums, err);
    if (status != BERTH_OK)
        return status;
    t->scales = scales->data;
    t->sums = sums->data;
    scales->dtype = sums->dtype = NULL; /* taken */
    return BERTH_OK;
}

/* What was taken leaves the file's list. */
static void drop_taken(struct berth_weight_file *file)
{
    size_t kept = 0;

    for (size_t i = 0; i < file->n_tensors; i++) {
        if (file->tensors[i].dtype != NULL)
            file->tensors[kept++] = file->tensors[i];
    }
    file->n_tensors = kept;
}

/* An F32 tensor is beside one I8 tensor at most: a suffix has one name before
 * it. So none is looked at after it was taken. */
static enum berth_status join_all(struct berth_weight_file *file,
                                  struct berth_error *err)
{
    struct names names = {calloc(file->n_tensors + 1, sizeof(*names.list)),
                          file->n_tensors};
    enum berth_status status = BERTH_OK;

    if (names.list == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          file->path);
    for (size_t i = 0; i < names.n; i++)
        names.list[i] = &file->tensors[i];
    qsort(names.list, names.n, sizeof(*names.list), by_name);
    for (size_t i = 0; status == BERTH_OK && i < names.n; i++) {
        struct berth_tensor *t = &file->tensors[i];

        if (t->dtype != NULL && strcmp(t->dtype->name, "I8") == 0)
            status = join(&names, t, err);
    }
    free(names.list);
    if (status == BERTH_OK)
        drop_taken(file);
    return status;
}

enum berth_status berth_rows_i8_join(struct berth_weight_file *file,
                                     struct berth_error *err)
{
    const char *version = json_string_value(json_object_get(
        json_object_get(file->header, "__metadata__"), BERTH_ROWS_I8_KEY));

    if (version == NULL)
        return BERTH_OK;
    if (strcmp(version, BERTH_ROWS_I8_VERSION) != 0)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '" BERTH_ROWS_I8_KEY
                          "': expected \"" BERTH_ROWS_I8_VERSION
                          "\", found \"%.20s\", which is not supported: a "
                          "newer berth wrote this file",
                          file->path, version);
    return join_all(file, err);
}

void berth_rows_i8_read(const struct berth_tensor *tensor, size_t first,
                        size_t n, float *out)
{
    const size_t size = tensor->n_elements / tensor->shape[0];
    const size_t groups = berth_i8_groups(size);
    const int8_t *q = tensor->data;
    const char *scales = tensor->scales;

    for (size_t i = 0; i < n; i++) {
        const size_t row = (first + i) / size, k = (first + i) % size;
        float scale;

        memcpy(&scale,
               scales + (row * groups + k / BERTH_I8_GROUP) * sizeof(scale),
               sizeof(scale));
        out[i] = (float)q[first + i] * scale;
    }
}
