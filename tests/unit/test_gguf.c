/*
 * test_gguf.c - the container: values of each kind, places of tensors, and
 * what must not be believed.
 */
#include "models/files/gguf.h"

#include "tests/tap.h"

#include <math.h>

/* A file as it is written. */
struct out {
    unsigned char data[4096];
    size_t n;
};

static void put(struct out *o, const void *data, size_t n)
{
    memcpy(o->data + o->n, data, n);
    o->n += n;
}

static void put_integer(struct out *o, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        o->data[o->n++] = (unsigned char)(value >> (8 * i));
}

static void put_text(struct out *o, const char *text)
{
    put_integer(o, strlen(text), 8);
    put(o, text, strlen(text));
}

static void begin(struct out *o, unsigned version, uint64_t tensors,
                  uint64_t keys)
{
    o->n = 0;
    put(o, "GGUF", 4);
    put_integer(o, version, 4);
    put_integer(o, tensors, 8);
    put_integer(o, keys, 8);
}

/* A key with a value of n bytes. */
static void put_key(struct out *o, const char *key, unsigned type,
                    uint64_t value, size_t n)
{
    put_text(o, key);
    put_integer(o, type, 4);
    put_integer(o, value, n);
}

static void put_tensor(struct out *o, const char *name, uint64_t columns,
                       uint64_t rows, unsigned type, uint64_t offset)
{
    put_text(o, name);
    put_integer(o, 2, 4);
    put_integer(o, columns, 8);
    put_integer(o, rows, 8);
    put_integer(o, type, 4);
    put_integer(o, offset, 8);
}

static void pad(struct out *o, size_t alignment)
{
    while (o->n % alignment != 0)
        put_integer(o, 0, 1);
}

static enum berth_status open_file(const struct out *o, struct berth_gguf *file,
                                   struct berth_error *err)
{
    const struct berth_embedded_file files[] = {{"x.gguf", o->data, o->n}};
    struct berth_folder *folder = NULL;

    CHECK(berth_folder_open_embedded("@test", files, 1, &folder, NULL) ==
              BERTH_OK,
          "opens the folder");
    const enum berth_status status =
        berth_gguf_open(folder, "x.gguf", file, err);
    berth_folder_close(folder);
    return status;
}

/* The file is refused, with these words. */
static void refuses(const struct out *o, const char *words)
{
    struct berth_gguf file = {0};
    struct berth_error err = {0};

    CHECK(open_file(o, &file, &err) != BERTH_OK, "is refused: %s", words);
    HAS_TEXT(err.message, words, "says so");
    HAS_TEXT(err.message, "@test/x.gguf: ", "names the file");
    berth_gguf_close(&file);
}

static void test_values(void)
{
    struct out o;
    struct berth_gguf file = {0};
    struct berth_error err = {0};
    struct berth_gguf_text text = {0};
    size_t size = 0;
    double x = 0;
    bool found = false, on = false;

    begin(&o, 3, 0, 8);
    put_key(&o, "u8", BERTH_GGUF_U8, 200, 1);
    put_key(&o, "i16", BERTH_GGUF_I16, 0xfffe, 2);
    put_key(&o, "u64", BERTH_GGUF_U64, 1ULL << 40, 8);
    put_key(&o, "f32", BERTH_GGUF_F32, 0x3fc00000, 4);
    put_key(&o, "f64", BERTH_GGUF_F64, 0xbff8000000000000, 8);
    put_key(&o, "bool", BERTH_GGUF_BOOL, 1, 1);
    put_key(&o, "texts", BERTH_GGUF_ARRAY, BERTH_GGUF_STRING, 4);
    put_integer(&o, 2, 8);
    put_text(&o, "one");
    put_text(&o, "");
    put_text(&o, "text");
    put_integer(&o, BERTH_GGUF_STRING, 4);
    put_text(&o, "words");
    EQUAL_INT(open_file(&o, &file, &err), BERTH_OK, "opens, %s: status",
              err.message);
    CHECK(berth_gguf_get_size(&file, "u8", &size, NULL, &err) == BERTH_OK,
          "u8: %s", err.message);
    EQUAL_SIZE(size, 200, "u8");
    CHECK(berth_gguf_get_size(&file, "u64", &size, NULL, &err) == BERTH_OK,
          "u64: %s", err.message);
    EQUAL_SIZE(size, (size_t)1 << 40, "u64");
    CHECK(berth_gguf_get_number(&file, "f32", &x, NULL, &err) == BERTH_OK,
          "f32: %s", err.message);
    NEAR(x, 1.5, 0, "f32");
    CHECK(berth_gguf_get_number(&file, "f64", &x, NULL, &err) == BERTH_OK,
          "f64: %s", err.message);
    NEAR(x, -1.5, 0, "f64");
    CHECK(berth_gguf_get_bool(&file, "bool", &on, &found, &err) == BERTH_OK &&
              found && on,
          "bool: %s", err.message);
    CHECK(berth_gguf_get_text(&file, "text", &text, NULL, &err) == BERTH_OK &&
              berth_gguf_is(text, "words"),
          "text: %s", err.message);
    const struct berth_gguf_pair *pair = berth_gguf_find(&file, "texts");
    if (CHECK(pair != NULL && pair->is_array && pair->n == 2, "texts")) {
        const unsigned char *at = pair->data;
        CHECK(berth_gguf_is(berth_gguf_next(&at), "one") &&
                  berth_gguf_is(berth_gguf_next(&at), ""),
              "texts, one after the other");
    }
    EQUAL_INT(berth_gguf_get_size(&file, "i16", &size, NULL, &err),
              BERTH_ERR_FORMAT, "-2 is no size: status");
    EQUAL_INT(berth_gguf_get_size(&file, "f32", &size, NULL, &err),
              BERTH_ERR_FORMAT, "nor is 1.5: status");
    EQUAL_INT(berth_gguf_get_text(&file, "texts", &text, NULL, &err),
              BERTH_ERR_FORMAT, "an array is no text: status");
    HAS_TEXT(err.message, "key 'texts': expected a text, found an array",
             "an array is no text");
    CHECK(berth_gguf_get_size(&file, "none", &size, &found, &err) == BERTH_OK &&
              !found,
          "an absent key");
    EQUAL_INT(berth_gguf_get_size(&file, "none", &size, NULL, &err),
              BERTH_ERR_FORMAT, "an absent key that is needed: status");
    berth_gguf_close(&file);
}

/* Two tensors at the places that the alignment gives, and what is in them. */
static void test_tensors(void)
{
    struct out o;
    struct berth_gguf file = {0};
    struct berth_error err = {0};

    begin(&o, 2, 2, 1);
    put_key(&o, "general.alignment", BERTH_GGUF_U32, 64, 4);
    put_tensor(&o, "a", 3, 2, 0, 0);
    put_tensor(&o, "b", 2, 1, 0, 64);
    pad(&o, 64);
    put_integer(&o, 0x3f800000, 4);
    pad(&o, 64);
    put_integer(&o, 0x40000000, 4);
    put_integer(&o, 0x40400000, 4);
    EQUAL_INT(open_file(&o, &file, &err), BERTH_OK, "opens, %s: status",
              err.message);
    const struct berth_tensor *a = berth_gguf_tensor(&file, "a");
    const struct berth_tensor *b = berth_gguf_tensor(&file, "b");
    if (CHECK(a != NULL && b != NULL, "has both")) {
        float x[2] = {0};
        EQUAL_SIZE(a->shape[0], 2, "rows come first");
        EQUAL_SIZE(a->shape[1], 3, "columns last");
        memcpy(x, a->data, 4);
        NEAR((double)x[0], 1, 0, "the first number");
        memcpy(x, b->data, 8);
        NEAR((double)x[1], 3, 0, "the last one");
    }
    berth_gguf_close(&file);
    o.n--;
    refuses(&o, "expected at least 72 bytes of tensors, found 71");
}

static void test_damage(void)
{
    struct out o;

    begin(&o, 0x03000000, 0, 0);
    refuses(&o, "found a big-endian one");
    begin(&o, 4, 0, 0);
    refuses(&o, "expected version 2 or 3 of GGUF, found 4");
    begin(&o, 3, UINT64_MAX, 0);
    refuses(&o, "the number of tensors: expected at most");
    begin(&o, 3, 0, UINT64_MAX / 16);
    refuses(&o, "the number of keys: expected at most");
    begin(&o, 3, 0, 1);
    put_key(&o, "a", BERTH_GGUF_STRING, UINT64_MAX, 8);
    refuses(&o, "expected the values of a key at byte");
    begin(&o, 3, 0, 1);
    put_key(&o, "a", BERTH_GGUF_ARRAY, BERTH_GGUF_ARRAY, 4);
    put_integer(&o, 1, 8);
    refuses(&o, "no array in an array, found 9");
    begin(&o, 3, 0, 1);
    put_key(&o, "a", BERTH_GGUF_ARRAY, BERTH_GGUF_U64, 4);
    put_integer(&o, 2, 8);
    put_integer(&o, 1, 8);
    refuses(&o, "expected the values of a key at byte");
    begin(&o, 3, 0, 2);
    put_key(&o, "a", BERTH_GGUF_U8, 1, 1);
    put_key(&o, "a", BERTH_GGUF_U8, 1, 1);
    pad(&o, 32);
    refuses(&o, "key 'a': expected it once, found it twice");
    begin(&o, 3, 0, 1);
    put_key(&o, "general.alignment", BERTH_GGUF_U32, 48, 4);
    refuses(&o, "expected a power of 2 up to 65536, found 48");
    begin(&o, 3, 1, 0);
    put_tensor(&o, "a", UINT64_MAX / 2, 4, 0, 0);
    refuses(&o, "expected dimensions whose product fits in memory");
    begin(&o, 3, 1, 0);
    put_tensor(&o, "a", 1 << 20, 1 << 20, 0, 0);
    refuses(&o, "expected 1099511627776 numbers of F32, found a file of");
    begin(&o, 3, 1, 0);
    put_tensor(&o, "a", 33, 1, 8, 0);
    refuses(&o, "expected rows of a multiple of 32 numbers, as Q8_0 has them");
    begin(&o, 3, 1, 0);
    put_tensor(&o, "a", 256, 1, 23, 0);
    refuses(&o, "found type 23, IQ4_XS, which is not supported");
    begin(&o, 3, 1, 0);
    put_tensor(&o, "a", 1, 1, 0, 4);
    refuses(&o, "tensor 'a': expected it at 0, after the one before it");
}

int main(void)
{
    test_values();
    test_tensors();
    test_damage();
    return tap_done();
}
