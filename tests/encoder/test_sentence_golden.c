/*
 * test_sentence_golden.c - sentence vectors against sentence-transformers:
 * small folders with every pooling, prompts and modules, and the real
 * all-MiniLM-L6-v2 where BERTH_REFERENCE has it.
 */
#include "lib/berth.h"
#include "tests/reference.h"

static const double bound_least = 2e-5;

struct run {
    const char *name;
    struct berth_model *model;
    struct berth_context *ctx;
};

static bool open_model(struct run *r, const char *folder)
{
    struct berth_error err = {0};
    enum berth_status s = berth_model_open(folder, NULL, &r->model, &err);

    if (s == BERTH_OK)
        s = berth_context_new(r->model, 2, 512, &r->ctx, &err);
    return CHECK(s == BERTH_OK, "%s: open %s", r->name, err.message);
}

static void close_model(struct run *r)
{
    berth_context_free(r->ctx);
    berth_model_close(r->model);
}

/* One text with a prompt, as `berth embed` does it. */
static bool embed(const struct run *r, const json_t *text, const char *prompt,
                  const struct berth_embed_options *options, float *out)
{
    const struct berth_model_facts *facts = berth_model_get_facts(r->model);
    const struct berth_text input = {
        .text = json_string_value(text),
        .text_len = json_string_length(text),
        .prompt = prompt,
        .prompt_len = prompt != NULL ? strlen(prompt) : 0,
    };
    const struct berth_tokenize_options limit = {
        .max_tokens = facts->sentence_max_tokens};
    struct berth_tokens t = {0};
    struct berth_error err = {0};
    bool ok = berth_tokenize(r->model, &input, &limit, &t, &err) == BERTH_OK;

    if (ok) {
        const struct berth_sequence s = {
            .ids = t.ids,
            .n_tokens = t.n,
            .n_skip = facts->include_prompt ? 0 : t.windows[0].n_prompt,
        };
        ok = berth_forward(r->ctx, &s, 1, BERTH_LAST_LAYER, &err) == BERTH_OK &&
             berth_embed(r->ctx, options, out, &err) == BERTH_OK;
    }
    if (!ok)
        CHECK(false, "%s: %s", r->name, err.message);
    berth_tokens_free(&t);
    return ok;
}

/* All texts under one prompt and one set of options. */
static void check_file(const struct run *r, const json_t *golden,
                       const char *folder, const char *key, const char *prompt,
                       const struct berth_embed_options *options)
{
    const json_t *texts = json_object_get(golden, "texts");
    const char *file = json_string_value(
        json_object_get(json_object_get(golden, "files"), key));
    const double twice = 2.0 * json_number_value(json_object_get(
                                   golden, "max_abs_float32_minus_float64"));
    const size_t size = berth_embed_size(r->model, options);
    struct npy_array want;
    char path[PATH_SIZE];
    double worst = 0.0;

    if (file == NULL)
        return;
    snprintf(path, sizeof(path), "%s/golden/%s", folder, file);
    if (!CHECK(npy_read(path, &want), "%s: read %s", r->name, file) ||
        !EQUAL_SIZE(want.shape[1], size, "%s: columns of %s", r->name, file) ||
        !EQUAL_SIZE(want.shape[0], json_array_size(texts), "%s: rows of %s",
                    r->name, file)) {
        free(want.data);
        return;
    }
    float *got = malloc(size * sizeof(*got));
    for (size_t i = 0; i < want.shape[0]; i++) {
        const json_t *text = json_object_get(json_array_get(texts, i), "text");
        if (!embed(r, text, prompt, options, got))
            break;
        const double d = distance(got, want.data + i * size, size);
        worst = d > worst || isnan(d) ? d : worst;
    }
    CHECK(worst <= (twice > bound_least ? twice : bound_least), "%s: %s (%.2g)",
          r->name, key, worst);
    free(got);
    free(want.data);
}

static void check_prompts(const struct run *r, const json_t *golden,
                          const char *folder)
{
    const char *key;
    json_t *unused;

    json_object_foreach(json_object_get(golden, "files"), key, unused)
    {
        (void)unused;
        if (strncmp(key, "prompt:", 7) != 0)
            continue;
        const char *prompt = berth_model_get_prompt(r->model, key + 7);
        if (CHECK(prompt != NULL, "%s: prompt '%s'", r->name, key + 7))
            check_file(r, golden, folder, key, prompt, NULL);
    }
}

static void check_folder(const char *name)
{
    const struct berth_embed_options unit = {.normalize = 1};
    const struct berth_embed_options dim8 = {.dim = 8};
    struct run r = {.name = name};
    char folder[PATH_SIZE], path[PATH_SIZE + 32];

    if (!model_folder(name, folder))
        return;
    snprintf(path, sizeof(path), "%s/golden/golden.json", folder);
    json_t *golden = read_json(path);
    if (golden != NULL && open_model(&r, folder)) {
        check_file(&r, golden, folder, "embeddings",
                   berth_model_get_prompt(r.model, NULL), NULL);
        check_file(&r, golden, folder, "prompt-text:", NULL, NULL);
        check_file(&r, golden, folder, "normalize",
                   berth_model_get_prompt(r.model, NULL), &unit);
        check_file(&r, golden, folder, "truncate_dim=8",
                   berth_model_get_prompt(r.model, NULL), &dim8);
        check_prompts(&r, golden, folder);
    }
    close_model(&r);
    json_decref(golden);
}

static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0.0, aa = 0.0, bb = 0.0;

    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Hidden states 0, 3, 6 and all attention of one text. */
static void check_states(const struct run *r, const char *values,
                         const json_t *text)
{
    const int n = (int)json_integer_value(json_object_get(text, "n"));
    struct npy_array hidden = {0}, weights = {0};
    char path[2 * PATH_SIZE];
    struct berth_sequence s = {0};
    size_t layers[6], heads[12];
    double d = 0.0;

    snprintf(path, sizeof(path), "%s/n%d.hidden_0_3_6.npy", values, n);
    if (!npy_read(path, &hidden))
        return;
    int32_t *ids = integers(json_object_get(text, "ids"), &s.n_tokens);
    s.ids = ids;
    const size_t size = s.n_tokens * hidden.shape[2];
    for (int i = 0; i < 3; i++) {
        if (berth_forward(r->ctx, &s, 1, 3 * i, NULL) == BERTH_OK)
            d = fmax(d, distance(berth_hidden(r->ctx, 0),
                                 hidden.data + (size_t)i * size, size));
        else
            d = 1.0;
    }
    CHECK(d <= bound_least, "%s n%d: hidden states 0, 3, 6 (%.2g)", r->name, n,
          d);
    snprintf(path, sizeof(path), "%s/n%d.attentions.npy", values, n);
    for (size_t i = 0; i < 12; i++)
        layers[i % 6] = i % 6, heads[i] = i;
    const struct berth_attention_request request = {BERTH_ATTENTION_WEIGHTS,
                                                    layers, 6, heads, 12};
    float *got = malloc(6 * 12 * s.n_tokens * s.n_tokens * sizeof(*got));
    if (CHECK(npy_read(path, &weights), "%s n%d: read %s", r->name, n, path) &&
        EQUAL_INT(berth_attend(r->ctx, &s, &request, got, NULL), BERTH_OK,
                  "%s n%d: attend", r->name, n))
        NEAR_FLOATS(got, weights.data, weights.n, bound_least,
                    "%s n%d: attention of 6 layers, 12 heads", r->name, n);
    free(got);
    free(ids);
    free(hidden.data);
    free(weights.data);
}

static void check_vectors(const struct run *r, const json_t *texts,
                          const struct npy_array *want)
{
    const size_t size = want->shape[1];
    double worst = 0.0, least_cosine = 1.0;
    float *got = malloc(size * sizeof(*got));

    for (size_t i = 0; i < want->shape[0]; i++) {
        const float *w = want->data + i * size;
        if (!embed(r, json_object_get(json_array_get(texts, i), "text"), NULL,
                   NULL, got))
            break;
        const double d = distance(got, w, size);
        worst = d > worst || isnan(d) ? d : worst;
        least_cosine = fmin(least_cosine, cosine(got, w, size));
    }
    CHECK(worst <= bound_least, "%s: vectors (%.2g)", r->name, worst);
    CHECK(least_cosine >= 0.999999, "%s: cosine (%.9f)", r->name, least_cosine);
    free(got);
}

static void check_minilm(void)
{
    const char *reference = getenv("BERTH_REFERENCE");
    struct run r = {.name = "all-MiniLM-L6-v2"};
    char folder[PATH_SIZE], values[PATH_SIZE], path[PATH_SIZE + 32];
    struct npy_array want = {0};

    if (reference == NULL) {
        SKIP("%s: BERTH_REFERENCE is not set", r.name);
        return;
    }
    snprintf(folder, sizeof(folder), "%s/minilm", reference);
    snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        MISSING("%s: %s is not there", r.name, path);
        return;
    }
    fclose(f);
    snprintf(values, sizeof(values), "%s/golden/minilm", reference);
    snprintf(path, sizeof(path), "%s/golden.json", values);
    json_t *golden = read_json(path);
    const json_t *texts = json_object_get(golden, "texts");
    snprintf(path, sizeof(path), "%s/embeddings.npy", values);
    if (CHECK(npy_read(path, &want), "%s: read %s", r.name, path) &&
        open_model(&r, folder)) {
        check_vectors(&r, texts, &want);
        for (size_t i = 0; i < json_array_size(texts); i++)
            check_states(&r, values, json_array_get(texts, i));
    }
    close_model(&r);
    free(want.data);
    json_decref(golden);
}

int main(void)
{
    each_golden("sentence", check_folder);
    check_minilm();
    return tap_done();
}
