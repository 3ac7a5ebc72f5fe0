/*
 * torch_objects.h - what a pickle of PyTorch may build: storages, tensors that
 * are views of them, and little else.
 */
#ifndef MODELS_FILES_TORCH_OBJECTS_H
#define MODELS_FILES_TORCH_OBJECTS_H

#include "models/files/pickle.h"
#include "models/files/tensor.h"

/* Numbers that lie somewhere in the file, under a key. */
struct berth_torch_storage {
    struct berth_torch_storage *next; /* that was named before this one */
    const unsigned char *key;         /* not terminated */
    size_t key_size;
    const struct berth_dtype *dtype;
    size_t n, size; /* elements under the key, and their bytes */
    /* The part of them that tensors see, in bytes; of an old file perhaps not
     * all. */
    size_t first, seen;
    const unsigned char *data; /* of the whole: for whoever finds it */
};

/* A view of a storage, inside which all its elements were checked to be. */
struct berth_torch_tensor {
    struct berth_torch_storage *storage;
    size_t first;             /* byte in the storage */
    struct berth_tensor view; /* without name, file and data */
};

/* A class or function of Python that is known. */
struct berth_torch_global;

/* berth_torch_find - errors: BERTH_ERR_UNSUPPORTED, with the name. */
enum berth_status berth_torch_find(const struct berth_pickle *p,
                                   const struct berth_pickle_value *module,
                                   const struct berth_pickle_value *name,
                                   const struct berth_torch_global **out);

/* berth_torch_call - what a global makes of arguments; is_new: as a class does
 * without its __init__. Errors: those of berth_pickle_load(). */
enum berth_status berth_torch_call(struct berth_pickle *p,
                                   const struct berth_torch_global *global,
                                   bool is_new,
                                   const struct berth_pickle_list *args,
                                   struct berth_pickle_value *out);

/* berth_torch_storage - the storage of a persistent id, a tuple; it joins
 * p->storages. Errors: those of berth_pickle_load(). */
enum berth_status berth_torch_storage(struct berth_pickle *p,
                                      const struct berth_pickle_value *id,
                                      struct berth_torch_storage **out);

#endif
