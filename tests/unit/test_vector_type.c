/*
 * test_vector_type.c - ranges of quantised vectors: read from a .npy, or taken
 * from the vectors, which wait in the spool meanwhile.
 */
#include "cli/vectors/vector_type.h"

#include "tests/messages.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum {
    SIZE = 3 /* numbers of a vector */
};

static struct scratch folder;

/* A .npy with this description and these bytes of data. */
static const char *npy(const char *descr, const char *order, const char *shape,
                       const void *data, size_t size)
{
    static char path[SCRATCH_PATH + 256];
    char file[1024];
    size_t n = 10;

    n += (size_t)snprintf(file + n, sizeof(file) - n,
                          "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }",
                          descr, order, shape);
    while (n < 127)
        file[n++] = ' ';
    file[n++] = '\n';
    memcpy(file, "\x93NUMPY\x01\x00", 8);
    file[8] = (char)(n - 10);
    file[9] = 0;
    memcpy(file + n, data, size);
    scratch_write(&folder, "r.npy", file, n + size);
    return scratch_name(&folder, "r.npy", path);
}

static void accepted(const char *title, const char *path)
{
    static const float want[2 * SIZE] = {-1, 0, 0.25f, 1, 255, 0.25f};
    struct quantized q;

    CHECK(quantized_open(&q, BERTH_VECTOR_I8, SIZE, path), "%s: opened", title);
    EQUAL_FLOATS(q.ranges, want, 2 * SIZE, "%s: ranges", title);
    EQUAL_INT(q.from_data, false, "%s: from_data", title);
    quantized_close(&q);
}

static void test_accepted(void)
{
    const float narrow[2 * SIZE] = {-1, 0, 0.25f, 1, 255, 0.25f};
    const double wide[2 * SIZE] = {-1, 0, 0.25, 1, 255, 0.25};

    accepted("float32", npy("<f4", "False", "(2, 3)", narrow, sizeof(narrow)));
    accepted("float64", npy("<f8", "False", "(2, 3)", wide, sizeof(wide)));
}

static void refused(const char *title, const char *path, const char *words)
{
    struct quantized q;

    messages_begin();
    bool opened = quantized_open(&q, BERTH_VECTOR_U8, SIZE, path);
    const char *said = messages_end();

    quantized_close(&q);
    EQUAL_INT(opened, false, "%s: opened", title);
    HAS_TEXT(said, words, "%s: message", title);
    HAS_TEXT(said, path, "%s: the file is named", title);
}

static void test_refused(void)
{
    const float ok[2 * SIZE] = {-1, 0, 0, 1, 1, 1};
    const float nan[2 * SIZE] = {-1, 0, 0, 1, NAN, 1};
    const float inf[2 * SIZE] = {-1, -INFINITY, 0, 1, 1, 1};
    const double vast[2 * SIZE] = {-1, 0, 0, 1, 1e300, 1};
    const float turned[2 * SIZE] = {-1, 0, 0, 1, 1, -0.5f};
    const float more[2 * SIZE + 1] = {-1, 0, 0, 1, 1, 1, 0};
    const size_t all = sizeof(ok);
    const char *shape = ": expected float32 or float64 of shape (2, 3), found ";
    char path[SCRATCH_PATH + 256];

    refused("another size", npy("<f4", "False", "(2, 33)", ok, all), shape);
    refused("one row", npy("<f4", "False", "(3,)", ok, all), shape);
    refused("columns first", npy("<f4", "True", "(2, 3)", ok, all), shape);
    refused("float16", npy("<f2", "False", "(2, 3)", ok, all), shape);
    refused("big-endian", npy(">f4", "False", "(2, 3)", ok, all), shape);
    refused("a short array", npy("<f4", "False", "(2, 3)", ok, all - 1),
            ": the array ends early");
    refused("a long array", npy("<f4", "False", "(2, 3)", more, all + 1),
            ": more follows the array");
    refused("NaN", npy("<f4", "False", "(2, 3)", nan, all),
            ": not a number (NaN or infinite)");
    refused("infinity", npy("<f4", "False", "(2, 3)", inf, all),
            ": not a number (NaN or infinite)");
    refused("a float64 beyond float32",
            npy("<f8", "False", "(2, 3)", vast, sizeof(vast)),
            ": not a number (NaN or infinite)");
    refused("minimum above maximum", npy("<f4", "False", "(2, 3)", turned, all),
            ": a largest value below the smallest");
    refused("no such file", scratch_name(&folder, "none.npy", path),
            ": No such file or directory");
    scratch_write(&folder, "r.npy", "\x93NUMPY\x02\x00\x10\x00", 10);
    refused("a length that ends early", scratch_name(&folder, "r.npy", path),
            ": the header ends early");
    scratch_write(&folder, "r.npy", "\x93NUMPY\x01\x00\x10\x00{", 11);
    refused("a header that ends early", path, ": the header ends early");
    scratch_write(&folder, "r.npy", "\x93NUMPY", 6);
    refused("a file that ends early", path, ": not a NumPy array (.npy)");
    scratch_write(&folder, "r.npy", "", 0);
    refused("an empty file", path, ": not a NumPy array (.npy)");
}

/* Ranges 0 to 255: a number is its own uint8, and 128 more than its int8. */
static void test_put(void)
{
    static const struct {
        enum berth_vector_type type;
        int format;
        const char *want;
        size_t n;
    } cases[] = {
        {BERTH_VECTOR_U8, FORMAT_TEXT, "0 200 255", 9},
        {BERTH_VECTOR_U8, FORMAT_CSV, "0,200,255", 9},
        {BERTH_VECTOR_U8, FORMAT_TSV, "0\t200\t255", 9},
        {BERTH_VECTOR_U8, FORMAT_JSONL, "0,200,255", 9},
        {BERTH_VECTOR_U8, FORMAT_NPY, "\x00\xc8\xff", 3},
        {BERTH_VECTOR_I8, FORMAT_CSV, "-128,72,127", 11},
        {BERTH_VECTOR_I8, FORMAT_F32, "\x80\x48\x7f", 3},
        /* Bits of what is above 0, the first one highest: 01100000. */
        {BERTH_VECTOR_UBINARY, FORMAT_CSV, "96", 2},
        {BERTH_VECTOR_BINARY, FORMAT_CSV, "-32", 3}, /* 128 less */
    };
    const float ranges[2 * SIZE] = {0, 0, 0, 255, 255, 255};
    const float x[SIZE] = {0, 200, 255};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct shared s = {.format = cases[i].format};
        struct buffer b = {0};
        struct quantized q;

        quantized_open(&q, cases[i].type, SIZE,
                       npy("<f4", "False", "(2, 3)", ranges, sizeof(ranges)));
        quantized_put(&q, &b, &s, x);
        EQUAL_BYTES(b.data, b.size, cases[i].want, cases[i].n,
                    "type %d in format %d", cases[i].type, cases[i].format);
        buffer_free(&b);
        quantized_close(&q);
    }
}

static void keep(struct quantized *q, const char *before, const float *x)
{
    struct buffer b = {0};

    buffer_puts(&b, before);
    CHECK(quantized_keep(q, &b, x), "'%s' is kept", before);
    buffer_free(&b);
}

static void test_from_data(void)
{
    const struct shared s = {.format = FORMAT_CSV};
    const float rows[3][SIZE] = {{0, 255, 7}, {255, 0, 7}, {51, 102, 7}};
    const float want[2 * SIZE] = {0, 0, 7, 255, 255, 7};
    static const char rows_want[] = "a,0,255;\nno vector,255,0;\nc,51,102;\n";
    struct output out = {0};
    struct quantized q;

    CHECK(quantized_open(&q, BERTH_VECTOR_U8, 2, NULL), "no file: opened");
    EQUAL_INT(q.from_data, true, "no file: from_data");
    keep(&q, "a,", rows[0]);
    keep(&q, "no vector,", NULL);
    keep(&q, "", rows[1]);
    keep(&q, "c,", rows[2]);
    EQUAL_SIZE(q.n_vectors, 3, "vectors that were kept");
    messages_begin();
    bool whole = quantized_replay(&q, &s, ";\n", &out);

    HAS_TEXT(messages_end(), "ranges were taken from only 3 vectors",
             "few vectors: warning");
    EQUAL_BYTES(out.rows.data, out.rows.size, rows_want, strlen(rows_want),
                "rows in their order, quantised with the ranges of all");
    EQUAL_INT(whole && !out.failed, true, "all rows are replayed");
    buffer_free(&out.rows);
    quantized_close(&q);

    quantized_open(&q, BERTH_VECTOR_U8, SIZE, NULL);
    for (size_t i = 0; i < 3; i++)
        keep(&q, "", rows[i]);
    EQUAL_FLOATS(q.ranges, want, 2 * SIZE, "least and largest of each column");
    quantized_close(&q);
}

static void test_one_vector(void)
{
    const struct shared s = {.format = FORMAT_CSV};
    const float x[SIZE] = {1, 2, 3};
    struct output out = {0};
    struct quantized q;

    quantized_open(&q, BERTH_VECTOR_I8, SIZE, NULL);
    keep(&q, "", x);
    messages_begin();
    bool whole = quantized_replay(&q, &s, "\n", &out);

    HAS_TEXT(messages_end(), "no ranges can be taken from one vector",
             "one vector: message");
    EQUAL_INT(whole, false, "one vector: failed");
    EQUAL_SIZE(out.rows.size, 0, "one vector: bytes of rows");
    quantized_close(&q);
}

/* What is saved can be read. */
static void test_save(void)
{
    const double wide[2 * SIZE] = {-1, 0, 0.25, 1, 255, 0.25};
    struct quantized q;
    char path[SCRATCH_PATH + 256];

    quantized_open(&q, BERTH_VECTOR_I8, SIZE,
                   npy("<f8", "False", "(2, 3)", wide, sizeof(wide)));
    struct sink *sink =
        quantized_save(&q, scratch_name(&folder, "saved.npy", path));

    CHECK(sink != NULL && sink_close(sink, true), "saved");
    quantized_close(&q);
    accepted("what was saved", path);
}

int main(void)
{
    if (!scratch_make(&folder))
        return 1;
    test_accepted();
    test_refused();
    test_put();
    test_from_data();
    test_one_vector();
    test_save();
    scratch_remove(&folder);
    return tap_done();
}
