/*
 * torch_tensors.h - the tensors of a state dict, and their names.
 */
#ifndef MODELS_FILES_TORCH_TENSORS_H
#define MODELS_FILES_TORCH_TENSORS_H

#include "models/files/torch_objects.h"
#include "models/files/weight_source.h"

struct berth_torch_named {
    const unsigned char *name; /* not terminated */
    size_t size;
    struct berth_torch_tensor *tensor;
};

struct berth_torch_tensors {
    struct berth_torch_named *all; /* by name, each once */
    size_t n;
};

/*
 * berth_torch_list - the tensors of what a file holds.
 *
 *   p    that top came from
 *   out  owned, after a failure too: free(out->all)
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 */
enum berth_status berth_torch_list(struct berth_pickle *p,
                                   const struct berth_pickle_value *top,
                                   struct berth_torch_tensors *out);

/* berth_torch_fill - the tensors of a file, with names of its own; each storage
 * has its data. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_torch_fill(const struct berth_torch_tensors *list,
                                   struct berth_weight_file *file,
                                   struct berth_error *err);

#endif
