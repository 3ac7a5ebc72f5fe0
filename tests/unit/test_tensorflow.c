/*
 * test_tensorflow.c - checkpoints of TensorFlow 1: names, shapes, shards, and
 * indexes that are false under sums that are right.
 */
#include "models/files/tensor_set.h"
#include "models/files/tensorflow_names.h"

#include "tests/checkpoint.h"
#include "tests/tap.h"

static const float numbers[] = {1, 2, 3, 4, 5, 6};
static struct bytes file;

/* A folder of an index and data files, in memory. */
static enum berth_status open_index(const struct bytes *index,
                                    struct berth_tensor_set **set,
                                    struct berth_error *err)
{
    const struct berth_embedded_file files[] = {
        {"bert_model.ckpt.index", index->data, index->n},
        {"bert_model.ckpt.data-00000-of-00001", (const void *)numbers, 24},
        {"bert_model.ckpt.data-00001-of-00002", (const void *)numbers, 24},
    };
    struct berth_folder *folder = NULL;
    enum berth_status status;

    err->message[0] = '\0';
    berth_folder_open_embedded("m", files, 3, &folder, NULL);
    status = berth_tensor_set_open(folder, "", set, err);
    berth_folder_close(folder);
    return status;
}

static struct variable whole(const char *name)
{
    return (struct variable){.name = name,
                             .type = 1,
                             .rank = 2,
                             .shape = {2, 3},
                             .size = 24,
                             .sum = sum_of(numbers, 24)};
}

static void make_index(const struct variable *variables, size_t n,
                       uint64_t n_shards)
{
    static struct block_of block;

    block = (struct block_of){.n_restarts = 1};
    put_header(&block.entries, n_shards, 0, 1);
    for (size_t i = 0; i < n; i++)
        put_variable(&block.entries, &variables[i]);
    put_table(&file, &block, 1);
}

/* ------------------------------------------------------------------- names */

static void test_names(void)
{
    static const struct {
        const char *variable, *name;
        bool transposed;
    } cases[] = {
        {"bert/embeddings/word_embeddings",
         "bert.embeddings.word_embeddings.weight", false},
        {"bert/embeddings/LayerNorm/gamma", "bert.embeddings.LayerNorm.weight",
         false},
        {"bert/encoder/layer_11/attention/self/query/kernel",
         "bert.encoder.layer.11.attention.self.query.weight", true},
        {"bert/encoder/layer_0/output/LayerNorm/beta",
         "bert.encoder.layer.0.output.LayerNorm.bias", false},
        {"bert/pooler/dense/bias", "bert.pooler.dense.bias", false},
        {"cls/predictions/output_bias", "cls.predictions.bias", false},
        {"cls/predictions/transform/dense/kernel",
         "cls.predictions.transform.dense.weight", true},
        {"cls/seq_relationship/output_weights", "cls.seq_relationship.weight",
         false},
        {"cls/squad/output_bias", "qa_outputs.bias", false},
        {"output_weights", "classifier.weight", false},
        {"output_bias", "classifier.bias", false},
        {"bert/pooler/dense/bias/adam_m", NULL, false},
        {"output_weights/adam_v", NULL, false},
        {"global_step", NULL, false},
        {"beta1_power", NULL, false},
        {"bert/embeddings", NULL, false},
        {"", NULL, false},
    };
    char name[200];
    bool transposed;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const bool found = berth_tensorflow_name(cases[i].variable, name,
                                                 sizeof(name), &transposed);

        EQUAL_TEXT(found ? name : NULL, cases[i].name, "name of '%s'",
                   cases[i].variable);
        if (found)
            EQUAL_INT(transposed, cases[i].transposed, "%s: transposed", name);
    }
    for (size_t n = 1; n < 40; n++)
        (void)berth_tensorflow_name("bert/encoder/layer_0/output/dense/kernel",
                                    name, n, &transposed);
    EQUAL_SIZE(strlen(name), 38, "a name is cut to its room");
}

/* ----------------------------------------------------------------- tensors */

static void test_tensors(void)
{
    struct variable variables[] = {
        whole("bert/a/kernel"), whole("bert/b/output_weights"),
        whole("bert/b/output_weights/adam_m"), whole("bert/c/bias")};
    const float transposed[] = {1, 4, 2, 5, 3, 6};
    struct berth_tensor_set *set = NULL;
    struct berth_kernels kernels;
    struct berth_error err;
    float got[6] = {0};
    size_t n = 0;

    berth_kernels_use_scalar(&kernels);
    variables[2].sliced = true; /* nobody looks at a slot */
    variables[3] = (struct variable){.name = "bert/c/bias",
                                     .type = 9,
                                     .rank = 1,
                                     .shape = {1},
                                     .offset = 8,
                                     .size = 8};
    make_index(variables, 4, 1);
    if (!EQUAL_INT(open_index(&file, &set, &err), BERTH_OK, "opens %s",
                   err.message))
        return;
    berth_tensor_set_list(set, &n);
    EQUAL_SIZE(n, 3, "tensors, without the slot");
    const struct berth_tensor *t = berth_tensor_find(set, "bert.a.weight");
    EQUAL_SIZE(t->shape[0], 3, "a kernel's outputs");
    EQUAL_SIZE(t->shape[1], 2, "a kernel's inputs");
    berth_tensor_read(t, &kernels, BERTH_PRECISION_STORED, 0, 6, got);
    EQUAL_FLOATS(got, transposed, 6, "a kernel is transposed");
    CHECK(berth_tensor_intact(t, &kernels), "its sum is right");
    t = berth_tensor_find(set, "bert.b.weight");
    EQUAL_SIZE(t->shape[0], 2, "output_weights keep their shape");
    berth_tensor_read(t, &kernels, BERTH_PRECISION_STORED, 0, 6, got);
    EQUAL_FLOATS(got, numbers, 6, "output_weights are not transposed");
    t = berth_tensor_find(set, "bert.c.bias");
    EQUAL_TEXT(t->dtype->name, "I64", "type 9");
    CHECK(!berth_tensor_intact(t, &kernels), "a sum that is wrong");
    berth_tensor_set_close(set);
}

/* The first shard has only a slot, and is not there. */
static void test_shards(void)
{
    struct variable variables[] = {whole("bert/a/bias"),
                                   whole("bert/a/bias/adam_m")};
    struct berth_tensor_set *set = NULL;
    struct berth_error err;

    variables[0].shard = 1;
    make_index(variables, 2, 2);
    EQUAL_INT(open_index(&file, &set, &err), BERTH_OK,
              "a shard without weights may be absent %s", err.message);
    EQUAL_TEXT(berth_tensor_find(set, "bert.a.bias")->file,
               "m/bert_model.ckpt.data-00001-of-00002", "the second shard");
    berth_tensor_set_close(set);
    set = NULL;
    variables[0].shard = 0;
    make_index(variables, 1, 2);
    EQUAL_INT(open_index(&file, &set, &err), BERTH_ERR_IO, "a missing shard");
    HAS_TEXT(err.message, "m/bert_model.ckpt.data-00000-of-00002",
             "a missing shard: its name");
    berth_tensor_set_close(set);
}

/* ----------------------------------------------------------------- refused */

static void refuse_header(uint64_t n_shards, uint64_t endianness,
                          uint64_t version, const char *words)
{
    static struct block_of block;
    struct berth_tensor_set *set = NULL;
    struct berth_error err;

    block = (struct block_of){.n_restarts = 1};
    put_header(&block.entries, n_shards, endianness, version);
    put_table(&file, &block, 1);
    CHECK(open_index(&file, &set, &err) != BERTH_OK, "a header: %s", words);
    HAS_TEXT(err.message, words, "a header: %s: words", words);
}

static void refuse(struct variable v, const char *words)
{
    struct berth_tensor_set *set = NULL;
    struct berth_error err;

    make_index(&v, 1, 1);
    CHECK(open_index(&file, &set, &err) != BERTH_OK, "%s", words);
    HAS_TEXT(err.message, words, "%s: words", words);
    HAS_TEXT(err.message, v.name, "%s: names the variable", words);
}

static void test_refused(void)
{
    static const char name[] = "bert/a/bias";
    static const struct block_of empty = {.n_restarts = 1};
    struct variable v = whole(name);
    struct berth_tensor_set *set = NULL;
    struct berth_error err;

    refuse_header(0, 0, 1, "1 to 10000 shards, found 0");
    refuse_header(UINT64_MAX, 0, 1, "found 18446744073709551615");
    refuse_header(1, 1, 1, "big-endian");
    refuse_header(1, 0, 2, "version 2");
    refuse_header(1, 0, 1, "none of its variables");
    put_table(&file, &empty, 1);
    CHECK(open_index(&file, &set, &err) != BERTH_OK, "an empty index");
    make_index(&v, 1, 1);
    refuse(whole("electra/embeddings/x"), "ELECTRA");
    refuse(whole("bert/encoder/transformer/group_0/x"), "ALBERT");
    refuse(whole("_CHECKPOINTABLE_OBJECT_GRAPH"), "TensorFlow 2");
    v.sliced = true;
    refuse(v, "slices");
    v = whole(name);
    v.type = 7;
    refuse(v, "type 7 of TensorFlow");
    v = whole(name);
    v.shard = 1;
    refuse(v, "one of the shards");
    v = whole(name);
    v.size = 20;
    refuse(v, "as its shape has numbers of F32, found 20");
    v = whole(name);
    v.offset = 1;
    refuse(v, "24 bytes from byte 1 on, found a file of 24");
    v.offset = UINT64_MAX;
    refuse(v, "from byte 18446744073709551615 on");
    v = whole(name);
    v.shape[0] = UINT64_MAX; /* -1 */
    refuse(v, "a type, a shape and a place");
    v.shape[0] = v.shape[1] = (uint64_t)1 << 40;
    refuse(v, "a shape that fits in memory");
}

static void test_twice(void)
{
    const struct variable variables[] = {whole("bert/LayerNorm/gamma"),
                                         whole("bert/LayerNorm/kernel")};
    struct berth_tensor_set *set = NULL;
    struct berth_error err;

    make_index(variables, 2, 1);
    CHECK(open_index(&file, &set, &err) != BERTH_OK, "two of one name");
    HAS_TEXT(err.message, "a variable of another name", "two of one name");
}

/* --------------------------------------------------------------- mutations */

/* Every number of a set that opened, so that a sanitizer sees a read outside
 * of the file. */
static void read_all(const struct berth_tensor_set *set)
{
    size_t n;
    const struct berth_tensor *t = berth_tensor_set_list(set, &n);
    struct berth_kernels kernels;

    berth_kernels_use_scalar(&kernels);
    for (size_t i = 0; i < n; i++) {
        float *out = malloc(4 * t[i].n_elements + 1);

        (void)berth_tensor_intact(&t[i], &kernels);
        if (t[i].dtype->widen != NULL && t[i].n_elements > 0)
            berth_tensor_read(&t[i], &kernels, BERTH_PRECISION_STORED, 0,
                              t[i].n_elements, out);
        free(out);
    }
}

/* Entries with a bent byte, in a table whose sums are right. */
static void test_mutations(void)
{
    const struct variable variables[] = {
        whole("bert/a/kernel"), whole("bert/b/bias"), whole("bert/b/bias/adam"),
        whole("output_weights")};
    size_t n_open = 0, n_refused = 0;
    uint32_t seed = 15;

    for (size_t i = 0; i < 1000; i++) {
        struct block_of block = {.n_restarts = 1};
        struct berth_tensor_set *set = NULL;
        struct berth_error err;

        put_header(&block.entries, 1, 0, 1);
        for (size_t k = 0; k < 4; k++)
            put_variable(&block.entries, &variables[k]);
        for (size_t k = 0; k <= i % 3; k++) {
            seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
            block.entries.data[(seed >> 8) % block.entries.n] ^=
                (unsigned char)(1U << (seed >> 5) % 8);
        }
        put_table(&file, &block, 1);
        if (open_index(&file, &set, &err) == BERTH_OK) {
            n_open++;
            read_all(set);
        } else if (err.message[0] != '\0') {
            n_refused++;
        }
        berth_tensor_set_close(set);
    }
    EQUAL_SIZE(n_open + n_refused, 1000, "mutations, %zu refused", n_refused);
    CHECK(n_refused > 500 && n_open > 50, "some of both: %zu open", n_open);
}

int main(void)
{
    test_names();
    test_tensors();
    test_shards();
    test_refused();
    test_twice();
    test_mutations();
    return tap_done();
}
