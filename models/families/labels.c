/*
 * labels.c - keys of config.json that belong to a head: its labels, what they
 * are for, and which class was saved.
 */
#include "models/families/labels.h"

#include "lib/json.h"
#include "lib/status.h"
#include "models/families/heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LABELS = 1 << 20,
    USUAL_LABELS = 2
};

static const char source[] = "config.json";

struct reader {
    const json_t *root;
    const char *file; /* for messages */
    struct berth_labels *out;
    struct berth_error *err;
};

static enum berth_status no_memory(const struct reader *r)
{
    return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory", r->file);
}

static bool ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), n_end = strlen(end);

    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static enum berth_status read_classes(const struct reader *r)
{
    const json_t *list = json_object_get(r->root, "architectures");
    struct berth_labels *out = r->out;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *class = json_string_value(json_array_get(list, i));

        if (class == NULL)
            continue;
        for (size_t k = 1; k < BERTH_HEAD_KINDS; k++)
            if (berth_head_kinds[k].class != NULL &&
                ends_in(class, berth_head_kinds[k].class))
                out->claimed |= 1u << k;
        out->pretraining |= ends_in(class, "ForPreTraining");
        out->other |= ends_in(class, "ForMultipleChoice");
    }
    return BERTH_OK;
}

static enum berth_status read_problem(const struct reader *r)
{
    static const char *const names[] = {
        [BERTH_PROBLEM_REGRESSION] = "regression",
        [BERTH_PROBLEM_SINGLE_LABEL] = "single_label_classification",
        [BERTH_PROBLEM_MULTI_LABEL] = "multi_label_classification",
    };
    const char *name = "", *activation = NULL;
    bool found;
    enum berth_status status = berth_json_get_string(
        r->root, r->file, "problem_type", &name, &found, r->err);

    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
        if (status == BERTH_OK && strcmp(name, names[i]) == 0) {
            r->out->problem = (enum berth_problem)i;
            r->out->problem_type = names[i];
        }
    /* The second is that of sentence-transformers before 4. */
    if (status == BERTH_OK)
        status = berth_json_get_string(r->root, r->file,
                                       "sentence_transformers.activation_fn",
                                       &activation, &found, r->err);
    if (status == BERTH_OK &&
        berth_json_at(r->root, "sentence_transformers.activation_fn") == NULL)
        status = berth_json_get_string(r->root, r->file,
                                       "sbert_ce_default_activation_function",
                                       &activation, &found, r->err);
    if (status != BERTH_OK || activation == NULL)
        return status;
    r->out->activation = strdup(activation);
    r->out->activation_source = "config.json";
    return r->out->activation != NULL ? BERTH_OK : no_memory(r);
}

/* Label i of id2label; NULL: "LABEL_i". */
static enum berth_status read_name(const struct reader *r, const json_t *labels,
                                   size_t i, char **out)
{
    char key[32], found[80];
    const char *name = key;

    if (labels != NULL) {
        snprintf(key, sizeof(key), "%zu", i);
        const json_t *value = json_object_get(labels, key);
        name = json_string_value(value);
        if (name == NULL || strlen(name) != json_string_length(value))
            return berth_fail(
                r->err, BERTH_ERR_FORMAT,
                "%s: key 'id2label': expected a name for each of 0 to %zu, "
                "found %s for %zu",
                r->file, r->out->n - 1,
                value == NULL
                    ? "none"
                    : berth_json_describe(value, found, sizeof(found)),
                i);
    } else {
        snprintf(key, sizeof(key), "LABEL_%zu", i);
    }
    *out = strdup(name);
    return *out != NULL ? BERTH_OK : no_memory(r);
}

static enum berth_status read_names(const struct reader *r)
{
    const json_t *labels = json_object_get(r->root, "id2label");
    struct berth_labels *out = r->out;
    size_t n = USUAL_LABELS;
    bool counted;
    enum berth_status status = berth_json_get_size(
        r->root, r->file, "num_labels", 1, MAX_LABELS, &n, &counted, r->err);

    if (json_is_null(labels))
        labels = NULL;
    if (status == BERTH_OK && labels != NULL && json_object_size(labels) == 0) {
        char found[80];
        return berth_fail(
            r->err, BERTH_ERR_FORMAT,
            "%s: key 'id2label': expected an object of labels, "
            "found %s",
            r->file,
            json_is_object(labels)
                ? "an empty one"
                : berth_json_describe(labels, found, sizeof(found)));
    }
    if (status != BERTH_OK)
        return status;
    if (counted && json_object_size(labels) != n)
        labels = NULL;
    out->n = labels != NULL ? json_object_size(labels) : n;
    out->found = counted || labels != NULL;
    if (out->problem == BERTH_PROBLEM_SINGLE_LABEL && out->n == 1)
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'problem_type': expected several labels "
                          "with single_label_classification, found one",
                          r->file);
    out->names = calloc(out->n, sizeof(*out->names));
    if (out->names == NULL)
        return no_memory(r);
    for (size_t i = 0; status == BERTH_OK && i < out->n; i++)
        status = read_name(r, labels, i, &out->names[i]);
    return status;
}

static void free_names(struct berth_labels *labels)
{
    for (size_t i = 0; labels->names != NULL && i < labels->n; i++)
        free(labels->names[i]);
    free(labels->names);
    labels->names = NULL;
}

enum berth_status berth_labels_read(const struct berth_folder *folder,
                                    struct berth_labels *out,
                                    struct berth_error *err)
{
    char file[320];
    json_t *root = NULL;
    enum berth_status status = berth_json_read(folder, source, &root, err);
    const struct reader r = {
        .root = root,
        .file = berth_folder_file(folder, source, file, sizeof(file)),
        .out = out,
        .err = err,
    };

    if (status == BERTH_OK)
        status = read_classes(&r);
    if (status == BERTH_OK)
        status = read_problem(&r);
    if (status == BERTH_OK)
        status = read_names(&r);
    if (status != BERTH_OK)
        free_names(out);
    json_decref(root);
    return status;
}

void berth_labels_free(struct berth_labels *labels)
{
    free_names(labels);
    free(labels->activation);
}
