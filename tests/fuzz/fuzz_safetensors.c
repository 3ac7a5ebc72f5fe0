/*
 * fuzz_safetensors.c - a hostile model.safetensors: its header, and every float
 * of what it declares.
 */
#include "models/files/tensor_set.h"
#include "tests/fuzz/fuzz.h"

static void widen(const struct berth_tensor *tensor)
{
    struct berth_kernels kernels;
    float *out;

    if (tensor->dtype->widen == NULL)
        return;
    out = malloc((tensor->n_elements + 1) * sizeof(*out));
    EXPECT(out != NULL, "tensor %s has %zu elements", tensor->name,
           tensor->n_elements);
    berth_kernels_use_scalar(&kernels);
    berth_tensor_read(tensor, &kernels, BERTH_PRECISION_STORED, 0,
                      tensor->n_elements, out);
    free(out);
}

static void read_all(const struct berth_tensor_set *set)
{
    size_t n;
    const struct berth_tensor *list = berth_tensor_set_list(set, &n);

    for (size_t i = 0; i < n; i++) {
        EXPECT(berth_tensor_find(set, list[i].name) != NULL,
               "tensor %s is not found", list[i].name);
        widen(&list[i]);
    }
    berth_tensor_set_hash(set);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned char *copy = fuzz_copy(data, size);
    struct berth_embedded_file file = {"model.safetensors", copy, size};
    struct berth_folder *folder = NULL;
    struct berth_tensor_set *set = NULL;
    struct berth_error err = {0};

    berth_folder_open_embedded("fuzz", &file, 1, &folder, NULL);
    enum berth_status status = berth_tensor_set_open(folder, "", &set, &err);

    if (status == BERTH_OK)
        read_all(set);
    else
        fuzz_expect_message(status, &err);
    berth_tensor_set_close(set);
    berth_folder_close(folder);
    free(copy);
    return 0;
}
