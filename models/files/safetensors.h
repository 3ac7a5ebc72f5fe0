/*
 * safetensors.h - one safetensors file: its header, checked. Used by
 * safetensors.c alone.
 */
#ifndef MODELS_FILES_SAFETENSORS_H
#define MODELS_FILES_SAFETENSORS_H

#include "lib/json.h"
#include "models/files/tensor_set.h"

struct berth_shard {
    char *name; /* in the folder */
    char *file; /* for messages */
    struct berth_blob blob;
    json_t *header;               /* owns the names of tensors */
    struct berth_tensor *tensors; /* in the file's order of offsets */
    size_t n_tensors;
};

/*
 * berth_shard_open - maps a file and checks every rule of safetensors'
 * tensor.rs: no name twice, no hole, no overlap, no byte left over, each size
 * that of its shape and dtype.
 *
 *   out  owned: berth_shard_close(), after a failure too
 *
 * Errors: those of berth_folder_read(); BERTH_ERR_FORMAT; BERTH_ERR_MEMORY;
 * BERTH_ERR_UNSUPPORTED (more than BERTH_TENSOR_MAX_RANK dimensions).
 */
enum berth_status berth_shard_open(const struct berth_folder *folder,
                                   const char *name, struct berth_shard *out,
                                   struct berth_error *err);

void berth_shard_close(struct berth_shard *shard);

#endif
