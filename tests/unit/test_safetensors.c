/*
 * test_safetensors.c - the rules of the format, shards, half floats, and files
 * whose header is false.
 */
#include "models/files/tensor_set.h"

#include "tests/scratch.h"
#include "tests/tap.h"

#include <stdint.h>

#define INFO(dtype, shape, b, e)                                               \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #b       \
    "," #e "]}"

/* A file in a block of exactly its size. */
struct image {
    unsigned char *data;
    size_t size;
};

static struct image make(const char *header, size_t n_data)
{
    size_t n = strlen(header);
    struct image im = {malloc(8 + n + n_data), 8 + n + n_data};

    for (size_t i = 0; i < 8; i++)
        im.data[i] = (unsigned char)((uint64_t)n >> (8 * i));
    memcpy(im.data + 8, header, n);
    for (size_t i = 0; i < n_data; i++)
        im.data[8 + n + i] = (unsigned char)(i + 1);
    return im;
}

static enum berth_status open_image(struct image im, size_t size,
                                    struct berth_tensor_set **set,
                                    struct berth_error *err)
{
    struct berth_embedded_file file = {"model.safetensors", im.data, size};
    struct berth_folder *folder = NULL;
    enum berth_status status;

    berth_folder_open_embedded("m", &file, 1, &folder, NULL);
    status = berth_tensor_set_open(folder, "", set, err);
    berth_folder_close(folder);
    return status;
}

static void read_floats(const struct berth_tensor *t, size_t first, size_t n,
                        float *out)
{
    struct berth_kernels kernels;

    berth_kernels_use_scalar(&kernels);
    if (t->dtype->widen != NULL)
        berth_tensor_read(t, &kernels, BERTH_PRECISION_STORED, first, n, out);
}

/* Reads every tensor whole, so that a sanitizer sees a read outside the
 * file. */
static bool inside(const struct berth_tensor_set *set, struct image im)
{
    size_t n;
    const struct berth_tensor *t = berth_tensor_set_list(set, &n);
    bool ok = true;

    for (size_t i = 0; i < n; i++) {
        const unsigned char *p = t[i].data;
        float *out = malloc(4 * t[i].n_elements + 1);

        ok &= p >= im.data && p <= im.data + im.size;
        ok &= berth_tensor_find(set, t[i].name) == &t[i];
        read_floats(&t[i], 0, t[i].n_elements, out);
        free(out);
    }
    return ok;
}

static void test_good(void)
{
    static const struct {
        const char *header;
        size_t n_data, n_tensors;
    } cases[] = {
        {"{}", 0, 0},
        {"  {}   ", 0, 0},
        {"{\"__metadata__\":{\"format\":\"pt\"}}", 0, 0},
        {"{\"__metadata__\":null}", 0, 0},
        {"{\"a\":" INFO("F32", "[2,3]", 0, 24) "}", 24, 1},
        {" \n{\"a\":" INFO("F32", "[]", 0, 4) "}", 4, 1},
        {"{\"a\":" INFO("F64", "[0,1000000]", 0, 0) "}", 0, 1},
        {"{\"b\":" INFO("U8", "[3]", 0, 3) ",\"a\":" INFO("F32", "[1]", 3,
                                                          7) "}",
         7, 2},
        {"{\"b\":" INFO("F16", "[2]", 4, 8) ",\"a\":" INFO(
             "BF16", "[2]", 0, 4) ",\"c\":" INFO("I64", "[0]", 4, 4) "}",
         8, 3},
        {"{\"a\":" INFO("F4", "[4]", 0, 2) ",\"b\":" INFO("F6_E2M3", "[4]", 2,
                                                          5) "}",
         5, 2},
        {"{\"a\":" INFO("F8_E4M3FNUZ", "[1,1,1,1,1,1,1,1]", 0,
                        1) ",\"b\":" INFO("C64", "[1]", 1, 9) "}",
         9, 2},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct image im = make(cases[i].header, cases[i].n_data);
        struct berth_tensor_set *set = NULL;
        struct berth_error err = {0};
        size_t n = 99;

        if (CHECK(open_image(im, im.size, &set, &err) == BERTH_OK,
                  "case %zu opens: %s", i, err.message)) {
            berth_tensor_set_list(set, &n);
            EQUAL_SIZE(n, cases[i].n_tensors, "%zu tensors: n", n);
            CHECK(inside(set, im), "%zu tensors: inside the file", n);
        }
        berth_tensor_set_close(set);
        free(im.data);
    }
}

static void test_facts(void)
{
    struct image im = make("{\"b\":" INFO("U8", "[3]", 0, 3) ",\"a\":" INFO(
                               "F32", "[2,1]", 3, 11) "}",
                           11);
    struct berth_tensor_set *set = NULL;
    const struct berth_tensor *t;
    float x[2], want[2];

    CHECK(open_image(im, im.size, &set, NULL) == BERTH_OK, "the image opens");
    t = berth_tensor_find(set, "a");
    CHECK(t != NULL, "facts of a tensor: found");
    EQUAL_SIZE(t->rank, 2, "facts of a tensor: rank");
    EQUAL_INT(t->shape[0], 2, "facts of a tensor: shape[0]");
    EQUAL_INT(t->shape[1], 1, "facts of a tensor: shape[1]");
    EQUAL_SIZE(t->n_elements, 2, "facts of a tensor: n_elements");
    EQUAL_TEXT(t->dtype->name, "F32", "facts of a tensor: dtype->name");
    EQUAL_TEXT(t->file, "m/model.safetensors", "facts of a tensor: file");
    memcpy(want, im.data + im.size - 8, 8);
    read_floats(t, 0, 2, x);
    CHECK(memcmp(x, want, 8) == 0, "unaligned data is read");
    read_floats(t, 1, 1, x);
    CHECK(memcmp(x, want + 1, 4) == 0, "from the middle");
    CHECK(berth_tensor_find(set, "c") == NULL,
          "a name that is not there is not found");
    CHECK(strcmp(berth_tensor_set_path(set), "m/model.safetensors") == 0,
          "the set has a path");
    berth_tensor_set_close(set);
    free(im.data);
}

static void test_lies(void)
{
    static const struct {
        const char *header;
        size_t n_data;
        const char *words;
    } cases[] = {
        {"[]", 0, "found an array"},
        {"{\"a\":1}", 0, "found 1"},
        {"{\"a\":{}}", 0, "found nothing"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "strings, found 1"},
        {"{\"__metadata__\":[]}", 0, "found an array"},
        {"{\"a\":" INFO("F32", "[1]", 0, 4) "} x", 4, "expected JSON"},
        {"{\"a\":" INFO("F32", "[1]", 0, 4) ",\"a\":" INFO("F32", "[1]", 4,
                                                           8) "}",
         8, "duplicate"},
        {"{\"a\":" INFO("F31", "[1]", 0, 4) "}", 4, "found \"F31\""},
        {"{\"a\":" INFO("F32\\u0000", "[1]", 0, 4) "}", 4, "dtype"},
        {"{\"a\":" INFO("F32", "1", 0, 4) "}", 4, "found 1"},
        {"{\"a\":" INFO("F32", "[-1]", 0, 4) "}", 4, "found -1"},
        {"{\"a\":" INFO("F32", "[1.5]", 0, 4) "}", 4, "found 1.5"},
        {"{\"a\":" INFO("F32", "[\"1\"]", 0, 4) "}", 4, "found \"1\""},
        {"{\"a\":" INFO("F32", "[2]", 0, 4) "}", 4, "expected 8 bytes"},
        {"{\"a\":" INFO("F32", "[1]", 0, 8) "}", 8, "expected 4 bytes"},
        {"{\"a\":" INFO("F4", "[3]", 0, 1) "}", 1, "whole bytes"},
        {"{\"a\":" INFO("F32", "[1]", 4, 0) "}", 4, "ascending"},
        {"{\"a\":" INFO("F32", "[1]", -4, 0) "}", 4, "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4,
         "data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}",
         4, "data_offsets"},
        {"{\"a\":" INFO("F32", "[1]", 4, 8) "}", 8, "begin at 0"},
        {"{\"a\":" INFO("F32", "[1]", 0, 4) ",\"b\":" INFO("F32", "[1]", 8,
                                                           12) "}",
         12, "begin at 4"},
        {"{\"a\":" INFO("F32", "[2]", 0, 8) ",\"b\":" INFO("F32", "[1]", 4,
                                                           8) "}",
         8, "begin at 8"},
        {"{\"a\":" INFO("F32", "[1]", 0, 4) "}", 3,
         "found 3: it is cut off, get it again"},
        {"{\"a\":" INFO("F32", "[1]", 0, 4) "}", 5, "found 5"},
        {"{}", 1, "expected 0 bytes"},
        {"{\"a\":" INFO("F32", "[4294967296,4294967296]", 0, 0) "}", 0,
         "product"},
        {"{\"a\":" INFO("F32", "[4611686018427387904]", 0, 0) "}", 0,
         "whole bytes"},
        {"{\"a\":" INFO("F32", "[99999999999999999999999]", 0, 4) "}", 4,
         "found 1e+23"},
        {"{\"a\":" INFO("F32", "[1]", 0, 18446744073709551615) "}", 4,
         "data_offsets"},
        {"{\"a\":" INFO("F32", "[1]", 0, 9223372036854775807) "}", 4,
         "expected 4 bytes"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct image im = make(cases[i].header, cases[i].n_data);
        struct berth_tensor_set *set = NULL;
        struct berth_error err = {0};

        EQUAL_INT(open_image(im, im.size, &set, &err), BERTH_ERR_FORMAT,
                  "lie %zu: %s: status", i, err.message);
        CHECK(set == NULL, "lie %zu: %s: no set", i, err.message);
        HAS_TEXT(err.message, cases[i].words, "lie %zu: %s: message", i,
                 err.message);
        CHECK(strncmp(err.message, "m/model.safetensors: ", 21) == 0,
              "lie %zu: %s: message", i, err.message);
        free(im.data);
    }
}

static void test_rank(void)
{
    struct image im =
        make("{\"a\":" INFO("F32", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", 4);
    struct berth_tensor_set *set = NULL;
    struct berth_error err = {0};

    CHECK(open_image(im, im.size, &set, &err) == BERTH_ERR_UNSUPPORTED,
          "nine dimensions: %s", err.message);
    free(im.data);
}

static void test_length(void)
{
    static const uint64_t lengths[] = {
        0,
        1,
        3,
        100000000,
        100000001,
        UINT64_MAX,
        UINT64_MAX - 7,
        (uint64_t)1 << 63,
    };
    struct image im = make("{}", 0);

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct berth_tensor_set *set = NULL;
        struct berth_error err = {0};

        for (size_t k = 0; k < 8; k++)
            im.data[k] = (unsigned char)(lengths[i] >> (8 * k));
        CHECK(open_image(im, im.size, &set, &err) == BERTH_ERR_FORMAT,
              "a header length of %llu: %s", (unsigned long long)lengths[i],
              err.message);
    }
    free(im.data);
}

/* Every truncation is refused; every flipped bit is refused or harmless. */
static void test_mutations(void)
{
    struct image im = make(
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"first\":" INFO("F32", "[2,3]", 0,
                          24) ","
                              "\"second\":" INFO("F16", "[4]", 24, 32) "}   ",
        32);
    size_t wrong = 0, accepted = 0;

    for (size_t n = 0; n < im.size; n++) {
        struct image cut = {malloc(n > 0 ? n : 1), n};
        struct berth_tensor_set *set = NULL;

        memcpy(cut.data, im.data, n);
        wrong += open_image(cut, n, &set, NULL) != BERTH_ERR_FORMAT;
        free(cut.data);
    }
    CHECK(wrong == 0, "every truncation is refused");
    for (size_t i = 0; i < 8 * (im.size - 32); i++) {
        struct berth_tensor_set *set = NULL;

        im.data[i / 8] ^= (unsigned char)(1 << i % 8);
        if (open_image(im, im.size, &set, NULL) == BERTH_OK) {
            accepted++;
            wrong += !inside(set, im);
        }
        berth_tensor_set_close(set);
        im.data[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    EQUAL_INT(wrong, 0, "%zu of %zu flipped bits accepted: outside the file",
              accepted, 8 * (im.size - 32));
    CHECK(accepted > 0, "%zu of %zu flipped bits accepted: at least one",
          accepted, 8 * (im.size - 32));
    free(im.data);
}

/* --------------------------------------------------------------- other files
 */

static enum berth_status open_files(const struct berth_embedded_file *files,
                                    size_t n, const char *within,
                                    struct berth_tensor_set **set,
                                    struct berth_error *err)
{
    struct berth_folder *folder = NULL;
    enum berth_status status;

    berth_folder_open_embedded("m", files, n, &folder, NULL);
    status = berth_tensor_set_open(folder, within, set, err);
    berth_folder_close(folder);
    return status;
}

static void test_shards(void)
{
    static const struct {
        const char *index;
        enum berth_status status;
        const char *words;
    } cases[] = {
        {"{\"weight_map\":{\"a\":\"one\",\"b\":\"two\",\"c\":\"two\"}}",
         BERTH_OK, ""},
        {"{\"weight_map\":{\"a\":\"one\",\"b\":\"two\"}}", BERTH_OK, ""},
        /* What is in the shards they say themselves. */
        {"{\"weight_map\":{\"a\":\"one\",\"b\":\"one\",\"c\":\"two\"}}",
         BERTH_OK, ""},
        {"{\"weight_map\":{\"a\":\"one\",\"d\":\"two\"}}", BERTH_OK, ""},
        {"{\"weight_map\":{\"a\":\"one\",\"b\":\"../s/two\"}}",
         BERTH_ERR_FORMAT, "found \"../s/two\""},
        {"{\"weight_map\":{\"a\":\"one\",\"b\":\"..\"}}", BERTH_ERR_FORMAT,
         "found \"..\""},
        {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}", BERTH_ERR_FORMAT,
         "found \"/etc/passwd\""},
        {"{\"weight_map\":{\"a\":7}}", BERTH_ERR_FORMAT, "found 7"},
        {"{\"weight_map\":{\"a\":\"\"}}", BERTH_ERR_FORMAT, "found \"\""},
        {"{\"weight_map\":{\"a\":\"one\\u0000x\"}}", BERTH_ERR_FORMAT, "found"},
        {"{\"weight_map\":{\"a\":\"three\"}}", BERTH_ERR_IO, "m/s/three"},
        {"{\"weight_map\":{\"a\":\"one\",\"b\":\"two\",\"x\":\"again\"}}",
         BERTH_ERR_FORMAT, "in another too"},
        {"{\"weight_map\":[]}", BERTH_ERR_FORMAT, "found an array"},
        {"{}", BERTH_ERR_FORMAT, "found nothing"},
        {"[]", BERTH_ERR_FORMAT, "found nothing"},
        {"{\"weight_map\":{}}", BERTH_OK, ""},
    };
    struct image one = make("{\"a\":" INFO("F32", "[1]", 0, 4) "}", 4);
    struct image two = make("{\"c\":" INFO("F32", "[1]", 0, 4) ",\"b\":" INFO(
                                "F32", "[1]", 4, 8) "}",
                            8);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct berth_embedded_file files[] = {
            {"s/model.safetensors.index.json",
             (const unsigned char *)cases[i].index, strlen(cases[i].index)},
            {"s/one", one.data, one.size},
            {"s/two", two.data, two.size},
            {"s/again", one.data, one.size},
        };
        struct berth_tensor_set *set = NULL;
        struct berth_error err = {0};

        EQUAL_INT(open_files(files, 4, "s", &set, &err), cases[i].status,
                  "index %zu: %s: status", i, err.message);
        HAS_TEXT(err.message, cases[i].words, "index %zu: %s: message", i,
                 err.message);
        berth_tensor_set_close(set);
    }
    free(one.data);
    free(two.data);
}

static void test_absent(void)
{
    static const unsigned char byte[] = "x";
    static const struct berth_embedded_file files[] = {
        {"tf_model.h5", byte, 1},
        {"2_Dense/flax_model.msgpack", byte, 1},
    };
    struct berth_tensor_set *set = NULL;
    struct berth_error err = {0};

    EQUAL_INT(open_files(files, 2, "", &set, &err), BERTH_ERR_UNSUPPORTED,
              "what else there is, and what to do: %s: status", err.message);
    HAS_TEXT(err.message, "only tf_model.h5, a format that is not read: ",
             "what else there is, and what to do: %s: message", err.message);
    HAS_TEXT(err.message, "save_pretrained() writes",
             "what else there is, and what to do: %s: message", err.message);
    EQUAL_INT(open_files(files, 2, "2_Dense", &set, &err),
              BERTH_ERR_UNSUPPORTED, "in a sub-folder, too: %s: status",
              err.message);
    HAS_TEXT(err.message, "only flax_model.msgpack, ",
             "in a sub-folder, too: %s: message", err.message);
    HAS_TEXT(err.message, "from_flax=True", "in a sub-folder, too: %s: message",
             err.message);
    CHECK(open_files(files, 2, "3_Dense", &set, &err) == BERTH_ERR_IO, "%s",
          err.message);
    CHECK(open_files(files, 2, "..", &set, &err) == BERTH_ERR_FORMAT, "%s",
          err.message);
}

/* Against CRC-32 by its definition, bit by bit. */
static void test_hash(void)
{
    struct image im = make("{}", 0);
    struct berth_tensor_set *set = NULL;
    uint32_t hash, crc = 0xffffffff;

    for (size_t i = 0; i < im.size; i++) {
        crc ^= im.data[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
    }
    open_image(im, im.size, &set, NULL);
    hash = berth_tensor_set_hash(set);
    CHECK(hash == ~crc, "CRC-32 of the file: %08x", (unsigned)hash);
    berth_tensor_set_close(set);
    free(im.data);
}

/* ------------------------------------------------------------------- widening
 */

static struct berth_tensor all_16(const char *dtype, const uint16_t *data)
{
    return (struct berth_tensor){
        .dtype = berth_dtype_find(dtype), .n_elements = 65536, .data = data};
}

/* What the bits of a binary16 mean, by arithmetic. */
static double f16_value(unsigned bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double mantissa = bits & 1023;
    double x = exponent == 0    ? ldexp(mantissa, -24)
               : exponent == 31 ? (mantissa == 0 ? HUGE_VAL : (double)NAN)
                                : ldexp(1024 + mantissa, exponent - 25);

    return (bits & 0x8000) != 0 ? -x : x;
}

static void test_widen_16(void)
{
    uint16_t *bits = calloc(65536, sizeof(*bits));
    float *out = malloc(65536 * sizeof(*out));
    struct berth_tensor f16 = all_16("F16", bits);
    struct berth_tensor bf16 = all_16("BF16", bits);
    size_t wrong = 0;

    for (unsigned i = 0; i < 65536; i++)
        bits[i] = (uint16_t)i;
    read_floats(&f16, 0, 65536, out);
    for (unsigned i = 0; i < 65536; i++) {
        double want = f16_value(i);
        wrong += isnan(want) ? !isnan(out[i]) : (double)out[i] != want;
        wrong += (signbit(out[i]) != 0) != (i >> 15);
    }
    CHECK(wrong == 0, "every float16 is exact");
    read_floats(&bf16, 0, 65536, out);
    for (uint32_t i = 0; i < 65536; i++) {
        uint32_t got;
        memcpy(&got, &out[i], 4);
        wrong += got != i << 16;
    }
    CHECK(wrong == 0, "every bfloat16 is exact");
    free(bits);
    free(out);
}

static void test_widen_64(void)
{
    static const double x[] = {
        0.1,         -0.0,      HUGE_VAL, -HUGE_VAL,
        1e-45,       1.5,       1e-320,   3.4028234663852886e38,
        (double)NAN, 16777217.0};
    static const float want[] = {0.1f,      -0.0f,  INFINITY, -INFINITY,
                                 0x1p-149f, 1.5f,   0,        0x1.fffffep127f,
                                 NAN,       0x1p24f};
    unsigned char moved[sizeof(x) + 1];
    float out[10];
    struct berth_tensor t = {
        .dtype = berth_dtype_find("F64"), .n_elements = 10, .data = moved + 1};

    memcpy(moved + 1, x, sizeof(x));
    read_floats(&t, 0, 10, out);
    EQUAL_BYTES(out, 8 * sizeof(float), want, 8 * sizeof(float),
                "float64 to float32: numbers and ties");
    CHECK(isnan(out[8]), "float64 to float32: NaN");
    NEAR(out[9], want[9], 0, "float64 to float32: out[9]");
    read_floats(&t, 5, 1, out);
    CHECK(out[0] == 1.5f, "from the middle");
}

static void test_disk(void)
{
    struct berth_folder *folder = NULL;
    struct berth_tensor_set *set = NULL;
    const struct berth_tensor *t;
    struct berth_error err = {0};
    size_t n = 0;

    if (!CHECK(berth_folder_open("tests/data/bert-uncased", &folder, &err) ==
                   BERTH_OK,
               "opens the folder: %s", err.message))
        return;
    CHECK(berth_tensor_set_open(folder, "", &set, &err) == BERTH_OK,
          "tensors of the file open: %s", err.message);
    berth_folder_close(folder);
    if (set == NULL)
        return;
    berth_tensor_set_list(set, &n);
    t = berth_tensor_find(set, "bert.embeddings.word_embeddings.weight");
    EQUAL_SIZE(n, 42, "tensors without the folder: n");
    CHECK(t != NULL, "tensors without the folder: found");
    EQUAL_SIZE(t->rank, 2, "tensors without the folder: rank");
    EQUAL_INT(t->shape[0], 580, "tensors without the folder: shape[0]");
    EQUAL_INT(t->shape[1], 32, "tensors without the folder: shape[1]");
    berth_tensor_set_close(set);
    berth_tensor_set_close(NULL);
}

int main(void)
{
    test_good();
    test_facts();
    test_lies();
    test_rank();
    test_length();
    test_mutations();
    test_shards();
    test_absent();
    test_hash();
    test_widen_16();
    test_widen_64();
    test_disk();
    return tap_done();
}
