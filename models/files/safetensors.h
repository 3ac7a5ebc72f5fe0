/*
 * safetensors.h - a safetensors file, or an index and its shards: every header
 * is checked.
 */
#ifndef MODELS_FILES_SAFETENSORS_H
#define MODELS_FILES_SAFETENSORS_H

#include "models/files/weight_source.h"

/*
 * berth_safetensors_read - checks every rule of safetensors' tensor.rs: no name
 * twice, no hole, no overlap, no byte left over, each size that of its shape
 * and dtype.
 *
 * Errors: BERTH_ERR_FORMAT; BERTH_ERR_MEMORY; BERTH_ERR_UNSUPPORTED (more than
 * BERTH_TENSOR_MAX_RANK dimensions).
 */
berth_weight_file_reader berth_safetensors_read;

/* One file, and the shards that an index lists. */
berth_weight_reader berth_safetensors_open;
berth_weight_reader berth_safetensors_open_index;

#endif
