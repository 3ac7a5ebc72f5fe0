/*
 * loader.c - finding and checking tensors. One function loads a model twice, so
 * that the memory that is counted and the memory that is filled cannot differ.
 */
#include "models/families/loader.h"
#include "lib/status.h"
#include "models/files/tensor.h"

#include <stdio.h>
#include <string.h>

/* An overflow stays at SIZE_MAX, and the arena then says that memory is out. */
void *berth_loader_take(struct berth_loader *l, size_t n, size_t element)
{
    if (!l->counting)
        return berth_arena_take(l->arena, n, element);
    size_t piece = berth_arena_piece(n, element);
    l->bytes = piece > SIZE_MAX - l->bytes ? SIZE_MAX : l->bytes + piece;
    return NULL;
}

enum berth_status
berth_loader_run(struct berth_loader *l,
                 enum berth_status (*load)(struct berth_loader *l, void *arg),
                 void *arg)
{
    l->counting = true;
    l->bytes = 0;
    enum berth_status status = load(l, arg);

    if (status == BERTH_OK)
        status = berth_arena_reserve(l->arena, l->bytes, l->err);
    l->counting = false;
    return status == BERTH_OK ? load(l, arg) : status;
}

static void print_shape(char *buf, size_t size, const size_t *shape,
                        size_t rank)
{
    size_t used = (size_t)snprintf(buf, size, "[");

    for (size_t i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%zu",
                                 i == 0 ? "" : ", ", shape[i]);
    if (used < size)
        snprintf(buf + used, size - used, "]");
}

static enum berth_status wrong_shape(struct berth_loader *l,
                                     const struct berth_tensor *t,
                                     const size_t *want, size_t rank)
{
    char expected[64], found[128];

    print_shape(expected, sizeof(expected), want, rank);
    print_shape(found, sizeof(found), t->shape, t->rank);
    return berth_fail(l->err, BERTH_ERR_SHAPE,
                      "%s: tensor '%s': expected shape %s by config.json, "
                      "found %s",
                      t->file, t->name, expected, found);
}

/* 70000 is beyond float16 (65504) and would become infinite, and then every
 * result NaN. Numbers are looked at once, while counting. */
static enum berth_status check_numbers(struct berth_loader *l,
                                       const struct berth_tensor *t)
{
    double value;
    size_t at;

    if (l->counting && !berth_tensor_intact(t, l->kernels))
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected the CRC-32C of its index, "
                          "found another: the file is damaged, get it again",
                          t->file, t->name);
    if (!l->counting ||
        berth_tensor_fits(t, l->kernels, l->precision, &value, &at))
        return BERTH_OK;
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: tensor '%s': expected numbers that %s holds, found "
                      "%g, which is beyond it",
                      t->file, t->name, berth_precision_words(l->precision),
                      value);
}

static enum berth_status check(struct berth_loader *l, const char *name,
                               const size_t *want, size_t rank,
                               const struct berth_tensor **out)
{
    const struct berth_tensor *t = berth_tensor_find(l->set, name);

    if (t == NULL)
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: expected a tensor '%s', found none",
                          berth_tensor_set_path(l->set), name);
    if (t->rank != rank || memcmp(t->shape, want, rank * sizeof(*want)) != 0)
        return wrong_shape(l, t, want, rank);
    if (!berth_tensor_is_float(t))
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: tensor '%s': expected F32, F16, BF16 or F64, "
                          "found %s",
                          t->file, t->name, t->dtype->name);
    *out = t;
    return check_numbers(l, t);
}

enum berth_status berth_loader_check(struct berth_loader *l, const char *name,
                                     size_t rows, size_t columns,
                                     const struct berth_tensor **out)
{
    const size_t shape[] = {rows, columns};

    return check(l, name, shape, columns == 0 ? 1 : 2, out);
}

static enum berth_status check_weight(struct berth_loader *l,
                                      const struct berth_linear_source *source,
                                      size_t part,
                                      const struct berth_tensor **out)
{
    const size_t n_in = source->n_in, taps = source->taps;
    const size_t shape[] = {source->n_out[part], taps > 0 ? n_in / taps : n_in,
                            taps};

    return check(l, source->weights[part], shape, taps > 0 ? 3 : 2, out);
}

enum berth_status berth_load_floats(struct berth_loader *l, const char *name,
                                    size_t rows, size_t columns,
                                    const float **out)
{
    const struct berth_tensor *t;
    enum berth_status status = berth_loader_check(l, name, rows, columns, &t);

    if (status != BERTH_OK)
        return status;
    float *data = berth_loader_take(l, t->n_elements, sizeof(*data));
    if (!l->counting)
        berth_tensor_read(t, l->kernels, l->precision, 0, t->n_elements, data);
    *out = data;
    return BERTH_OK;
}

/* BERT of 2018 wrote "LayerNorm.gamma" and "LayerNorm.beta", from TensorFlow;
 * many checkpoints still do. */
static enum berth_status load_norm_part(struct berth_loader *l,
                                        const char *base, const char *leaf,
                                        const char *old, bool may_lack,
                                        size_t n, const float **out)
{
    char name[BERTH_NAME_SIZE];

    snprintf(name, sizeof(name), "%s.%s", base, old);
    if (berth_tensor_find(l->set, name) == NULL)
        snprintf(name, sizeof(name), "%s.%s", base, leaf);
    if (!may_lack || berth_tensor_find(l->set, name) != NULL)
        return berth_load_floats(l, name, n, 0, out);
    *out = berth_loader_take(l, n, sizeof(**out));
    return BERTH_OK;
}

enum berth_status berth_load_norm(struct berth_loader *l, const char *base,
                                  bool bare, struct berth_norm *out)
{
    enum berth_status status =
        load_norm_part(l, base, "weight", "gamma", false, out->n, &out->weight);

    return status == BERTH_OK ? load_norm_part(l, base, "bias", "beta", bare,
                                               out->n, &out->bias)
                              : status;
}

/* One after the other, in the order of the weights: query, key and value are
 * one layer here. */
static enum berth_status load_biases(struct berth_loader *l,
                                     const struct berth_linear_source *source,
                                     struct berth_linear *out)
{
    if (source->biases[0] == NULL)
        return BERTH_OK;
    float *bias = berth_loader_take(l, out->n_out, sizeof(*bias));
    out->bias = bias;
    for (size_t i = 0; i < source->n_parts; i++) {
        const size_t n = source->n_out[i];
        const struct berth_tensor *t;
        enum berth_status status =
            berth_loader_check(l, source->biases[i], n, 0, &t);
        if (status != BERTH_OK)
            return status;
        if (!l->counting)
            berth_tensor_read(t, l->kernels, l->precision, 0, n, bias);
        bias = bias != NULL ? bias + n : NULL;
    }
    return BERTH_OK;
}

/* The format that all parts have. If they differ, float32, which holds every
 * value of the narrower ones. */
static enum berth_format common_format(const struct berth_stack *stack)
{
    const enum berth_format format = stack->parts[0]->dtype->format;

    for (size_t i = 1; i < stack->n_parts; i++)
        if (stack->parts[i]->dtype->format != format)
            return BERTH_FORMAT_F32;
    if (stack->beside != NULL && stack->beside->dtype->format != format)
        return BERTH_FORMAT_F32;
    return format;
}

enum berth_status berth_load_linear(struct berth_loader *l,
                                    const struct berth_linear_source *source,
                                    struct berth_linear *out)
{
    struct berth_stack *stack = &out->source;
    enum berth_status status = BERTH_OK;

    stack->n_parts = source->n_parts;
    stack->precision = source->precision;
    stack->parts[0] = source->tensor;
    for (size_t i = 0;
         status == BERTH_OK && source->tensor == NULL && i < source->n_parts;
         i++)
        status = check_weight(l, source, i, &stack->parts[i]);
    if (status == BERTH_OK && source->beside != NULL)
        status = berth_loader_check(l, source->beside, source->n_beside,
                                    source->n_out[0], &stack->beside);
    if (status != BERTH_OK)
        return status;
    out->format = berth_format_of(common_format(stack), source->precision);
    out->n_in = source->n_in + (source->beside != NULL ? source->n_beside : 0);
    out->gate = source->gate;
    out->n_out = 0;
    for (size_t i = 0; i < source->n_parts; i++)
        out->n_out += source->n_out[i];
    return load_biases(l, source, out);
}
