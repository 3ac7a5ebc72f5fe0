/*
 * fuzz_ranges.c - a hostile --ranges FILE (.npy), and a vector quantised by
 * what it says.
 */
#include "cli/base/message.h"
#include "cli/vectors/vector_type.h"
#include "tests/fuzz/fuzz.h"

enum {
    SIZE = 4 /* numbers of the vector */
};

static void quantize(const char *name, enum berth_vector_type type, int format)
{
    static const float x[SIZE] = {0.5F, -1, 3, 0};
    struct shared settings = {.format = format};
    struct quantized q;
    struct buffer b = {0};
    float similarity;

    if (quantized_open(&q, type, SIZE, name)) {
        quantized_put(&q, &b, &settings, x);
        EXPECT(b.size >= SIZE, "a row of %zu bytes", b.size);
        berth_vector_similarities(BERTH_SIMILARITY_COSINE, type, x, q.ranges,
                                  q.row, 1, SIZE, &similarity);
    }
    quantized_close(&q);
    buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct fuzz_file file = {.fd = -1};

    fuzz_file_write(&file, data, size);
    quantize(file.name, BERTH_VECTOR_I8, FORMAT_TEXT);
    quantize(file.name, BERTH_VECTOR_U8, FORMAT_NPY);
    return 0;
}
