/*
 * tensor_set.h - all tensors of a model, mapped; every offset is checked once,
 * by the reader of their format.
 */
#ifndef MODELS_FILES_TENSOR_SET_H
#define MODELS_FILES_TENSOR_SET_H

#include "lib/folder.h"
#include "models/files/tensor.h"

struct berth_tensor_set;

/*
 * berth_tensor_set_open - the tensors of a folder: of the first source of
 * weights there is, tensor_set.c has the table.
 *
 *   within  a sub-folder; "": the folder itself
 *   out     owned: berth_tensor_set_close(). The files stay mapped until then
 *
 * Errors: BERTH_ERR_IO; BERTH_ERR_FORMAT with the file, the tensor, what was
 * expected and what was found; BERTH_ERR_UNSUPPORTED when there is only a
 * format without a reader (tf_model.h5, ONNX ...), which the message
 * names.
 */
enum berth_status berth_tensor_set_open(const struct berth_folder *folder,
                                        const char *within,
                                        struct berth_tensor_set **out,
                                        struct berth_error *err);

/* berth_tensor_set_exists - whether a folder has weights that can be read, but
 * for a GGUF file. Errors: BERTH_ERR_IO, _FORMAT. */
enum berth_status berth_tensor_set_exists(const struct berth_folder *folder,
                                          bool *found, struct berth_error *err);

/* berth_tensor_set_look - whether there is the file that
 * berth_tensor_set_open() would begin with, and whether it can be one. Errors:
 * those of berth_folder_find(). */
enum berth_status berth_tensor_set_look(const struct berth_folder *folder,
                                        bool *found, struct berth_error *err);

void berth_tensor_set_close(struct berth_tensor_set *set);

/* berth_tensor_find - NULL when there is none by that name. */
const struct berth_tensor *berth_tensor_find(const struct berth_tensor_set *set,
                                             const char *name);

/* berth_tensor_set_path - where the set came from, for messages. */
const char *berth_tensor_set_path(const struct berth_tensor_set *set);

/* berth_tensor_set_measure - files, their bytes, and the numbers in them that
 * are weights. */
void berth_tensor_set_measure(const struct berth_tensor_set *set,
                              size_t *n_files, size_t *n_bytes,
                              size_t *n_weights);

/* berth_tensor_set_no_head - what to do where a format has no heads of models,
 * for the end of a message; else "". Cannot fail. */
const char *berth_tensor_set_no_head(const struct berth_tensor_set *set);

/* berth_tensor_set_list - all tensors, sorted by name; *n of them. */
const struct berth_tensor *
berth_tensor_set_list(const struct berth_tensor_set *set, size_t *n);

/* berth_tensor_set_has_i8 - whether some are in 8 bits: models/files/rows_i8.h.
 */
bool berth_tensor_set_has_i8(const struct berth_tensor_set *set);

/* berth_tensor_set_hash - CRC-32 (zlib) of the files, in name order. */
uint32_t berth_tensor_set_hash(const struct berth_tensor_set *set);

#endif
