/*
 * loader.h - tensors of a file become parts of a model: found, checked, and
 * small ones widened.
 *
 * What is loaded is gone through twice: once to add up the memory (counting),
 * once to fill it.
 */
#ifndef MODELS_FAMILIES_LOADER_H
#define MODELS_FAMILIES_LOADER_H

#include "lib/arena.h"
#include "models/files/tensor_set.h"
#include "models/linear/chain.h"

enum {
    BERTH_NAME_SIZE = 160
};

struct berth_loader {
    const struct berth_tensor_set *set;
    const struct berth_kernels *kernels;
    enum berth_precision precision;
    struct berth_arena *arena;
    struct berth_error *err;
    bool counting;
    size_t bytes; /* added up */
};

/* berth_loader_run - load(l, arg) twice, the arena reserved between. Errors:
 * those of load(), BERTH_ERR_MEMORY. */
enum berth_status
berth_loader_run(struct berth_loader *l,
                 enum berth_status (*load)(struct berth_loader *l, void *arg),
                 void *arg);

/* Pieces of the arena: NULL while counting. */
void *berth_loader_take(struct berth_loader *l, size_t n, size_t element);

/*
 * berth_loader_check - a float tensor of rows x columns (columns 0: a vector),
 * whose numbers the precision holds.
 * Errors: BERTH_ERR_FORMAT (missing, no float, too large), BERTH_ERR_SHAPE.
 */
enum berth_status berth_loader_check(struct berth_loader *l, const char *name,
                                     size_t rows, size_t columns,
                                     const struct berth_tensor **out);

/* berth_load_floats - such a tensor in float32. */
enum berth_status berth_load_floats(struct berth_loader *l, const char *name,
                                    size_t rows, size_t columns,
                                    const float **out);

/* berth_load_norm - base.weight and base.bias of out->n, or their old names;
 * bare: the bias may be absent, and then is 0. */
enum berth_status berth_load_norm(struct berth_loader *l, const char *base,
                                  bool bare, struct berth_norm *out);

/* A linear layer: parts of (n_out, n_in), stacked. */
struct berth_linear_source {
    const char *weights[BERTH_PARTS_MAX]; /* full names of the tensors */
    const char *biases[BERTH_PARTS_MAX];  /* the first NULL: there is none */
    const struct berth_tensor *tensor;    /* the only weight, where it was found
                                             and checked; else NULL */
    size_t n_parts;
    size_t n_out[BERTH_PARTS_MAX];
    size_t n_in;
    size_t taps; /* a convolution's tensor is (n_out, n_in / taps, taps); else 0
                  */
    const char *beside; /* name of a tensor (n_beside, n_out) of more inputs */
    size_t n_beside;
    enum berth_gate gate;
    enum berth_precision precision;
};

/* berth_load_linear - where the weights are and in which format they will be
 * packed; biases are read. */
enum berth_status berth_load_linear(struct berth_loader *l,
                                    const struct berth_linear_source *source,
                                    struct berth_linear *out);

#endif
