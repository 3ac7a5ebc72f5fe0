/*
 * test_torch.c - pytorch_model.bin: both forms, what tensors may be in their
 * storages, and what is refused.
 */
#include "models/files/tensor_set.h"

#include "tests/tap.h"
#include "tests/torch_file.h"

#include "lib/folder.h"

enum {
    N = CONTENT_ELEMENTS
};

/* ------------------------------------------------------------------- files */

/* How to lay it out. */
struct form {
    const char *title;
    bool old, zip64, deflates;
    const char *order; /* NULL: without byteorder */
    const char *top;   /* NULL: "m" */
};

static struct bytes make_zip(struct content *c, const struct form *f)
{
    struct archive a = {.zip64 = f->zip64};
    const char *top = f->top != NULL ? f->top : "m";
    char name[64];

    snprintf(name, sizeof(name), "%s/data.pkl", top);
    put_entry(&a, name, c->pickle.data, c->pickle.n, f->deflates);
    if (f->order != NULL) {
        snprintf(name, sizeof(name), "%s/byteorder", top);
        put_entry(&a, name, f->order, strlen(f->order), false);
    }
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "%s/data/%zu", top, i);
        put_entry(&a, name, c->storages[i].data, c->storages[i].n, f->deflates);
    }
    return archive_end(&a);
}

/* Only the storages with the keys that keys has. */
static struct bytes make_old(struct content *c, const char *keys)
{
    struct bytes b = {0};

    put_old_head(&b);
    put(&b, c->pickle.data, c->pickle.n);
    put(&b, "\x80\x02](", 4);
    for (const char *key = keys; *key != '\0'; key++)
        put_text(&b, (char[]){*key, '\0'});
    put(&b, "e.", 2);
    for (const char *key = keys; *key != '\0'; key++) {
        const struct bytes *s = &c->storages[*key - '0'];

        put_number(&b, s->n / sizeof(float), 8);
        put(&b, s->data, s->n);
    }
    return b;
}

static struct bytes make_file(struct content *c, const struct form *f)
{
    return f->old ? make_old(c, "01") : make_zip(c, f);
}

static enum berth_status open_bytes(struct bytes file,
                                    struct berth_tensor_set **set,
                                    struct berth_error *err)
{
    /* A block of exactly its size, for sanitizers. */
    struct berth_embedded_file bin = {"pytorch_model.bin", file.data, file.n};
    struct berth_folder *folder = NULL;
    enum berth_status status;

    *err = (struct berth_error){0};
    berth_folder_open_embedded("m", &bin, 1, &folder, NULL);
    status = berth_tensor_set_open(folder, "", set, err);
    berth_folder_close(folder);
    return status;
}

/* The file is refused with these words. */
static void refused(struct bytes file, enum berth_status want,
                    const char *words, const char *title)
{
    struct berth_tensor_set *set = NULL;
    struct berth_error err;

    EQUAL_INT(open_bytes(file, &set, &err), want, "%s: %s: status", title,
              err.message);
    HAS_TEXT(err.message, words, "%s: message", title);
    HAS_TEXT(err.message, "m/pytorch_model.bin: ", "%s: the file's name",
             title);
    berth_tensor_set_close(set);
    free(file.data);
}

static void equal_numbers(const struct berth_tensor_set *set, const char *name,
                          const float *want, size_t n, const char *title)
{
    const struct berth_tensor *t = berth_tensor_find(set, name);
    struct berth_kernels kernels;
    float got[64] = {0};

    berth_kernels_use_scalar(&kernels);
    if (!CHECK(t != NULL, "%s: has '%s'", title, name) ||
        !EQUAL_SIZE(t->n_elements, n, "%s: elements of '%s'", title, name))
        return;
    berth_tensor_read(t, &kernels, BERTH_PRECISION_STORED, 0, n, got);
    EQUAL_FLOATS(got, want, n, "%s: numbers of '%s'", title, name);
}

/* --------------------------------------------------------------- good files */

static const struct form forms[] = {
    {.title = "zip"},
    {.title = "zip, little", .order = "little"},
    {.title = "zip, another name", .top = "checkpoint of 1.5"},
    {.title = "zip64", .zip64 = true},
    {.title = "deflated", .deflates = true},
    {.title = "deflated, zip64", .deflates = true, .zip64 = true},
    {.title = "before 1.6", .old = true},
};

/* Two views of one storage, one of them transposed, and another storage. */
static void test_forms(void)
{
    static const struct torch_tensor
        whole = {"FloatStorage", "1", N, 0, 2, {3, 4}, {4, 1}, NULL},
        part = {"FloatStorage", "0", N, 2, 1, {3}, {1}, NULL},
        turned = {"FloatStorage", "0", N, 1, 2, {2, 3}, {1, 4}, NULL},
        one = {"FloatStorage", "0", N, 11, 0, {0}, {0}, NULL},
        none = {"FloatStorage", "0", N, 50, 2, {0, 9}, {9, 1}, NULL};
    static const float all[] = {100, 101, 102, 103, 104, 105,
                                106, 107, 108, 109, 110, 111};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const struct form *f = &forms[i];
        struct content c = begin();
        struct berth_tensor_set *set = NULL;
        struct berth_error err;

        put_named(&c, "turned", &turned, f->old);
        put_named(&c, "whole", &whole, f->old);
        put_named(&c, "part", &part, f->old);
        put_named(&c, "one", &one, f->old);
        put_named(&c, "none", &none, f->old);
        put(&c.pickle, "u.", 2);
        const struct bytes file = make_file(&c, f);
        if (CHECK(open_bytes(file, &set, &err) == BERTH_OK, "%s opens: %s",
                  f->title, err.message)) {
            equal_numbers(set, "whole", all, N, f->title);
            equal_numbers(set, "part", (float[]){2, 3, 4}, 3, f->title);
            equal_numbers(set, "turned", (float[]){1, 5, 9, 2, 6, 10}, 6,
                          f->title);
            equal_numbers(set, "one", (float[]){11}, 1, f->title);
            equal_numbers(set, "none", NULL, 0, f->title);
            CHECK(berth_tensor_find(set, "turned")->strided &&
                      !berth_tensor_find(set, "part")->strided,
                  "%s: only the transposed one has strides", f->title);
            const unsigned char *at = berth_tensor_find(set, "whole")->data;
            EQUAL_INT(at > file.data && at < file.data + file.n, !f->deflates,
                      "%s: numbers are used where the file has them", f->title);
        }
        berth_tensor_set_close(set);
        free(file.data);
        drop(&c);
    }
}

/* An index, of which one part is of each form. */
static void test_shards(void)
{
    static const char index[] =
        "{\"weight_map\":{\"x\":\"a.bin\",\"y\":\"b.bin\"}}";
    static const struct torch_tensor t = {
        "FloatStorage", "0", N, 3, 1, {2}, {1}, NULL};
    struct content a = begin(), b = begin();
    struct berth_folder *folder = NULL;
    struct berth_tensor_set *set = NULL;
    struct berth_error err = {0};

    put_named(&a, "x", &t, false);
    put_named(&b, "y", &t, true);
    put(&a.pickle, "u.", 2);
    put(&b.pickle, "u.", 2);
    const struct bytes first = make_zip(&a, &forms[0]);
    const struct bytes second = make_old(&b, "0");
    const struct berth_embedded_file files[] = {
        {"pytorch_model.bin.index.json", (const unsigned char *)index,
         sizeof(index) - 1},
        {"a.bin", first.data, first.n},
        {"b.bin", second.data, second.n}};
    berth_folder_open_embedded("m", files, 3, &folder, NULL);
    if (CHECK(berth_tensor_set_open(folder, "", &set, &err) == BERTH_OK,
              "shards open: %s", err.message)) {
        equal_numbers(set, "x", (float[]){3, 4}, 2, "shards");
        equal_numbers(set, "y", (float[]){3, 4}, 2, "shards");
    }
    berth_tensor_set_close(set);
    berth_folder_close(folder);
    free(first.data);
    free(second.data);
    drop(&a);
    drop(&b);
}

/* Each dtype in a storage of eight bytes. */
static void test_dtypes(void)
{
    static const struct {
        const char *storage, *dtype;
        size_t size;
    } cases[] = {
        {"FloatStorage", "F32", 4},        {"HalfStorage", "F16", 2},
        {"BFloat16Storage", "BF16", 2},    {"DoubleStorage", "F64", 8},
        {"LongStorage", "I64", 8},         {"IntStorage", "I32", 4},
        {"ShortStorage", "I16", 2},        {"CharStorage", "I8", 1},
        {"ByteStorage", "U8", 1},          {"BoolStorage", "BOOL", 1},
        {"ComplexFloatStorage", "C64", 8},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct torch_tensor t = {cases[i].storage,
                                       "0",
                                       N * 4 / cases[i].size,
                                       0,
                                       1,
                                       {N * 4 / cases[i].size},
                                       {1},
                                       NULL};
        struct content c = begin();
        struct berth_tensor_set *set = NULL;
        struct berth_error err;

        put_named(&c, "x", &t, false);
        put(&c.pickle, "u.", 2);
        const struct bytes file = make_zip(&c, &forms[0]);
        if (CHECK(open_bytes(file, &set, &err) == BERTH_OK, "%s opens: %s",
                  cases[i].storage, err.message)) {
            const struct berth_tensor *x = berth_tensor_find(set, "x");

            EQUAL_TEXT(x->dtype->name, cases[i].dtype, "%s: dtype",
                       cases[i].storage);
            EQUAL_SIZE(x->n_elements, N * 4 / cases[i].size, "%s: elements",
                       cases[i].storage);
        }
        berth_tensor_set_close(set);
        free(file.data);
        drop(&c);
    }
}

static const struct torch_tensor plain = {
    "FloatStorage", "0", N, 0, 1, {2}, {1}, NULL};

/* Opens a pickle that is complete, and looks for a tensor of the numbers 0 and
 * 1. */
static void finds(struct content *c, const char *name, const char *title)
{
    struct berth_tensor_set *set = NULL;
    struct berth_error err;
    const struct bytes file = make_zip(c, &forms[0]);

    if (CHECK(open_bytes(file, &set, &err) == BERTH_OK, "%s: opens: %s", title,
              err.message))
        equal_numbers(set, name, (float[]){0, 1}, 2, title);
    berth_tensor_set_close(set);
    free(file.data);
    drop(c);
}

/* Where the tensors are, and what they are called. */
static void test_dicts(void)
{
    struct content c = begin();

    put_text(&c.pickle, "epoch");
    put_int(&c.pickle, 3);
    put_text(&c.pickle, "state_dict");
    put(&c.pickle, "}", 1);
    put_named(&c, "inner", &plain, false);
    put(&c.pickle, "su.", 3);
    finds(&c, "inner", "tensors in 'state_dict'");

    c = begin();
    put_named(&c, "module.a.weight", &plain, false);
    put_named(&c, "module.b.weight", &plain, false);
    put(&c.pickle, "u.", 2);
    finds(&c, "b.weight", "names that all begin with 'module.'");

    c = begin();
    put_named(&c, "module.a.weight", &plain, false);
    put_named(&c, "b.weight", &plain, false);
    put(&c.pickle, "u.", 2);
    finds(&c, "module.a.weight", "names of which one begins with 'module.'");

    c = begin();
    c.pickle.n = 2;
    put_global(&c.pickle, "collections OrderedDict");
    put(&c.pickle, "](](", 4);
    put(&c.pickle, "U\1a", 3);
    put_tensor(&c.pickle, &plain, false);
    put(&c.pickle, "ee\x85R.", 5);
    finds(&c, "a", "an OrderedDict of pairs, as Python 2 wrote it");

    c = begin();
    c.pickle.n = 2;
    put_global(&c.pickle, "collections OrderedDict");
    put(&c.pickle, ")R(", 3);
    put_named(&c, "a", &plain, false);
    put(&c.pickle, "u}", 2);
    put_text(&c.pickle, "_metadata");
    put(&c.pickle, "}sb.", 4);
    finds(&c, "a", "an OrderedDict with attributes");

    c = begin();
    put_text(&c.pickle, "a");
    put_global(&c.pickle, "torch._utils _rebuild_parameter");
    put_op(&c.pickle, '(');
    put_tensor(&c.pickle, &plain, false);
    put(&c.pickle, "\x88}tRu.", 6);
    finds(&c, "a", "a parameter");

    c = begin();
    put_text(&c.pickle, "a");
    put_tensor(&c.pickle, &plain, false);
    put(&c.pickle, "q\1", 2);
    put_text(&c.pickle, "b");
    put(&c.pickle, "h\1u.", 4);
    finds(&c, "b", "a tensor of the memo");

    c = begin();
    put_text(&c.pickle, "rng");
    put_global(&c.pickle, "_codecs encode");
    put_text(&c.pickle, "xyz");
    put_text(&c.pickle, "latin1");
    put(&c.pickle, "\x86R", 2);
    put_text(&c.pickle, "lr");
    put(&c.pickle, "G\x3f\xf0\0\0\0\0\0\0", 9);
    put_named(&c, "a", &plain, false);
    put_text(&c.pickle, "large");
    put(&c.pickle, "\x8a\x0a\1\2\3\4\5\6\7\1\2\3", 12);
    put(&c.pickle, "u.", 2);
    finds(&c, "a", "values of other kinds beside tensors");
}

/* -------------------------------------------------------------- what is false
 */

/* The words of the message about a zip archive, and about an old file. */
static void bad_in(const struct torch_tensor *t, enum berth_status status,
                   const char *const words[2])
{
    for (int old = 0; old < 2; old++) {
        struct content c = begin();

        put_named(&c, "x", t, old != 0);
        put(&c.pickle, "u.", 2);
        refused(old ? make_old(&c, "0") : make_zip(&c, &forms[0]), status,
                words[old], words[old]);
        drop(&c);
    }
}

static void bad_tensor(const struct torch_tensor *t, enum berth_status status,
                       const char *words)
{
    bad_in(t, status, (const char *const[]){words, words});
}

static void test_bad_tensors(void)
{
    static const struct torch_tensor outside[] = {
        {"FloatStorage", "0", N, 1, 1, {N}, {1}, NULL},
        {"FloatStorage", "0", N, 0, 1, {2}, {N}, NULL},
        {"FloatStorage", "0", N, N, 0, {0}, {0}, NULL},
        {"FloatStorage", "0", N, 0, 2, {3, 5}, {4, 1}, NULL},
        {"FloatStorage",
         "0",
         N,
         0,
         3,
         {0x7fffffff, 0x7fffffff, 0x7fffffff},
         {1, 1, 1},
         NULL},
        {"FloatStorage", "0", N, 0, 2, {2, 2}, {0x7fffffff, 1}, NULL},
    };
    static const struct torch_tensor
        negative = {"FloatStorage", "0", N, 0, 1, {0xffffffff}, {1}, NULL},
        repeated = {"FloatStorage", "0", N, 0, 2, {7, 2}, {0, 1}, NULL},
        ranks = {"FloatStorage",
                 "0",
                 N,
                 0,
                 9,
                 {1, 1, 1, 1, 1, 1, 1, 1, 1},
                 {1, 1, 1, 1, 1, 1, 1, 1, 1},
                 NULL},
        longer = {"FloatStorage", "0", N + 1, 0, 1, {1}, {1}, NULL},
        missing = {"FloatStorage", "7", N, 0, 1, {1}, {1}, NULL},
        quantized = {"FloatStorage",
                     "0",
                     N,
                     0,
                     1,
                     {1},
                     {1},
                     "torch._utils _rebuild_qtensor"},
        system = {"FloatStorage", "0", N, 0, 1, {1}, {1}, "posix system"},
        class = {"QInt8Storage", "0", N, 0, 1, {1}, {1}, NULL};

    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        bad_tensor(&outside[i], BERTH_ERR_FORMAT, "expected a tensor inside");
    bad_tensor(&negative, BERTH_ERR_FORMAT, "found a negative number");
    bad_tensor(&repeated, BERTH_ERR_UNSUPPORTED, "at most the 12 elements");
    bad_tensor(&ranks, BERTH_ERR_UNSUPPORTED, "at most 8 dimensions, found 9");
    bad_in(&longer, BERTH_ERR_FORMAT,
           (const char *const[]){"'data/0' of 52 bytes, found a shorter one",
                                 "as many elements as its tensors say"});
    bad_in(&missing, BERTH_ERR_FORMAT,
           (const char *const[]){"'data/7' of 48 bytes, found none",
                                 "each key of a storage once"});
    bad_tensor(&quantized, BERTH_ERR_UNSUPPORTED,
               "found 'torch._utils._rebuild_qtensor'");
    bad_tensor(&system, BERTH_ERR_UNSUPPORTED, "found 'posix.system'");
    bad_tensor(&class, BERTH_ERR_UNSUPPORTED, "found 'torch.QInt8Storage'");
}

/* One name twice, and one that ends early. */
static void test_bad_names(void)
{
    struct content c = begin();

    put_named(&c, "x", &plain, false);
    put_named(&c, "x", &plain, false);
    put(&c.pickle, "u.", 2);
    refused(make_zip(&c, &forms[0]), BERTH_ERR_FORMAT, "found it twice",
            "a name twice");
    drop(&c);
    c = begin();
    put(&c.pickle, "U\3x\0y", 5);
    put_tensor(&c.pickle, &plain, false);
    put(&c.pickle, "u.", 2);
    refused(make_zip(&c, &forms[0]), BERTH_ERR_FORMAT, "found a NUL in it",
            "a name with a NUL");
    drop(&c);
}

/* A small archive whose pickle would be large. */
static void test_large_pickle(void)
{
    const size_t n = 100000001;
    struct archive a = {0};
    char *zeros = calloc(n, 1);

    put_entry(&a, "x/data.pkl", zeros, n, true);
    refused(archive_end(&a), BERTH_ERR_FORMAT,
            "data.pkl: expected at most 100000000 bytes, found 100000001",
            "a large pickle");
    free(zeros);
}

static void test_bad_archives(void)
{
    static const struct form big = {.order = "big"};
    struct content c = begin();
    struct archive a = {0};

    put_named(&c, "x", &plain, false);
    put(&c.pickle, "u.", 2);
    refused(make_zip(&c, &big), BERTH_ERR_UNSUPPORTED,
            "byteorder: expected little", "big-endian");
    put_entry(&a, "m/data.pkl", c.pickle.data, c.pickle.n, false);
    put_entry(&a, "m/constants.pkl", "x", 1, false);
    refused(archive_end(&a), BERTH_ERR_UNSUPPORTED, "torch.jit.save()",
            "a program of TorchScript");
    a = (struct archive){0};
    put_entry(&a, "m/README", "x", 1, false);
    refused(archive_end(&a), BERTH_ERR_FORMAT, "without it",
            "a zip archive without weights");
    struct bytes other = {0};
    put(&other, "version https://", 16);
    refused(other, BERTH_ERR_FORMAT, "found another beginning", "a text");
    for (size_t i = 0; i < 2; i++) {
        const struct form f = {.deflates = i == 1};
        struct bytes file = make_zip(&c, &f);

        file.n -= 1;
        refused(file, BERTH_ERR_FORMAT, "damaged or cut off", "cut off");
    }
    drop(&c);
}

/* A byte of the directory's entry of a deflated storage is another. */
static void test_bad_sizes(void)
{
    static const struct {
        size_t at;
        int add;
        const char *words;
    } cases[] = {
        {24, -1, "of 48 bytes, found a shorter one"}, /* size */
        {24, 1, "its size and CRC-32, found another"},
        {27, 0x7f, "a size that"},
        {16, 1, "its size and CRC-32, found another"},  /* CRC-32 */
        {20, -1, "its size and CRC-32, found another"}, /* packed */
        {8, 1, "found one that is"},                    /* encrypted */
        {10, 4, "found method 12"},
        {43, 0x7f, "found one that ends behind it"}, /* local header */
        {42, 1, "the header of an entry, found none"},
    };
    struct content c = begin();

    put_named(&c, "x", &plain, false);
    put(&c.pickle, "u.", 2);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct archive a = {0};

        put_entry(&a, "m/data.pkl", c.pickle.data, c.pickle.n, false);
        put_entry(&a, "m/data/0", c.storages[0].data, c.storages[0].n, true);
        unsigned char *entry = a.directory.data + a.directory.n - 46 - 8;
        entry[cases[i].at] += (unsigned char)cases[i].add;
        refused(archive_end(&a),
                cases[i].at == 8 || cases[i].at == 10 ? BERTH_ERR_UNSUPPORTED
                                                      : BERTH_ERR_FORMAT,
                cases[i].words, cases[i].words);
    }
    drop(&c);
}

static void test_bad_old(void)
{
    static const struct {
        const char *keys, *words;
    } cases[] = {
        {"", "it only in a tensor"},
        {"1", "each key of a storage once"},
        {"00", "each key of a storage once"},
    };
    struct content c = begin();
    struct bytes file;

    put_named(&c, "x", &plain, true);
    put(&c.pickle, "u.", 2);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refused(make_old(&c, cases[i].keys), BERTH_ERR_FORMAT, cases[i].words,
                cases[i].words);
    file = make_old(&c, "0");
    file.n--;
    refused(file, BERTH_ERR_FORMAT, "all its elements", "cut off");
    file = make_old(&c, "0");
    file.data[file.n - 4 * N - 8]++;
    refused(file, BERTH_ERR_FORMAT, "as many elements as its tensors say",
            "another number of elements");
    drop(&c);
}

int main(void)
{
    test_forms();
    test_shards();
    test_dtypes();
    test_dicts();
    test_bad_tensors();
    test_bad_names();
    test_bad_archives();
    test_large_pickle();
    test_bad_sizes();
    test_bad_old();
    return tap_done();
}
