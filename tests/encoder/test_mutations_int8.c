/*
 * test_mutations_int8.c - a model in 8 bits with its file of weights bent a
 * thousand times.
 */
#include "tests/mutations.h"

#include <ctype.h>

enum {
    MUTATIONS = 1000
};

static const char weights[] = "berth-int8.safetensors";

static uint32_t seed = 20201120;

static size_t choose(size_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % n;
}

/* Each changes a copy of the file and says what; returns its new size. */
static size_t flip_header(unsigned char *data, const struct file *file,
                          char *what)
{
    const size_t at = choose(reach(file)), bit = choose(8);

    data[at] ^= (unsigned char)(1u << bit);
    sprintf(what, "bit %zu of byte %zu of the header", bit, at);
    return file->size;
}

/* Sizes, shapes and offsets that are numbers still. */
static size_t change_digit(unsigned char *data, const struct file *file,
                           char *what)
{
    size_t at = 8 + choose(reach(file) - 8);

    while (at > 8 && !isdigit(data[at]))
        at--;
    data[at] = (unsigned char)('0' + choose(10));
    sprintf(what, "%c at byte %zu of the header", data[at], at);
    return file->size;
}

static size_t cut(unsigned char *data, const struct file *file, char *what)
{
    const size_t size = choose(file->size);

    (void)data;
    sprintf(what, "%zu bytes of %zu", size, file->size);
    return size;
}

/* The tensors in 8 bits are at the end: other weights, of any value. */
static size_t change_weight(unsigned char *data, const struct file *file,
                            char *what)
{
    const size_t at = file->size - 1 - choose(file->size / 8);

    data[at] = (unsigned char)choose(256);
    sprintf(what, "%d at byte %zu, a weight", (int8_t)data[at], at);
    return file->size;
}

static size_t (*const mutations[])(unsigned char *data, const struct file *file,
                                   char *what) = {flip_header, change_digit,
                                                  cut, change_weight};

static const struct edit edits[] = {
    {weights, "\"berth.int8\":\"1\"", "\"berth.int8\":\"2\"",
     "expected \"1\", found \"2\""},
    {weights, "\"berth.int8\":\"1\"", "\"berth.int9\":\"1\"",
     "expected F32, F16, BF16 or F64, found I8"},
    {weights, "query.weight_scale", "query.weight_scald",
     "query.weight_scale' beside it, found none"},
    {weights, "query.weight_sum", "query.weight_sun",
     "query.weight_sum' beside it, found none"},
    {"config.json", "berth-int8", "berth-int4", "'quantization_config'"},
};

/* The model of tests/data, saved in 8 bits. */
static bool save(struct scratch *scratch)
{
    const struct berth_model_options options = {.precision =
                                                    BERTH_PRECISION_I8};
    struct berth_model *model = NULL;
    char path[SCRATCH_PATH + 256];
    const bool ok =
        scratch_make(scratch) &&
        berth_model_open("tests/data/bert-uncased", &options, &model, NULL) ==
            BERTH_OK &&
        berth_model_save(model, scratch_name(scratch, "saved", path), NULL,
                         NULL, NULL) == BERTH_OK;

    berth_model_close(model);
    return ok;
}

static void mutate_often(const struct folder *folder)
{
    const struct file *file = find(folder, weights);
    unsigned char *data = malloc(file->size);
    char what[128];

    for (size_t i = 0; i < MUTATIONS; i++) {
        memcpy(data, file->data, file->size);
        const size_t size = mutations[i % 4](data, file, what);

        scratch_write(&folder->scratch, file->name, data, size);
        check(folder, what, i % 4 == 3 ? NULL : "");
    }
    free(data);
    write_back(folder, file);
}

int main(void)
{
    static const char *const names[] = {weights, "config.json",
                                        "tokenizer.json",
                                        "tokenizer_config.json", "vocab.txt"};
    struct folder folder = {.head = BERTH_HEAD_MASKED_LM};
    struct scratch scratch;
    char path[SCRATCH_PATH + 256];

    printf("# seed %u\n", (unsigned)seed);
    if (!CHECK(save(&scratch), "saves bert-uncased in 8 bits") ||
        !CHECK(copy_folder(&folder, scratch_name(&scratch, "saved", path),
                           names, 5),
               "copies it"))
        return tap_done();
    check(&folder, "whole", NULL);
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++)
        edit_it(&folder, &edits[i]);
    remove_it(&folder, weights, "model.safetensors");
    mutate_often(&folder);
    drop_folder(&folder);
    scratch_remove(&scratch);
    return tap_done();
}
