/*
 * torch.h - a file of torch.save(), such as pytorch_model.bin: a zip archive,
 * or the form before PyTorch 1.6; or an index and its shards.
 */
#ifndef MODELS_FILES_TORCH_H
#define MODELS_FILES_TORCH_H

#include "models/files/weight_source.h"

/*
 * berth_torch_read - the tensors of a dict: of the file's own, or of the first
 * of "state_dict", "model_state_dict", "model" in it where it has none itself.
 * The "module." of DataParallel before all names is left out.
 *
 * Numbers stay where the file has them, except those that were deflated.
 * Errors: BERTH_ERR_FORMAT; BERTH_ERR_UNSUPPORTED; BERTH_ERR_MEMORY.
 */
berth_weight_file_reader berth_torch_read;

/* One file, and the shards that an index lists. */
berth_weight_reader berth_torch_open;
berth_weight_reader berth_torch_open_index;

#endif
