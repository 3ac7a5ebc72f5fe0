/*
 * fuzz_checkpoint.c - a hostile index of a TensorFlow checkpoint. Sums would
 * stop nearly every mutation, so the input is the entries of its one block, of
 * which the sums are made; or, after a byte 1, the file as it is.
 */
#include "models/files/tensor_set.h"
#include "tests/fuzz/fuzz.h"
#include "tests/leveldb_table.h"

enum {
    DATA = 256 /* bytes of the data file */
};

static void read_all(const struct berth_tensor_set *set)
{
    struct berth_kernels kernels;
    size_t n;
    const struct berth_tensor *list = berth_tensor_set_list(set, &n);

    berth_kernels_use_scalar(&kernels);
    for (size_t i = 0; i < n; i++) {
        const struct berth_tensor *t = &list[i];
        float *out = malloc((t->n_elements + 1) * sizeof(*out));

        EXPECT(out != NULL, "tensor %s has %zu elements", t->name,
               t->n_elements);
        EXPECT(berth_tensor_find(set, t->name) == t, "tensor %s is not found",
               t->name);
        (void)berth_tensor_intact(t, &kernels);
        if (t->dtype->widen != NULL)
            berth_tensor_read(t, &kernels, BERTH_PRECISION_STORED, 0,
                              t->n_elements, out);
        free(out);
    }
    berth_tensor_set_hash(set);
}

static void make_index(const unsigned char *data, size_t size,
                       struct bytes *out)
{
    static struct block_of block;

    out->n = 0;
    if (size > 0 && data[0] == 1) {
        put_bytes(out, data + 1, size - 1);
        return;
    }
    block = (struct block_of){.n_restarts = 1};
    put_bytes(&block.entries, data, size);
    put_table(out, &block, 1);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct bytes made;
    static const unsigned char zeros[DATA];

    if (size > TABLE_ROOM / 2)
        return 0;
    make_index(data, size, &made);
    unsigned char *index = fuzz_copy(made.data, made.n);
    unsigned char *numbers = fuzz_copy(zeros, DATA);
    const struct berth_embedded_file files[] = {
        {"bert_model.ckpt.index", index, made.n},
        {"bert_model.ckpt.data-00000-of-00001", numbers, DATA}};
    struct berth_folder *folder = NULL;
    struct berth_tensor_set *set = NULL;
    struct berth_error err = {0};

    berth_folder_open_embedded("fuzz", files, 2, &folder, NULL);
    enum berth_status status = berth_tensor_set_open(folder, "", &set, &err);

    if (status == BERTH_OK)
        read_all(set);
    else
        fuzz_expect_message(status, &err);
    berth_tensor_set_close(set);
    berth_folder_close(folder);
    free(index);
    free(numbers);
    return 0;
}
