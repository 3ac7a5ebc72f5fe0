/*
 * save_weights.c - which tensors of a set are written, under which names and in
 * which precision.
 */
#include "models/save_weights.h"

#include "lib/status.h"
#include "models/files/safetensors_save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct save {
    const struct berth_model *model;
    const struct berth_tensor_set *set; /* the encoder's, or a module's */
    struct berth_error *err;
};

static enum berth_status fail_memory(const struct save *s)
{
    return berth_fail(s->err, BERTH_ERR_MEMORY, "%s: out of memory",
                      s->model->path);
}

/* The tensors of a set that are written. */
struct plan {
    const struct berth_tensor *tensors; /* (n_tensors) all there are */
    size_t n_tensors;
    bool *i8;                        /* (n_tensors) in 8 bits */
    struct berth_saved_tensor *list; /* (n) */
    size_t n;
    char **names; /* (n_names) owned ones */
    size_t n_names;
};

static void drop_plan(struct plan *p)
{
    for (size_t i = 0; i < p->n_names; i++)
        free(p->names[i]);
    free(p->names);
    free(p->list);
    free(p->i8);
}

static bool is_equal(const struct save *s, const struct berth_tensor *a,
                     const struct berth_tensor *b)
{
    return a != NULL && b != NULL && a->rank == b->rank &&
           memcmp(a->shape, b->shape, a->rank * sizeof(a->shape[0])) == 0 &&
           berth_tensor_is_float(a) && berth_tensor_is_float(b) &&
           berth_tensor_equal(a, b, &s->model->kernels);
}

/* Whether a step of a head has tensor t twice, which transformers makes of the
 * other one: the decoder's matrix of the tokens', its bias of the head's. */
static bool is_tied_in(const struct save *s, const struct berth_step_row *row,
                       const struct berth_tensor *t)
{
    const size_t n = strlen(row->linear);

    if (!row->tied || strncmp(t->name, row->linear, n) != 0)
        return false;
    if (strcmp(t->name + n, ".weight") == 0)
        return is_equal(s, t, s->model->weights.tokens);
    return row->bias != NULL && strcmp(t->name + n, ".bias") == 0 &&
           is_equal(s, t, berth_tensor_find(s->model->tensors, row->bias));
}

static bool is_tied(const struct save *s, const struct berth_tensor *t)
{
    const struct berth_config *config = &s->model->config;
    const struct berth_head_row *head = config->family->heads;

    for (; config->tie_word_embeddings && head->steps != NULL; head++) {
        const struct berth_step_row *row = head->steps;

        for (; row->linear != NULL; row++) {
            if (is_tied_in(s, row, t))
                return true;
        }
    }
    return false;
}

/* The names of old files, from TensorFlow, and those of today. */
static const struct {
    const char *old, *now;
} leaves[] = {{"LayerNorm.gamma", "LayerNorm.weight"},
              {"LayerNorm.beta", "LayerNorm.bias"}};

enum {
    N_LEAVES = sizeof(leaves) / sizeof(leaves[0])
};

/* name with another end: *out owned, NULL where it has not the end from. */
static enum berth_status with_end(const struct save *s, const char *name,
                                  const char *from, const char *to, char **out)
{
    const size_t n = strlen(name), end = strlen(from);

    *out = NULL;
    if (n < end || strcmp(name + n - end, from) != 0)
        return BERTH_OK;
    if (asprintf(out, "%.*s%s", (int)(n - end), name, to) >= 0)
        return BERTH_OK;
    *out = NULL;
    return fail_memory(s);
}

/* A file with both names has the norm's numbers under the old one. */
static enum berth_status is_outdone(const struct save *s,
                                    const struct berth_tensor *t, bool *outdone)
{
    enum berth_status status = BERTH_OK;

    *outdone = false;
    for (size_t i = 0; status == BERTH_OK && !*outdone && i < N_LEAVES; i++) {
        char *old;

        status = with_end(s, t->name, leaves[i].now, leaves[i].old, &old);
        *outdone = old != NULL && berth_tensor_find(s->set, old) != NULL;
        free(old);
    }
    return status;
}

static enum berth_status plan_tensor(const struct save *s, struct plan *p,
                                     size_t i)
{
    const struct berth_tensor *t = &p->tensors[i];
    const enum berth_precision precision = s->model->weights.precision;
    struct berth_saved_tensor *saved = &p->list[p->n++];
    enum berth_status status = BERTH_OK;

    *saved = (struct berth_saved_tensor){t, t->name, precision};
    if (precision == BERTH_PRECISION_I8 && !p->i8[i])
        saved->precision = BERTH_PRECISION_STORED;
    for (size_t k = 0; status == BERTH_OK && k < N_LEAVES; k++) {
        char *now;

        status = with_end(s, t->name, leaves[k].old, leaves[k].now, &now);
        if (now != NULL)
            saved->name = p->names[p->n_names++] = now;
    }
    return status;
}

/* Those that are written, into a file of this folder. position_ids and the
 * like, which no model computes with, are not. */
static enum berth_status save_plan(const struct save *s, struct plan *p,
                                   struct berth_new_folder *to,
                                   const char *name)
{
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < p->n_tensors; i++) {
        const struct berth_tensor *t = &p->tensors[i];
        bool outdone = false;

        if (!berth_tensor_is_float(t) ||
            (s->set == s->model->tensors && is_tied(s, t)))
            continue;
        status = is_outdone(s, t, &outdone);
        if (status == BERTH_OK && !outdone)
            status = plan_tensor(s, p, i);
    }
    return status == BERTH_OK
               ? berth_safetensors_save(to, name, p->list, p->n,
                                        &s->model->kernels, s->err)
               : status;
}

static enum berth_status start_plan(const struct save *s, struct plan *p)
{
    p->tensors = berth_tensor_set_list(s->set, &p->n_tensors);
    p->i8 = calloc(p->n_tensors + 1, sizeof(*p->i8));
    p->list = calloc(p->n_tensors + 1, sizeof(*p->list));
    p->names = calloc(p->n_tensors + 1, sizeof(*p->names));
    return p->i8 != NULL && p->list != NULL && p->names != NULL
               ? BERTH_OK
               : fail_memory(s);
}

static bool has_part(const struct berth_linear *linear,
                     const struct berth_tensor *t)
{
    size_t i = 0;

    while (i < linear->source.n_parts && linear->source.parts[i] != t)
        i++;
    return i < linear->source.n_parts;
}

/* Whether a layer's matrix is also computed with as it is: keys of distances
 * may be made by what makes keys of tokens. */
static bool is_shared(const struct berth_model *model,
                      const struct berth_linear *linear)
{
    const struct berth_weights *w = &model->weights;
    bool shared = false;

    for (size_t i = 0; i < berth_config_layers(&model->config); i++) {
        for (size_t k = 0; k < linear->source.n_parts; k++) {
            const struct berth_tensor *t = linear->source.parts[k];

            shared = shared || has_part(&w->layers[i].distance_keys, t) ||
                     has_part(&w->layers[i].distance_queries, t);
        }
    }
    return shared;
}

/* The layers that are computed with in 8 bits; the other tensors stay as they
 * are. */
static void mark_i8(const struct berth_model *model, struct plan *p)
{
    for (size_t i = 0; i < model->n_linears; i++) {
        const struct berth_linear *linear = model->linears[i];

        if (linear->format != BERTH_FORMAT_I8 || is_shared(model, linear))
            continue;
        for (size_t k = 0; k < linear->source.n_parts; k++)
            p->i8[linear->source.parts[k] - p->tensors] = true;
    }
}

/* What transformers calls the type that holds the numbers of all: it rounds
 * them to that. */
static const char *common_dtype(const struct plan *p)
{
    static const char *const names[][2] = {{"F16", "\"float16\""},
                                           {"BF16", "\"bfloat16\""},
                                           {"F64", "\"float64\""}};
    const char *common = NULL;

    for (size_t i = 0; i < p->n; i++) {
        const char *name = berth_saved_dtype(&p->list[i])->name;

        if (strcmp(name, "I8") == 0 ||
            (common != NULL && strcmp(common, name) == 0))
            continue;
        if (common != NULL)
            return "\"float32\"";
        common = name;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (common != NULL && strcmp(common, names[i][0]) == 0)
            return names[i][1];
    }
    return "\"float32\"";
}

enum berth_status berth_save_weights(const struct berth_model *model,
                                     const struct berth_tensor_set *set,
                                     struct berth_new_folder *to,
                                     const char *name, const char **dtype,
                                     struct berth_error *err)
{
    const struct save s = {model, set, err};
    struct plan p = {0};
    enum berth_status status = start_plan(&s, &p);

    if (status == BERTH_OK && set == model->tensors)
        mark_i8(model, &p);
    if (status == BERTH_OK)
        status = save_plan(&s, &p, to, name);
    if (dtype != NULL)
        *dtype = common_dtype(&p);
    drop_plan(&p);
    return status;
}
