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

    fuzz_weights("pytorch_model.bin", made.data, made.n);
    free(made.data);
    return 0;
}
