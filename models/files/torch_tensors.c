/*
 * torch_tensors.c - which of the values in a pickle are a model's weights, and
 * what they are called.
 */
#include "models/files/torch_tensors.h"
#include "lib/status.h"

#include <stdlib.h>
#include <string.h>

/* Where programs for training put the weights beside their own values. */
static const char *const inner_dicts[] = {"state_dict", "model_state_dict",
                                          "model"};

/* What DataParallel puts before each name. */
static const char parallel[] = "module.";

enum {
    PARALLEL = sizeof(parallel) - 1
};

static size_t count_tensors(const struct berth_pickle_value *value)
{
    size_t n = 0;

    if (value->kind != BERTH_PICKLE_DICT)
        return 0;
    for (const struct berth_pickle_item *i = value->list->first; i != NULL;
         i = i->next)
        n += i->value.kind == BERTH_PICKLE_TENSOR;
    return n;
}

/* The dict with the tensors: top itself, or one in it. */
static const struct berth_pickle_value *
find_dict(const struct berth_pickle_value *top)
{
    if (top->kind != BERTH_PICKLE_DICT || count_tensors(top) > 0)
        return top;
    for (size_t k = 0; k < sizeof(inner_dicts) / sizeof(inner_dicts[0]); k++) {
        for (const struct berth_pickle_item *i = top->list->first; i != NULL;
             i = i->next) {
            if (berth_pickle_is(&i->key, inner_dicts[k]) &&
                i->value.kind == BERTH_PICKLE_DICT)
                return &i->value;
        }
    }
    return top;
}

static int by_name(const void *a, const void *b)
{
    const struct berth_torch_named *x = a, *y = b;
    const size_t n = x->size < y->size ? x->size : y->size;
    const int order = x->name != y->name ? memcmp(x->name, y->name, n) : 0;

    return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

static enum berth_status fail_name(const struct berth_pickle *p,
                                   const struct berth_torch_named *t,
                                   const char *found)
{
    const int shown = t->size < 100 ? (int)t->size : 100;

    return berth_fail(p->err, BERTH_ERR_FORMAT,
                      "%s: tensor '%.*s': expected a name of its own, found %s",
                      p->file, shown, (const char *)t->name, found);
}

/* Names are copied later: none may be there often, or end early. */
static enum berth_status check_names(const struct berth_pickle *p,
                                     const struct berth_torch_tensors *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct berth_torch_named *t = &list->all[i];

        if (i > 0 && by_name(t - 1, t) == 0)
            return fail_name(p, t, "it twice");
        if (memchr(t->name, '\0', t->size) != NULL)
            return fail_name(p, t, "a NUL in it");
    }
    return BERTH_OK;
}

static void drop_prefix(struct berth_torch_tensors *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->all[i].size <= PARALLEL ||
            memcmp(list->all[i].name, parallel, PARALLEL) != 0)
            return;
    }
    for (size_t i = 0; i < list->n; i++) {
        list->all[i].name += PARALLEL;
        list->all[i].size -= PARALLEL;
    }
}

enum berth_status berth_torch_list(struct berth_pickle *p,
                                   const struct berth_pickle_value *top,
                                   struct berth_torch_tensors *out)
{
    const struct berth_pickle_value *dict = find_dict(top);

    if (dict->kind != BERTH_PICKLE_DICT)
        return berth_fail(p->err, BERTH_ERR_FORMAT,
                          "%s: expected a dict of tensors, found %s: "
                          "torch.save(model.state_dict()) writes one",
                          p->file, berth_pickle_describe(dict));
    out->all = calloc(count_tensors(dict) + 1, sizeof(*out->all));
    if (out->all == NULL)
        return berth_fail(p->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          p->file);
    for (const struct berth_pickle_item *i = dict->list->first; i != NULL;
         i = i->next) {
        if (i->value.kind != BERTH_PICKLE_TENSOR ||
            i->key.kind != BERTH_PICKLE_TEXT)
            continue;
        out->all[out->n++] = (struct berth_torch_named){
            i->key.text, i->key.size, i->value.tensor};
    }
    qsort(out->all, out->n, sizeof(*out->all), by_name);
    drop_prefix(out);
    return check_names(p, out);
}

enum berth_status berth_torch_fill(const struct berth_torch_tensors *list,
                                   struct berth_weight_file *file,
                                   struct berth_error *err)
{
    size_t size = 1, at = 0;

    for (size_t i = 0; i < list->n; i++)
        size += list->all[i].size + 1;
    file->names = malloc(size);
    file->tensors = calloc(list->n + 1, sizeof(*file->tensors));
    if (file->names == NULL || file->tensors == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          file->path);
    for (size_t i = 0; i < list->n; i++) {
        const struct berth_torch_named *named = &list->all[i];
        const struct berth_torch_tensor *t = named->tensor;
        struct berth_tensor *tensor = &file->tensors[i];

        memcpy(file->names + at, named->name, named->size);
        file->names[at + named->size] = '\0';
        *tensor = t->view;
        tensor->name = file->names + at;
        tensor->file = file->path;
        tensor->data = t->storage->data + t->storage->first + t->first;
        at += named->size + 1;
    }
    file->n_tensors = list->n;
    return BERTH_OK;
}
