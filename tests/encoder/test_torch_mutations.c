/*
 * test_torch_mutations.c - a thousand files pytorch_model.bin of both forms
 * that are cut off, bent or edited.
 */
#include "tests/bent.h"
#include "tests/tensors.h"
#include "tests/torch_file.h"

static const char bin[] = "pytorch_model.bin";

enum form {
    ZIP,
    DEFLATED,
    OLD,
    FORMS
};

static const char *const form_names[] = {"zip", "deflated zip", "before 1.6"};
static const int n_mutations[] = {1000, 100, 1000};

/* ------------------------------------------------------------------ files */

static void put_weight(struct bytes *pickle, const struct tensor_entry *e,
                       size_t key, enum form form)
{
    char name[32];
    struct torch_tensor t = {.type = "FloatStorage",
                             .key = name,
                             .n = e->size / sizeof(float),
                             .rank = e->rank};

    snprintf(name, sizeof(name), "%zu", key);
    for (size_t i = 0; i < e->rank; i++) {
        t.shape[i] = e->shape[i];
        t.strides[i] = i + 1 < e->rank ? e->shape[1] : 1;
    }
    put_text(pickle, e->name);
    put_tensor(pickle, &t, form == OLD);
}

static struct bytes make_pickle(const struct tensors *model, enum form form)
{
    struct bytes pickle = {0};

    put_protocol(&pickle);
    put(&pickle, "}(", 2);
    for (size_t i = 0; i < model->n; i++)
        put_weight(&pickle, &model->list[i], i, form);
    put(&pickle, "u.", 2);
    return pickle;
}

static struct bytes make_zip(const struct tensors *model,
                             const unsigned char *pickle, size_t n,
                             bool deflates)
{
    struct archive a = {0};
    char name[64];

    put_entry(&a, "m/data.pkl", pickle, n, deflates);
    for (size_t i = 0; i < model->n; i++) {
        snprintf(name, sizeof(name), "m/data/%zu", i);
        put_entry(&a, name, model->list[i].bytes, model->list[i].size,
                  deflates);
    }
    return archive_end(&a);
}

static struct bytes make_old(const struct tensors *model,
                             const unsigned char *pickle, size_t n)
{
    struct bytes b = {0};
    char key[32];

    put_old_head(&b);
    put(&b, pickle, n);
    put(&b, "\x80\x02](", 4);
    for (size_t i = 0; i < model->n; i++) {
        snprintf(key, sizeof(key), "%zu", i);
        put_text(&b, key);
    }
    put(&b, "e.", 2);
    for (size_t i = 0; i < model->n; i++) {
        put_number(&b, model->list[i].size / sizeof(float), 8);
        put(&b, model->list[i].bytes, model->list[i].size);
    }
    return b;
}

static struct bytes make_file(const struct tensors *model,
                              const unsigned char *pickle, size_t n,
                              enum form form)
{
    return form == OLD ? make_old(model, pickle, n)
                       : make_zip(model, pickle, n, form == DEFLATED);
}

/* ------------------------------------------------------------ mutations */

/* A change of the pickle, of which the file is made again. */
static struct bytes bend_pickle(const struct tensors *model, enum form form,
                                uint32_t *seed, char *what, size_t size)
{
    struct bytes pickle = make_pickle(model, form);

    pickle.data = realloc(pickle.data, pickle.n + BENT_ROOM);
    const size_t at = bent_next(seed) % pickle.n;
    const size_t n = bent_change(pickle.data, pickle.n, at, seed, what, size);
    const struct bytes file = make_file(model, pickle.data, n, form);
    free(pickle.data);
    return file;
}

/* A change of the file: half of them of its last bytes, which are the directory
 * of an archive. */
static struct bytes bend_file(const struct file *file, uint32_t *seed,
                              char *what, size_t size)
{
    enum {
        LAST = 3000
    };
    struct bytes bent = {malloc(file->size + BENT_ROOM), file->size};
    const bool last = bent_next(seed) % 2 == 0;
    const size_t at = bent_next(seed) % (last ? LAST : file->size);

    memcpy(bent.data, file->data, file->size);
    bent.n = bent_change(bent.data, bent.n, last ? file->size - 1 - at : at,
                         seed, what, size);
    return bent;
}

static void bend(const struct folder *folder, const struct tensors *model,
                 enum form form, uint32_t *seed)
{
    char what[128];

    for (int i = 0; i < n_mutations[form]; i++) {
        const struct bytes bent =
            i % 2 == 0 ? bend_pickle(model, form, seed, what, sizeof(what))
                       : bend_file(&folder->files[folder->n - 1], seed, what,
                                   sizeof(what));

        scratch_write(&folder->scratch, bin, bent.data, bent.n);
        bent_check(folder, form_names[form], what);
        free(bent.data);
    }
}

/* In every form, as long as what it replaces. */
static const struct edit edits[] = {
    {bin, "word_embeddings.weight", "word_embeddings.weighs",
     "'embeddings.word_embeddings.weight', found none"},
    {bin, "torch\nFloatStorage", "torch\nFloatStoragf",
     "found 'torch.FloatStoragf'"},
    {bin, "ctorch._utils\n_rebuild_tensor_v2",
     "ctorch._utils\n_rebuild_tensor_v9",
     "found 'torch._utils._rebuild_tensor_v9'"},
    {bin, "torch\nFloatStorage", "posix\nfork\n       ", "found 'posix.fork'"},
    {bin, "collections\nOrderedDict", "collections\nordereddict",
     "found 'collections.ordereddict'"},
    {bin, "storage", "modules", "found the code of a module"},
};

static void test_form(const struct folder *whole, const struct tensors *model,
                      enum form form, uint32_t *seed)
{
    struct folder folder = *whole;
    struct bytes pickle = make_pickle(model, form);
    struct bytes file = make_file(model, pickle.data, pickle.n, form);

    folder.files[folder.n++] = (struct file){bin, file.data, file.n};
    write_back(&folder, &folder.files[folder.n - 1]);
    check(&folder, form_names[form], NULL);
    truncate_it(&folder, &folder.files[folder.n - 1]);
    for (size_t i = 0; form != DEFLATED && i < sizeof(edits) / sizeof(*edits);
         i++)
        edit_it(&folder, &edits[i]);
    bend(&folder, model, form, seed);
    free(pickle.data);
    free(file.data);
}

int main(void)
{
    static const char *const names[] = {"config.json", "tokenizer_config.json",
                                        "tokenizer.json"};
    static const char model[] = "tests/data/bert-uncased";
    struct folder folder = {.n = 0};
    struct tensors weights;
    uint32_t seed = 20181011;

    printf("# seed %u\n", (unsigned)seed);
    if (!CHECK(copy_folder(&folder, model, names, 3), "copies %s", model) ||
        !CHECK(tensors_open(&weights, model), "reads its weights"))
        return tap_done();
    bent_limit_memory();
    for (enum form form = ZIP; form < FORMS; form++)
        test_form(&folder, &weights, form, &seed);
    tensors_close(&weights);
    drop_folder(&folder);
    return tap_done();
}
