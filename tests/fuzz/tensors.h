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

#endif
