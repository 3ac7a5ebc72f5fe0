/*
 * tensors.h - every float of what a file of weights declares.
 */
#ifndef TESTS_FUZZ_TENSORS_H
#define TESTS_FUZZ_TENSORS_H

#include "models/files/tensor_set.h"
#include "tests/fuzz/fuzz.h"

static inline void fuzz_widen(const struct berth_tensor *tensor)
{
    struct berth_kernels kernels;
    float *out;

    if (!berth_tensor_is_float(tensor))
        return;
    out = malloc((tensor->n_elements + 1) * sizeof(*out));
    EXPECT(out != NULL, "tensor %s has %zu elements", tensor->name,
           tensor->n_elements);
    berth_kernels_use_scalar(&kernels);
    berth_tensor_read(tensor, &kernels, BERTH_PRECISION_STORED, 0,
                      tensor->n_elements, out);
    free(out);
}

/* fuzz_read_tensors - every number of a set, and its bytes. */
static inline void fuzz_read_tensors(const struct berth_tensor_set *set)
{
    size_t n;
    const struct berth_tensor *list = berth_tensor_set_list(set, &n);

    for (size_t i = 0; i < n; i++) {
        EXPECT(berth_tensor_find(set, list[i].name) != NULL,
               "tensor %s is not found", list[i].name);
        fuzz_widen(&list[i]);
    }
    berth_tensor_set_hash(set);
}

/* fuzz_read_folder - every number of its weights; closes it. */
static inline void fuzz_read_folder(struct berth_folder *folder)
{
    struct berth_tensor_set *set = NULL;
    struct berth_error err = {0};
    enum berth_status status = berth_tensor_set_open(folder, "", &set, &err);

    if (status == BERTH_OK)
        fuzz_read_tensors(set);
    else
        fuzz_expect_message(status, &err);
    berth_tensor_set_close(set);
    berth_folder_close(folder);
}

/* fuzz_weights - the only file of a folder, of this name. */
static inline void fuzz_weights(const char *name, const unsigned char *data,
                                size_t size)
{
    unsigned char *copy = fuzz_copy(data, size);
    struct berth_embedded_file file = {name, copy, size};
    struct berth_folder *folder = NULL;

    berth_folder_open_embedded("fuzz", &file, 1, &folder, NULL);
    fuzz_read_folder(folder);
    free(copy);
}

#endif
