/*
 * test_gguf.c - GGUF files against the model that has their dequantised
 * weights: ids, hidden states and pooled vectors, and the numbers of each block
 * type to the bit.
 *
 * tests/data/gguf was made by tests/make/gguf_reference.py; more is in
 * BERTH_REFERENCE.
 */
#include "lib/berth.h"
#include "models/files/gguf.h"
#include "tests/reference.h"

static const double bound = 2e-5;

struct run {
    const char *folder, *name;
    struct berth_model *model;
    struct berth_context *ctx;
};

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void check_hidden(const struct run *r, const json_t *text,
                         const struct berth_sequence *s)
{
    char path[2 * PATH_SIZE];
    struct npy_array want;
    struct berth_error err = {0};

    snprintf(path, sizeof(path), "%s/%s", r->folder,
             text_of(json_object_get(text, "files"), "hidden_states"));
    if (!CHECK(npy_read(path, &want), "%s: read %s", r->name, path))
        return;
    const size_t size = s->n_tokens * want.shape[2];
    for (size_t n = 0; n < want.shape[0]; n++) {
        EQUAL_INT(berth_forward(r->ctx, s, 1, (int)n, &err), BERTH_OK,
                  "%s %s: layer %zu, %s: status", r->name, text_of(text, "id"),
                  n, err.message);
        NEAR_FLOATS(berth_hidden(r->ctx, 0), want.data + n * size, size, bound,
                    "%s %s: hidden state %zu", r->name, text_of(text, "id"), n);
    }
    free(want.data);
}

static void check_embedding(const struct run *r, const json_t *text,
                            const struct berth_sequence *s)
{
    const json_t *list = json_object_get(text, "embedding");
    const size_t n = berth_embed_size(r->model, NULL);
    float *got = calloc(n, sizeof(*got)), *want = calloc(n, sizeof(*want));
    struct berth_error err = {0};

    for (size_t i = 0; i < n; i++)
        want[i] = (float)json_number_value(json_array_get(list, i));
    CHECK(berth_forward(r->ctx, s, 1, BERTH_LAST_LAYER, &err) == BERTH_OK &&
              berth_embed(r->ctx, NULL, got, &err) == BERTH_OK,
          "%s: embed: %s", r->name, err.message);
    EQUAL_SIZE(json_array_size(list), n, "%s: numbers of a vector", r->name);
    NEAR_FLOATS(got, want, n, bound, "%s %s: pooled as the file says", r->name,
                text_of(text, "id"));
    free(got);
    free(want);
}

static void check_text(const struct run *r, const json_t *text)
{
    const char *words = text_of(text, "text");
    const struct berth_text input = {.text = words, .text_len = strlen(words)};
    struct berth_tokens tokens = {0};
    struct berth_error err = {0};
    size_t n;
    int32_t *ids = integers(json_object_get(text, "ids"), &n);

    CHECK(berth_tokenize(r->model, &input, NULL, &tokens, &err) == BERTH_OK,
          "%s: tokenize: %s", r->name, err.message);
    EQUAL_BYTES(tokens.ids, tokens.n * sizeof(*ids), ids, n * sizeof(*ids),
                "%s: ids of %s", r->name, words);
    const struct berth_sequence s = {.ids = ids, .n_tokens = n};
    check_hidden(r, text, &s);
    check_embedding(r, text, &s);
    berth_tokens_free(&tokens);
    free(ids);
}

/* The first rows of tensors, as the gguf package widens them. */
static void check_numbers(const char *folder, const json_t *golden)
{
    const char *file = text_of(golden, "file"), *name;
    struct berth_folder *f = NULL;
    struct berth_gguf gguf = {0};
    struct berth_kernels kernels;
    struct berth_error err = {0};
    json_t *value;

    berth_kernels_select(&kernels, BERTH_CPU_SCALAR, false);
    if (!CHECK(berth_folder_open(folder, &f, &err) == BERTH_OK &&
                   berth_gguf_open(f, file, &gguf, &err) == BERTH_OK,
               "%s: %s", file, err.message))
        goto out;
    json_object_foreach(json_object_get(golden, "dequantised"), name, value)
    {
        const struct berth_tensor *t = berth_gguf_tensor(&gguf, name);
        char path[2 * PATH_SIZE];
        struct npy_array want;

        snprintf(path, sizeof(path), "%s/%s", folder, json_string_value(value));
        if (!CHECK(t != NULL, "%s: has %s", file, name) ||
            !CHECK(npy_read(path, &want), "read %s", path))
            continue;
        float *got = malloc(want.n * sizeof(*got));
        berth_tensor_read(t, &kernels, BERTH_PRECISION_STORED, 0, want.n, got);
        EQUAL_BYTES(got, want.n * sizeof(*got), want.data,
                    want.n * sizeof(*got), "%s: %s of %s", file, name,
                    t->dtype->name);
        free(got);
        free(want.data);
    }
out:
    berth_gguf_close(&gguf);
    berth_folder_close(f);
}

static void check_file(const char *folder, const json_t *golden)
{
    struct run r = {.folder = folder, .name = text_of(golden, "file")};
    const json_t *texts = json_object_get(golden, "texts");
    struct berth_error err = {0};
    char path[2 * PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", folder, r.name);
    enum berth_status s = berth_model_open(path, NULL, &r.model, &err);
    if (s == BERTH_OK)
        s = berth_context_new(r.model, 1, 64, &r.ctx, &err);
    if (CHECK(s == BERTH_OK, "%s: open: %s", r.name, err.message)) {
        for (size_t i = 0; i < json_array_size(texts); i++)
            check_text(&r, json_array_get(texts, i));
    }
    berth_context_free(r.ctx);
    berth_model_close(r.model);
    check_numbers(folder, golden);
}

static void check_folder(const char *folder)
{
    char path[2 * PATH_SIZE];

    snprintf(path, sizeof(path), "%s/golden.json", folder);
    json_t *golden = read_json(path);
    const json_t *files = json_object_get(golden, "gguf");
    CHECK(json_array_size(files) > 0, "%s: has GGUF files", folder);
    for (size_t i = 0; i < json_array_size(files); i++)
        check_file(folder, json_array_get(files, i));
    json_decref(golden);
}

int main(void)
{
    const char *reference = getenv("BERTH_REFERENCE");
    char path[PATH_SIZE];

    check_folder("tests/data/gguf");
    if (reference == NULL) {
        SKIP("BERTH_REFERENCE is not set");
    } else {
        snprintf(path, sizeof(path), "%s/golden/families/formats", reference);
        check_folder(path);
    }
    return tap_done();
}
