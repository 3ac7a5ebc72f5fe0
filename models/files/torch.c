/*
 * torch.c - where a file of torch.save() has its pickle and its storages, in
 * either of its forms:
 *
 * - a zip archive, since 1.6: NAME/data.pkl, NAME/data/KEY for each storage;
 * - before: pickles of a magic number, a version and facts of the machine, of
 *   the weights, of the list of keys; then for each key eight bytes with the
 *   number of elements, and these.
 */
#include "models/files/torch.h"
#include "lib/status.h"
#include "models/files/torch_tensors.h"
#include "models/files/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ zip archives */

enum {
    NAME_MAX_SIZE = 512,    /* of an entry that is looked for */
    MAX_PICKLE = 100000000, /* as the header of safetensors */
};

/* A zip archive whose pickle is known. */
struct archive {
    struct berth_zip zip;
    const char *top; /* "NAME/" before all names; not terminated */
    size_t top_size;
};

/* An entry below the archive's folder; NULL: there is none. */
static struct berth_zip_entry *find_below(const struct archive *a,
                                          const char *folder, const void *name,
                                          size_t size)
{
    char path[NAME_MAX_SIZE];

    if (a->top_size + strlen(folder) + size >= sizeof(path))
        return NULL;
    snprintf(path, sizeof(path), "%.*s%s%.*s", (int)a->top_size, a->top, folder,
             (int)size, (const char *)name);
    return berth_zip_find(&a->zip, path);
}

/* The pickle is the first entry NAME/data.pkl, whatever the name. */
static struct berth_zip_entry *find_pickle(struct archive *a)
{
    static const char name[] = "/data.pkl";
    const size_t n = sizeof(name) - 1;

    for (size_t i = 0; i < a->zip.n; i++) {
        struct berth_zip_entry *e = &a->zip.entries[i];

        if (e->name_size > n &&
            memcmp(e->name + e->name_size - n, name, n) == 0 &&
            memchr(e->name, '/', e->name_size - n) == NULL) {
            a->top = e->name;
            a->top_size = e->name_size - n + 1;
            return e;
        }
    }
    return NULL;
}

static enum berth_status check_archive(const struct archive *a,
                                       const char *path,
                                       struct berth_error *err)
{
    static const char little[] = "little";
    struct berth_zip_entry *order = find_below(a, "", "byteorder", 9);
    const unsigned char *word = NULL;
    enum berth_status status = BERTH_OK;

    if (find_below(a, "", "constants.pkl", 13) != NULL)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected weights, found a program of "
                          "torch.jit.save(): torch.save(model.state_dict()) "
                          "writes weights alone",
                          path);
    if (order != NULL)
        status = berth_zip_read(&a->zip, order, &word, err);
    if (status == BERTH_OK && order != NULL &&
        (order->size != sizeof(little) - 1 ||
         memcmp(word, little, order->size) != 0))
        status = berth_fail(err, BERTH_ERR_UNSUPPORTED,
                            "%s: byteorder: expected little, found another: "
                            "torch.load() and torch.save() on a usual machine "
                            "write little",
                            path);
    return status;
}

/* Says where the storage of each tensor is. */
static enum berth_status locate(const struct archive *a,
                                const struct berth_torch_tensors *list,
                                const char *path, struct berth_error *err)
{
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < list->n; i++) {
        struct berth_torch_storage *s = list->all[i].tensor->storage;
        const int shown = s->key_size < 40 ? (int)s->key_size : 40;
        struct berth_zip_entry *e;

        if (s->data != NULL)
            continue;
        e = find_below(a, "data/", s->key, s->key_size);
        if (e == NULL || e->size < s->size)
            return berth_fail(err, BERTH_ERR_FORMAT,
                              "%s: expected an entry 'data/%.*s' of %zu bytes, "
                              "found %s",
                              path, shown, (const char *)s->key, s->size,
                              e == NULL ? "none" : "a shorter one");
        status = berth_zip_read(&a->zip, e, &s->data, err);
    }
    return status;
}

/* What was inflated stays as long as the tensors. */
static enum berth_status keep_inflated(struct berth_zip *zip,
                                       struct berth_weight_file *file,
                                       struct berth_error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < zip->n; i++)
        n += zip->entries[i].inflated.data != NULL;
    file->unpacked = calloc(n + 1, sizeof(*file->unpacked));
    if (file->unpacked == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          file->path);
    for (size_t i = 0; i < zip->n; i++) {
        struct berth_blob *blob = &zip->entries[i].inflated;

        if (blob->data == NULL)
            continue;
        file->unpacked[file->n_unpacked++] = *blob;
        *blob = (struct berth_blob){0};
    }
    return BERTH_OK;
}

static enum berth_status read_pickled(struct archive *a,
                                      struct berth_zip_entry *pickle,
                                      struct berth_weight_file *file,
                                      struct berth_error *err)
{
    struct berth_pickle p = {.size = pickle->size, .err = err};
    struct berth_torch_tensors list = {0};
    struct berth_pickle_value top;
    char *name = NULL;
    enum berth_status status =
        pickle->size > MAX_PICKLE
            ? berth_fail(err, BERTH_ERR_FORMAT,
                         "%s: data.pkl: expected at most %d bytes, found %zu",
                         file->path, MAX_PICKLE, pickle->size)
            : berth_zip_read(&a->zip, pickle, &p.data, err);

    if (status == BERTH_OK && asprintf(&name, "%s: data.pkl", file->path) < 0) {
        name = NULL;
        status =
            berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", file->path);
    }
    p.file = name;
    if (status == BERTH_OK)
        status = berth_pickle_load(&p, &top);
    if (status == BERTH_OK)
        status = berth_torch_list(&p, &top, &list);
    if (status == BERTH_OK)
        status = locate(a, &list, file->path, err);
    if (status == BERTH_OK)
        status = keep_inflated(&a->zip, file, err);
    if (status == BERTH_OK)
        status = berth_torch_fill(&list, file, err);
    free(list.all);
    berth_pickle_free(&p);
    free(name);
    return status;
}

static enum berth_status read_zip(struct berth_weight_file *file,
                                  struct berth_error *err)
{
    struct archive a = {0};
    struct berth_zip_entry *pickle = NULL;
    enum berth_status status =
        berth_zip_open(&file->blob, file->path, &a.zip, err);

    if (status == BERTH_OK) {
        pickle = find_pickle(&a);
        if (pickle == NULL)
            status = berth_fail(err, BERTH_ERR_FORMAT,
                                "%s: expected an entry NAME/data.pkl of "
                                "torch.save(), found a zip archive without it",
                                file->path);
    }
    if (status == BERTH_OK)
        status = check_archive(&a, file->path, err);
    if (status == BERTH_OK)
        status = read_pickled(&a, pickle, file, err);
    berth_zip_close(&a.zip);
    return status;
}

/* ------------------------------------------------------- files before 1.6 */

/* The pickle of 0x1950a86a20f9469cfc6c. */
static const unsigned char magic[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c,
                                      0xfc, 0x9c, 0x46, 0xf9, 0x20,
                                      0x6a, 0xa8, 0x50, 0x19, '.'};

enum {
    VERSION = 1001,
    COUNT = 8 /* bytes of the number of elements */
};

static int compare_keys(const struct berth_torch_storage *a,
                        const struct berth_torch_storage *b)
{
    const size_t n = a->key_size < b->key_size ? a->key_size : b->key_size;
    const int order = a->key != b->key ? memcmp(a->key, b->key, n) : 0;

    return order != 0
               ? order
               : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

static int by_key(const void *a, const void *b)
{
    const struct berth_torch_storage *const *x = a, *const *y = b;

    return compare_keys(*x, *y);
}

/* All storages that were named, by key; those of one key are one in the file.
 */
static enum berth_status sort_storages(const struct berth_pickle *p,
                                       struct berth_torch_storage ***out)
{
    struct berth_torch_storage **list =
        calloc(p->n_storages + 1, sizeof(*list));
    size_t n = 0;

    *out = list;
    if (list == NULL)
        return berth_fail(p->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          p->file);
    for (struct berth_torch_storage *s = p->storages; s != NULL; s = s->next)
        list[n++] = s;
    qsort(list, n, sizeof(*list), by_key);
    return BERTH_OK;
}

static enum berth_status fail_storage(const struct berth_pickle *p,
                                      const struct berth_torch_storage *s,
                                      const char *expected, const char *found)
{
    const int shown = s->key_size < 40 ? (int)s->key_size : 40;

    return berth_fail(p->err, BERTH_ERR_FORMAT,
                      "%s: byte %zu: storage '%.*s': expected %s, found %s",
                      p->file, p->at, shown, (const char *)s->key, expected,
                      found);
}

/* The first storage of a key; NULL: none. */
static struct berth_torch_storage **
find_key(struct berth_torch_storage **list, size_t n,
         const struct berth_torch_storage *key)
{
    struct berth_torch_storage **at =
        n > 0 ? bsearch(&key, list, n, sizeof(*list), by_key) : NULL;

    while (at != NULL && at > list && compare_keys(at[-1], key) == 0)
        at--;
    return at;
}

/* The numbers of one key lie at p->at. */
static enum berth_status locate_key(struct berth_pickle *p,
                                    const struct berth_pickle_value *key,
                                    struct berth_torch_storage **list)
{
    const struct berth_torch_storage wanted = {.key = key->text,
                                               .key_size = key->size};
    struct berth_torch_storage **s = NULL, **end = list + p->n_storages;
    uint64_t count = 0;

    if (key->kind == BERTH_PICKLE_TEXT)
        s = find_key(list, p->n_storages, &wanted);
    if (s == NULL || (*s)->data != NULL)
        return berth_pickle_fail(p, "each key of a storage once",
                                 "another list of keys");
    if (p->size - p->at < COUNT)
        return fail_storage(p, *s, "its size", "the end of the file");
    for (size_t i = 0; i < COUNT; i++)
        count |= (uint64_t)p->data[p->at + i] << (8 * i);
    if (count != (*s)->n)
        return fail_storage(p, *s, "as many elements as its tensors say",
                            "another number");
    p->at += COUNT;
    if (p->size - p->at < (*s)->size)
        return fail_storage(p, *s, "all its elements", "the end of the file");
    for (const size_t size = (*s)->size;
         s < end && compare_keys(*s, &wanted) == 0; s++) {
        if ((*s)->size != size)
            return fail_storage(p, *s, "one size of it", "two");
        (*s)->data = p->data + p->at;
    }
    p->at += s[-1]->size;
    return BERTH_OK;
}

static enum berth_status locate_all(struct berth_pickle *p,
                                    const struct berth_pickle_value *keys)
{
    struct berth_torch_storage **list = NULL;
    enum berth_status status = BERTH_OK;

    if (keys->kind != BERTH_PICKLE_LIST)
        return berth_pickle_fail(p, "the list of the keys of storages",
                                 berth_pickle_describe(keys));
    status = sort_storages(p, &list);
    for (const struct berth_pickle_item *i = keys->list->first;
         status == BERTH_OK && i != NULL; i = i->next)
        status = locate_key(p, &i->value, list);
    for (size_t i = 0; status == BERTH_OK && i < p->n_storages; i++) {
        if (list[i]->data == NULL)
            status = fail_storage(p, list[i], "it in the list of keys",
                                  "it only in a tensor");
    }
    free(list);
    return status;
}

/* The five pickles, and what follows. */
static enum berth_status read_old(struct berth_weight_file *file,
                                  struct berth_error *err)
{
    struct berth_pickle p = {.file = file->path,
                             .data = file->blob.data,
                             .size = file->blob.size,
                             .at = sizeof(magic),
                             .err = err};
    struct berth_torch_tensors list = {0};
    struct berth_pickle_value value, top;
    enum berth_status status = berth_pickle_load(&p, &value);

    if (status == BERTH_OK &&
        (value.kind != BERTH_PICKLE_NUMBER || value.number != VERSION))
        status = berth_pickle_fail(&p, "version 1001 of the form",
                                   berth_pickle_describe(&value));
    if (status == BERTH_OK) /* the sizes of C's types, long ago */
        status = berth_pickle_load(&p, &value);
    if (status == BERTH_OK)
        status = berth_pickle_load(&p, &top);
    if (status == BERTH_OK)
        status = berth_torch_list(&p, &top, &list);
    if (status == BERTH_OK)
        status = berth_pickle_load(&p, &value);
    if (status == BERTH_OK)
        status = locate_all(&p, &value);
    if (status == BERTH_OK)
        status = berth_torch_fill(&list, file, err);
    free(list.all);
    berth_pickle_free(&p);
    return status;
}

/* ------------------------------------------------------------- both forms */

static bool begins(const struct berth_blob *blob, const void *with, size_t n)
{
    return blob->size >= n && memcmp(blob->data, with, n) == 0;
}

enum berth_status berth_torch_read(struct berth_weight_file *file,
                                   struct berth_error *err)
{
    if (begins(&file->blob, "PK\3\4", 4))
        return read_zip(file, err);
    if (begins(&file->blob, magic, sizeof(magic)))
        return read_old(file, err);
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: expected a file of torch.save(), which begins as a "
                      "zip archive or, before PyTorch 1.6, with its magic "
                      "number, found another beginning",
                      file->path);
}

enum berth_status berth_torch_open(const struct berth_folder *folder,
                                   const char *name,
                                   struct berth_tensor_set *set,
                                   struct berth_error *err)
{
    return berth_weight_open(folder, name, berth_torch_read, set, err);
}

enum berth_status berth_torch_open_index(const struct berth_folder *folder,
                                         const char *index,
                                         struct berth_tensor_set *set,
                                         struct berth_error *err)
{
    return berth_weight_open_shards(folder, index, berth_torch_read, set, err);
}
