/*
 * safetensors_save.h - tensors written as one safetensors file, a piece at a
 * time: a model larger than the memory can be written.
 */
#ifndef MODELS_FILES_SAFETENSORS_SAVE_H
#define MODELS_FILES_SAFETENSORS_SAVE_H

#include "lib/new_folder.h"
#include "models/files/tensor.h"

/* A float tensor, and how it is written. */
struct berth_saved_tensor {
    const struct berth_tensor *tensor;
    const char *name;
    enum berth_precision precision; /* STORED: what safetensors has no type for
                                       becomes float32; I8: its rows in 8 bits
                                       (models/files/rows_i8.h) */
};

/*
 * berth_safetensors_save - writes n tensors.
 *
 *   name  of the file in the folder
 *
 * Errors: those of berth_new_folder_begin(); BERTH_ERR_FORMAT (a number that
 * the precision does not hold; names file and tensor).
 */
enum berth_status berth_safetensors_save(struct berth_new_folder *folder,
                                         const char *name,
                                         const struct berth_saved_tensor *list,
                                         size_t n,
                                         const struct berth_kernels *kernels,
                                         struct berth_error *err);

/* berth_saved_dtype - of the file's numbers. */
const struct berth_dtype *
berth_saved_dtype(const struct berth_saved_tensor *saved);

#endif
