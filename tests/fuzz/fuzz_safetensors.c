/*
 * fuzz_safetensors.c - a hostile model.safetensors: its header, and every float
 * of what it declares.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tensors.h"

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
        fuzz_read_tensors(set);
    else
        fuzz_expect_message(status, &err);
    berth_tensor_set_close(set);
    berth_folder_close(folder);
    free(copy);
    return 0;
}
