/*
 * fuzz_torch.c - a hostile pytorch_model.bin. The first byte of the input says
 * what follows: 0, the file; 1, the pickle of an archive, which is made of it
 * with two storages; 2, what comes after the head of a file before 1.6.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tensors.h"
#include "tests/torch_file.h"

enum {
    STORAGE = 64 /* bytes of each */
};

static struct bytes make_file(const unsigned char *data, size_t size)
{
    static const unsigned char zeros[STORAGE];
    const unsigned kind = size > 0 ? data[0] % 3 : 0;
    struct bytes file = {0};
    struct archive a = {0};

    if (size > 0) {
        data++;
        size--;
    }
    if (kind == 1) {
        put_entry(&a, "m/data.pkl", data, size, size % 2 == 0);
        put_entry(&a, "m/data/0", zeros, STORAGE, false);
        put_entry(&a, "m/data/1", zeros, STORAGE, true);
        return archive_end(&a);
    }
    if (kind == 2)
        put_old_head(&file);
    put(&file, data, size);
    return file;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct bytes made = make_file(data, size);
    unsigned char *copy = fuzz_copy(made.data, made.n);
    struct berth_embedded_file file = {"pytorch_model.bin", copy, made.n};
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
    free(made.data);
    return 0;
}
