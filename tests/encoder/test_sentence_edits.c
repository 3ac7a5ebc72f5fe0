/*
 * test_sentence_edits.c - a sentence-transformers folder with a file changed:
 * what sentence-transformers honours, is honoured.
 * tests/make/sentence_reference.py made the right values.
 */
#include "lib/berth.h"
#include "tests/reference.h"
#include "tests/scratch.h"

static const double bound = 2e-5;
static const char base[] = "tests/data/st-mean-dense-norm";
static const char encoder_folder[] = "0_Transformer";

static const char *const encoder_files[] = {
    "config.json",    "model.safetensors",     "sentence_bert_config.json",
    "tokenizer.json", "tokenizer_config.json",
};
static const char *const other_files[] = {
    "modules.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "2_Dense/model.safetensors",
};

/* --------------------------------------------------------------- the folder */

static bool copy(const struct scratch *s, const char *name, const char *to)
{
    char path[PATH_SIZE];
    size_t size = 0;

    snprintf(path, sizeof(path), "%s/%s", base, name);
    unsigned char *data = scratch_read(path, &size);
    bool ok = data != NULL && scratch_write(s, to, data, size);

    free(data);
    return ok;
}

/* Whether the encoder has a folder of its own in this case. */
static bool is_apart(const json_t *files)
{
    const json_t *modules = json_object_get(files, "modules.json");
    const char *path =
        json_string_value(json_object_get(json_array_get(modules, 0), "path"));

    return path != NULL && strcmp(path, encoder_folder) == 0;
}

static bool make_folder(const struct scratch *s, json_t *files)
{
    const char *before = is_apart(files) ? encoder_folder : "";
    const char *name;
    json_t *content;
    bool ok = true;

    for (size_t i = 0; i < sizeof(other_files) / sizeof(*other_files); i++)
        ok = ok && copy(s, other_files[i], other_files[i]);
    for (size_t i = 0; i < sizeof(encoder_files) / sizeof(*encoder_files);
         i++) {
        char to[PATH_SIZE];

        snprintf(to, sizeof(to), "%s%s%s", before, *before != '\0' ? "/" : "",
                 encoder_files[i]);
        ok = ok && copy(s, encoder_files[i], to);
    }
    json_object_foreach(files, name, content)
    {
        char *text = json_dumps(content, 0);

        ok = ok && text != NULL && scratch_write(s, name, text, strlen(text));
        free(text);
    }
    return ok;
}

/* -------------------------------------------------------------- the numbers */

struct run {
    struct berth_model *model;
    struct berth_context *ctx;
};

/* One text, as the commands do it. */
static bool embed(const struct run *r, const json_t *text, size_t max_tokens,
                  const struct berth_embed_options *options, float *out,
                  struct berth_error *err)
{
    const struct berth_model_facts *facts = berth_model_get_facts(r->model);
    const char *prompt = berth_model_get_prompt(r->model, NULL);
    const struct berth_text input = {
        .text = json_string_value(text),
        .text_len = json_string_length(text),
        .prompt = prompt,
        .prompt_len = prompt != NULL ? strlen(prompt) : 0,
    };
    const struct berth_tokenize_options limit = {
        .max_tokens = max_tokens, .no_special = facts->sentence_no_special};
    struct berth_tokens t = {0};
    bool ok = berth_tokenize(r->model, &input, &limit, &t, err) == BERTH_OK;

    if (ok) {
        const struct berth_sequence s = {
            .ids = t.ids,
            .n_tokens = t.n,
            .n_skip = facts->include_prompt ? 0 : t.windows[0].n_prompt,
        };
        ok = berth_forward(r->ctx, &s, 1, BERTH_LAST_LAYER, err) == BERTH_OK &&
             berth_embed(r->ctx, options, out, err) == BERTH_OK;
    }
    berth_tokens_free(&t);
    return ok;
}

static void check_vector(const struct run *r, const char *name,
                         const json_t *right, const char *key,
                         const json_t *text, size_t max_tokens)
{
    const json_t *want = json_object_get(right, key);
    const size_t n = berth_embed_size(r->model, NULL);
    float *got = calloc(n, sizeof(*got));
    struct berth_error err = {0};
    double worst = 0;

    if (want == NULL) {
        free(got);
        return;
    }
    bool ok = json_array_size(want) == n &&
              embed(r, text, max_tokens, NULL, got, &err);

    for (size_t i = 0; ok && i < n; i++)
        worst = fmax(worst, fabs((double)got[i] -
                                 json_number_value(json_array_get(want, i))));
    CHECK(ok && worst <= bound, "%s: %s of %zu (%.2g) %s", name, key, n, worst,
          err.message);
    free(got);
}

/* As similar and its kin: vectors of unit length where they are compared by
 * cosine. */
static void check_similarity(const struct run *r, const char *name,
                             const json_t *right, const json_t *texts)
{
    const struct berth_model_facts *facts = berth_model_get_facts(r->model);
    const struct berth_embed_options options = {
        .normalize = facts->similarity == BERTH_SIMILARITY_COSINE};
    const double want = json_number_value(json_object_get(right, "similarity"));
    const size_t n = berth_embed_size(r->model, &options);
    float *two = calloc(2 * n, sizeof(*two)), got = NAN;
    struct berth_error err = {0};

    if (embed(r, json_array_get(texts, 0), facts->sentence_max_tokens, &options,
              two, &err) &&
        embed(r, json_array_get(texts, 1), facts->sentence_max_tokens, &options,
              two + n, &err))
        berth_similarities(facts->similarity, two, two + n, 1, n, &got);
    CHECK(!facts->normalizes ||
              n ==
                  berth_embed_size(
                      r->model, &(struct berth_embed_options){.dim = SIZE_MAX}),
          "%s: what is cut has no unit length", name);
    CHECK(fabs((double)got - want) <= bound * fmax(1.0, fabs(want)),
          "%s: %s %g, not %g %s", name,
          berth_similarity_name(facts->similarity), (double)got, want,
          err.message);
    free(two);
}

static void check_case(const char *name, const json_t *right,
                       const json_t *texts)
{
    const json_t *text = json_array_get(texts, 0);
    struct scratch s;
    struct run r = {NULL, NULL};
    struct berth_error err = {0};

    if (!CHECK(scratch_make(&s), "%s: a folder", name))
        return;
    bool ok = make_folder(&s, json_object_get(right, "files")) &&
              berth_model_open(s.path, NULL, &r.model, &err) == BERTH_OK &&
              berth_context_new(r.model, 1, 64, &r.ctx, &err) == BERTH_OK;

    if (CHECK(ok, "%s: opens %s", name, err.message)) {
        const struct berth_model_facts *facts = berth_model_get_facts(r.model);

        check_vector(&r, name, right, "vector", text,
                     facts->sentence_max_tokens);
        check_vector(&r, name, right, "query", text, facts->query_max_tokens);
        check_vector(&r, name, right, "document", text,
                     facts->document_max_tokens);
        check_similarity(&r, name, right, texts);
    }
    berth_context_free(r.ctx);
    berth_model_close(r.model);
    scratch_remove(&s);
}

int main(void)
{
    char path[PATH_SIZE];
    const char *name;
    json_t *right;

    snprintf(path, sizeof(path), "%s/golden/edits.json", base);
    json_t *all = read_json(path);
    const json_t *texts = json_object_get(all, "texts");

    json_object_foreach(json_object_get(all, "cases"), name, right)
    {
        check_case(name, right, texts);
    }
    json_decref(all);
    return tap_done();
}
