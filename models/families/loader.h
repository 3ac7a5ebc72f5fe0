/*
 * loader.h - tensors of a file become parts of a model: found, checked, and
 * small ones widened.
 *
 * A loader runs twice over the same calls: once to add up the memory
 * (counting), once to fill it.
 */
#ifndef MODELS_FAMILIES_LOADER_H
#define MODELS_FAMILIES_LOADER_H

#include "models/families/weights.h"

enum {
    BERTH_NAME_SIZE = 160
};

struct berth_loader {
    const struct berth_tensor_set *set;
    const struct berth_config *config;
    const struct berth_kernels *kernels;
    enum berth_precision precision;
    const char *prefix; /* "bert.", "distilbert." or "" */
    bool counting;
    size_t bytes;                     /* added up */
    const struct berth_tensor *words; /* once they are checked */
    /* Of the masked-LM head, once it is known; NULL: not yet. */
    const struct berth_tensor *decoder;
    struct berth_arena *arena;
    struct berth_error *err;
};

/* A linear layer: up to three of (n_out, n_in), stacked. */
struct berth_linear_source {
    const char *weights[BERTH_PARTS_MAX]; /* full names of the tensors */
    const char *biases[BERTH_PARTS_MAX];
    size_t n_parts;
    size_t n_out;
    size_t n_in;
    enum berth_precision precision;
};

/* Pieces of the arena: NULL while counting. */
void *berth_loader_take(struct berth_loader *l, size_t n, size_t element);

bool berth_loader_has(const struct berth_loader *l, const char *name);

/*
 * berth_loader_check - a float tensor of rows x columns (columns 0: a vector).
 * Errors: BERTH_ERR_FORMAT (missing, no float), BERTH_ERR_SHAPE.
 */
enum berth_status berth_loader_check(struct berth_loader *l, const char *name,
                                     size_t rows, size_t columns,
                                     const struct berth_tensor **out);

/* berth_load_floats - such a tensor in float32. */
enum berth_status berth_load_floats(struct berth_loader *l, const char *name,
                                    size_t rows, size_t columns,
                                    const float **out);

/* berth_load_norm - base.weight and base.bias, or their old names. */
enum berth_status berth_load_norm(struct berth_loader *l, const char *base,
                                  struct berth_norm *out);

/* berth_load_linear - where the weights are and in which format they will be
 * packed; biases are read. */
enum berth_status berth_load_linear(struct berth_loader *l,
                                    const struct berth_linear_source *source,
                                    struct berth_linear *out);

#endif
