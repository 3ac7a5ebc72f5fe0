/*
 * safetensors.h - a safetensors file, or an index and its shards: every header
 * is checked.
 */
#ifndef MODELS_FILES_SAFETENSORS_H
#define MODELS_FILES_SAFETENSORS_H

#include "models/files/weight_source.h"

/*
 * berth_safetensors_open - maps a file and checks every rule of safetensors'
 * tensor.rs: no name twice, no hole, no overlap, no byte left over, each size
 * that of its shape and dtype.
 *
 * Errors: those of berth_folder_read(); BERTH_ERR_FORMAT; BERTH_ERR_MEMORY;
 * BERTH_ERR_UNSUPPORTED (more than BERTH_TENSOR_MAX_RANK dimensions).
 */
berth_weight_reader berth_safetensors_open;

/* berth_safetensors_read - the same, into one file of a set. */
enum berth_status berth_safetensors_read(const struct berth_folder *folder,
                                         const char *name,
                                         struct berth_weight_file *out,
                                         struct berth_error *err);

/* berth_safetensors_open_index - the shards that an index lists, by name. */
berth_weight_reader berth_safetensors_open_index;

#endif
