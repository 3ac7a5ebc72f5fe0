/*
 * tensor_set.h - tensors of model.safetensors or of its shards, mapped; every
 * offset is checked once, here.
 */
#ifndef MODELS_FILES_TENSOR_SET_H
#define MODELS_FILES_TENSOR_SET_H

#include "lib/folder.h"
#include "models/files/tensor.h"

struct berth_tensor_set;

/*
 * berth_tensor_set_open - the tensors of a folder.
 *
 *   name  "model.safetensors", with a sub-folder in front where wanted; if
 *         there is no such file, name ".index.json" lists shards
 *   out   owned: berth_tensor_set_close(). The files stay mapped until then
 *
 * Errors: BERTH_ERR_IO; BERTH_ERR_FORMAT with the file, the tensor, what was
 * expected and what was found (rules of safetensors' tensor.rs);
 * BERTH_ERR_UNSUPPORTED when there is only another format (pytorch_model.bin,
 * a TensorFlow checkpoint, GGUF), which the message names.
 */
enum berth_status berth_tensor_set_open(const struct berth_folder *folder,
                                        const char *name,
                                        struct berth_tensor_set **out,
                                        struct berth_error *err);

void berth_tensor_set_close(struct berth_tensor_set *set);

/* berth_tensor_find - NULL when there is none by that name. */
const struct berth_tensor *berth_tensor_find(const struct berth_tensor_set *set,
                                             const char *name);

/* berth_tensor_set_path - where the set came from, for messages. */
const char *berth_tensor_set_path(const struct berth_tensor_set *set);

/* berth_tensor_set_list - all tensors, sorted by name; *n of them. */
const struct berth_tensor *
berth_tensor_set_list(const struct berth_tensor_set *set, size_t *n);

/* berth_tensor_set_hash - CRC-32 (zlib) of the files, in name order. */
uint32_t berth_tensor_set_hash(const struct berth_tensor_set *set);

#endif
