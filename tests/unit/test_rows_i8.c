/*
 * test_rows_i8.c - tensors in 8 bits in a safetensors file: their numbers, and
 * files whose scales or sums are not what the rows need.
 */
#include "models/files/tensor_set.h"

#include "tests/tap.h"

#include <stdint.h>

#define MARK "\"__metadata__\":{\"berth.int8\":\"1\"},"
#define INFO(name, dtype, shape, b, e)                                         \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape                   \
    ",\"data_offsets\":[" #b "," #e "]}"
/* 2 rows of 130: two groups each. 5 bytes before them: nothing is aligned. */
#define ODD  INFO("a", "U8", "[5]", 0, 5) ","
#define ROWS INFO("w", "I8", "[2,130]", 5, 265) ","
#define GOOD                                                                   \
    ODD ROWS INFO("w_scale", "F32", "[2,2]", 265,                              \
                  281) "," INFO("w_sum", "F32", "[2]", 281, 289)

enum {
    N_DATA = 289
};

/* Of the file that was opened last. */
static unsigned char *data;

static enum berth_status open_with(const char *header,
                                   const unsigned char *tensors, size_t n,
                                   struct berth_tensor_set **set,
                                   struct berth_error *err)
{
    const size_t length = strlen(header), size = 8 + length + n;
    struct berth_folder *folder = NULL;

    free(data);
    data = malloc(size);
    const struct berth_embedded_file file = {"berth-int8.safetensors", data,
                                             size};
    memset(data, 0, 8);
    data[0] = (unsigned char)length;
    data[1] = (unsigned char)(length >> 8);
    memcpy(data + 8, header, length);
    memcpy(data + 8 + length, tensors, n);
    berth_folder_open_embedded("m", &file, 1, &folder, NULL);
    enum berth_status status = berth_tensor_set_open(folder, "", set, err);

    berth_folder_close(folder);
    return status;
}

static void fill(unsigned char *tensors, const float scales[4],
                 const float sums[2])
{
    for (size_t i = 0; i < 260; i++)
        tensors[5 + i] = (unsigned char)(i * 7 % 255 - 127);
    memcpy(tensors + 265, scales, 4 * sizeof(*scales));
    memcpy(tensors + 281, sums, 2 * sizeof(*sums));
}

static void test_numbers(void)
{
    static const float scales[4] = {0.5f, 2.0f, -0.25f, 1024.0f};
    static const float sums[2] = {17.0f, -3.0f};
    unsigned char tensors[N_DATA] = {0};
    struct berth_tensor_set *set = NULL;
    struct berth_kernels kernels;
    float got[260], want[260];
    size_t n;

    fill(tensors, scales, sums);
    for (size_t i = 0; i < 260; i++)
        want[i] = (float)(int8_t)tensors[5 + i] *
                  scales[i / 130 * 2 + (i % 130 >= 128)];
    EQUAL_INT(open_with("{" MARK GOOD "}", tensors, N_DATA, &set, NULL),
              BERTH_OK, "rows with scales and sums are read");
    if (set == NULL)
        return;
    berth_tensor_set_list(set, &n);
    EQUAL_SIZE(n, 2, "scales and sums are no tensors of their own");
    CHECK(berth_tensor_set_has_i8(set), "the set says that it has some");
    const struct berth_tensor *t = berth_tensor_find(set, "w");
    CHECK(t != NULL && berth_tensor_is_float(t), "w can be read as floats");
    berth_kernels_use_scalar(&kernels);
    berth_tensor_read(t, &kernels, BERTH_PRECISION_F32, 0, 260, got);
    EQUAL_FLOATS(got, want, 260, "a number is q times its group's scale");
    berth_tensor_read(t, &kernels, BERTH_PRECISION_F32, 127, 5, got);
    EQUAL_FLOATS(got, want + 127, 5, "from the middle of a row on");
    CHECK(berth_tensor_in_place(t, BERTH_PRECISION_F32, 0) == NULL,
          "the file does not have the floats");
    CHECK(memcmp(t->sums, sums, sizeof(sums)) == 0, "the sums are there");
    berth_tensor_set_close(set);
}

/* Without the mark I8 is a type like any other, which is no weight's. */
static void test_unmarked(void)
{
    unsigned char tensors[N_DATA] = {0};
    struct berth_tensor_set *set = NULL;
    size_t n = 0;

    EQUAL_INT(open_with("{" GOOD "}", tensors, N_DATA, &set, NULL), BERTH_OK,
              "a file without the mark is read");
    berth_tensor_set_list(set, &n);
    EQUAL_SIZE(n, 4, "all of its tensors are its own");
    CHECK(!berth_tensor_set_has_i8(set) &&
              !berth_tensor_is_float(berth_tensor_find(set, "w")),
          "and none is in 8 bits with scales");
    berth_tensor_set_close(set);
}

static void test_too_large(void)
{
    static const float scales[4] = {1.0f, 1.0f, 1.0f, 1000.0f};
    static const float sums[2] = {0.0f, 0.0f};
    unsigned char tensors[N_DATA] = {0};
    struct berth_tensor_set *set = NULL;
    struct berth_kernels kernels;
    double value = 0.0;
    size_t at = 0;

    fill(tensors, scales, sums);
    berth_kernels_use_scalar(&kernels);
    open_with("{" MARK GOOD "}", tensors, N_DATA, &set, NULL);
    const struct berth_tensor *t = berth_tensor_find(set, "w");
    CHECK(berth_tensor_fits(t, &kernels, BERTH_PRECISION_STORED, &value, &at),
          "as they are they fit");
    CHECK(!berth_tensor_fits(t, &kernels, BERTH_PRECISION_F16, &value, &at),
          "float16 does not hold 1000 times some of them");
    CHECK(at >= 258 && value == 1000.0 * (int8_t)tensors[5 + at],
          "the number %g at %zu is named", value, at);
    berth_tensor_set_close(set);
}

static void test_damage(void)
{
    static const struct {
        const char *header, *words;
        size_t n_data;
    } cases[] = {
        {"{" MARK ODD INFO("w", "I8", "[2,130]", 5, 265) "}",
         "'w': expected 'w_scale' beside it, found none", 265},
        {"{" MARK ODD ROWS INFO("w_scale", "F32", "[2,2]", 265, 281) "}",
         "'w': expected 'w_sum' beside it, found none", 281},
        {"{" MARK ODD ROWS INFO("w_scale", "F32", "[2,1]", 265, 273) "," INFO(
             "w_sum", "F32", "[2]", 273, 281) "}",
         "'w_scale': expected 2 rows of 2", 281},
        {"{" MARK ODD ROWS INFO("w_scale", "F32", "[4]", 265, 281) "," INFO(
             "w_sum", "F32", "[2]", 281, 289) "}",
         "'w_scale': expected 2 rows of 2", 289},
        {"{" MARK ODD ROWS INFO("w_scale", "F32", "[2,2]", 265, 281) "," INFO(
             "w_sum", "F32", "[1]", 281, 285) "}",
         "'w_sum': expected 2 rows of 1", 285},
        {"{" MARK ODD ROWS INFO("w_scale", "F16", "[2,2]", 265, 273) "," INFO(
             "w_sum", "F32", "[2]", 273, 281) "}",
         "'w_scale': expected F32, found F16", 281},
        {"{" MARK INFO("w", "I8", "[3]", 0, 3) "}", "expected rows of I8", 3},
        {"{" MARK INFO("w", "I8", "[]", 0, 1) "}", "expected rows of I8", 1},
        {"{" MARK INFO("w", "I8", "[0,4]", 0, 0) "}", "expected rows of I8", 0},
        {"{" MARK INFO("w", "I8", "[4,0]", 0, 0) "}", "expected rows of I8", 0},
        /* What is taken as scales of one is not there for another. */
        {"{" MARK INFO("w", "I8", "[1,1]", 0, 1) "," INFO(
             "w_sum", "F32", "[1]", 1, 5) "," INFO("w_scale", "I8", "[1,1]", 5,
                                                   6) "}",
         "", 6},
        {"{\"__metadata__\":{\"berth.int8\":\"2\"}}", "expected \"1\"", 0},
        {"{\"__metadata__\":{\"berth.int8\":1}}", "'__metadata__'", 0},
    };
    static const unsigned char tensors[N_DATA];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct berth_tensor_set *set = NULL;
        struct berth_error err = {0};

        CHECK(open_with(cases[i].header, tensors, cases[i].n_data, &set,
                        &err) != BERTH_OK,
              "refused: %s", cases[i].header);
        HAS_TEXT(err.message, cases[i].words, "and said");
        HAS_TEXT(err.message, "m/berth-int8.safetensors", "with the file");
        berth_tensor_set_close(set);
    }
}

int main(void)
{
    test_numbers();
    test_unmarked();
    test_too_large();
    test_damage();
    free(data);
    return tap_done();
}
