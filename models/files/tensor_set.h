/*
 * tensor_set.h - tensors of model.safetensors or of its shards, mapped; every
 * offset is checked once, here.
 */
#ifndef MODELS_FILES_TENSOR_SET_H
#define MODELS_FILES_TENSOR_SET_H

#include "lib/berth.h"
#include "lib/folder.h"

enum berth_dtype {
    BERTH_DTYPE_F32,
    BERTH_DTYPE_F16,
    BERTH_DTYPE_BF16,
    BERTH_DTYPE_F64,
    BERTH_DTYPE_OTHER /* known to the format, of no use to us */
};

enum {
    BERTH_TENSOR_MAX_RANK = 8
};

struct berth_tensor {
    const char *name; /* lives as long as the set */
    const char *file; /* for messages: path of the file it is in */
    enum berth_dtype dtype;
    const char *dtype_name; /* "F32" ... as the file says */
    size_t rank;
    size_t shape[BERTH_TENSOR_MAX_RANK];
    size_t n_elements;
    const void *data; /* may be unaligned; n_elements of dtype were checked to
                         lie inside the file */
};

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

/* berth_tensor_release - lets the system take back the memory pages of elements
 * [first, first + n); they are read from the file again when they are used. */
void berth_tensor_release(const struct berth_tensor *tensor, size_t first,
                          size_t n);

/*
 * berth_tensor_equal - whether two float tensors of one shape hold the same
 * values, as float32. Reads both, up to the first that differs, and gives their
 * pages back. Cannot fail.
 */
bool berth_tensor_equal(const struct berth_tensor *a,
                        const struct berth_tensor *b);

/* berth_tensor_widen - elements [first, first + n) of a float tensor (F32,
 * F16, BF16, F64), as float32: exact, but for F64, which is rounded to nearest.
 * Plain loops; cannot fail. */
void berth_tensor_widen(const struct berth_tensor *tensor, size_t first,
                        size_t n, float *out);

#endif
