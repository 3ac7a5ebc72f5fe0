/*
 * test_heads.c - logits of the heads of fine-tuned models against Hugging
 * Face's, all texts in one batch.
 *
 * Bounds: 2e-5, or twice the reference's own distance from float64 where that
 * is larger.
 */
#include "lib/berth.h"
#include "tests/reference.h"

enum {
    MAX_TEXTS = 32
};

struct run {
    const char *name;
    char folder[PATH_SIZE];
    const json_t *golden;
    struct berth_model *model;
    struct berth_context *ctx;
    struct berth_sequence sequences[MAX_TEXTS];
    size_t n;
    size_t n_compared;
};

/* What the reference calls the logits of a kind, and where it has them. */
static const struct {
    const char *what;
    const char *list; /* of texts */
    bool transposed;  /* (n_out, tokens) */
} arrays[BERTH_HEAD_KINDS] = {
    [BERTH_HEAD_SEQUENCE] = {"logits", "texts", false},
    [BERTH_HEAD_TOKENS] = {"token_logits", "texts", false},
    [BERTH_HEAD_ANSWER] = {"qa_logits", "qa", true},
    [BERTH_HEAD_NEXT_SENTENCE] = {"nsp_logits", "texts", false},
    [BERTH_HEAD_DISCRIMINATOR] = {"discriminator_logits", "texts", false},
};

static double bound(const struct run *r, const char *what)
{
    const json_t *d =
        json_object_get(r->golden, "max_abs_float32_minus_float64");
    const double twice = 2.0 * json_number_value(json_object_get(d, what));

    return twice > 2e-5 ? twice : 2e-5;
}

/* An array that golden.json names, of a text or over all of them. */
static bool array_of(const struct run *r, const json_t *files, const char *what,
                     struct npy_array *out)
{
    const char *name = json_string_value(json_object_get(files, what));
    char path[2 * PATH_SIZE];

    snprintf(path, sizeof(path), "%s/golden/%s", r->folder,
             name != NULL ? name : "");
    return name != NULL &&
           CHECK(npy_read(path, out), "%s: read %s", r->name, path);
}

static void compare(struct run *r, const char *what, const char *where,
                    const float *got, const struct npy_array *want,
                    size_t n_out, size_t rows)
{
    if (EQUAL_SIZE(want->n, rows * n_out, "%s %s: size of %s", r->name, where,
                   what))
        NEAR_FLOATS(got, want->data, want->n, bound(r, what), "%s %s: %s",
                    r->name, where, what);
    r->n_compared++;
}

/* The rows of the sequences, as each text of the reference has them. */
static void compare_tokens(struct run *r, const struct berth_head_facts *head,
                           const float *got)
{
    const char *what = arrays[head->kind].what;
    const json_t *list = json_object_get(r->golden, arrays[head->kind].list);

    for (size_t i = 0; i < r->n; i++) {
        const size_t T = r->sequences[i].n_tokens, n = head->n_out;
        const json_t *text = json_array_get(list, i);
        const char *id = json_string_value(json_object_get(text, "id"));
        struct npy_array want;

        if (array_of(r, json_object_get(text, "files"), what, &want)) {
            float *rows = malloc(T * n * sizeof(*rows));
            for (size_t k = 0; k < T * n; k++)
                rows[arrays[head->kind].transposed ? k % n * T + k / n : k] =
                    got[k];
            compare(r, what, id, rows, &want, n, T);
            free(rows);
            free(want.data);
        }
        got += T * n;
    }
}

static void compare_texts(struct run *r, const struct berth_head_facts *head,
                          const float *got)
{
    const json_t *files = json_object_get(r->golden, "files_over_texts");
    struct npy_array want;

    if (!array_of(r, files, arrays[head->kind].what, &want))
        return;
    compare(r, arrays[head->kind].what, "all texts", got, &want, head->n_out,
            r->n);
    free(want.data);
}

static void check_places(const struct run *r,
                         const struct berth_head_facts *head, const float *all)
{
    const size_t T = r->sequences[0].n_tokens, n = head->n_out;
    const struct berth_place places[2] = {{0, T - 1}, {0, 1}};
    float *got = malloc(2 * n * sizeof(*got));

    EQUAL_INT(berth_predict(r->ctx, places, 2, got, NULL),
              head->of_tokens ? BERTH_OK : BERTH_ERR_ARGUMENT,
              "%s: status of berth_predict() with a %s head", r->name,
              head->name);
    CHECK(!head->of_tokens ||
              (memcmp(got, all + (T - 1) * n, n * sizeof(*got)) == 0 &&
               memcmp(got + n, all + n, n * sizeof(*got)) == 0),
          "%s: places have the bits of all tokens' rows", r->name);
    free(got);
}

static void check_logits(struct run *r, const struct berth_head_facts *head)
{
    struct berth_error err = {0};
    size_t rows = r->n;

    for (size_t i = 0; head->of_tokens && i < r->n; i++)
        rows += r->sequences[i].n_tokens - 1;
    float *got = calloc(rows, head->n_out * sizeof(*got));
    enum berth_status status =
        berth_forward(r->ctx, r->sequences, r->n, BERTH_LAST_LAYER, &err);

    if (status == BERTH_OK)
        status = berth_logits(r->ctx, got, &err);
    if (EQUAL_INT(status, BERTH_OK, "%s: logits %s", r->name, err.message)) {
        if (head->of_tokens)
            compare_tokens(r, head, got);
        else
            compare_texts(r, head, got);
        check_places(r, head, got);
    }
    free(got);
}

static void read_texts(struct run *r, const json_t *list)
{
    for (r->n = 0; r->n < json_array_size(list) && r->n < MAX_TEXTS; r->n++) {
        const json_t *text = json_array_get(list, r->n);
        const json_t *types = json_object_get(text, "type_ids");
        struct berth_sequence *s = &r->sequences[r->n];
        size_t n;

        s->ids = integers(json_object_get(text, "ids"), &s->n_tokens);
        s->type_ids = json_is_array(types) ? integers(types, &n) : NULL;
    }
}

static void check_head(struct run *r, enum berth_head_kind kind)
{
    const struct berth_model_options o = {.head = kind};
    struct berth_error err = {0};

    if (arrays[kind].what == NULL ||
        !EQUAL_INT(berth_model_open(r->folder, &o, &r->model, &err), BERTH_OK,
                   "%s: open %s", r->name, err.message))
        return;
    if (EQUAL_INT(berth_context_new(r->model, 2, 256, &r->ctx, &err), BERTH_OK,
                  "%s: context %s", r->name, err.message)) {
        read_texts(r, json_object_get(r->golden, arrays[kind].list));
        check_logits(r, berth_model_get_head(r->model));
        for (size_t i = 0; i < r->n; i++) {
            free((void *)(uintptr_t)r->sequences[i].ids);
            free((void *)(uintptr_t)r->sequences[i].type_ids);
        }
    }
    berth_context_free(r->ctx);
    berth_model_close(r->model);
    r->ctx = NULL;
    r->model = NULL;
}

static void check_model(const char *name)
{
    struct run r = {.name = name};
    struct berth_model *model;
    struct berth_error err = {0};
    char path[PATH_SIZE + 32];
    size_t n;

    if (!model_folder(name, r.folder))
        return;
    snprintf(path, sizeof(path), "%s/golden/golden.json", r.folder);
    json_t *golden = read_json(path);
    r.golden = golden;
    if (EQUAL_INT(berth_model_open(r.folder, NULL, &model, &err), BERTH_OK,
                  "%s: open %s", name, err.message)) {
        const struct berth_head_facts *heads = berth_model_get_heads(model, &n);

        for (size_t i = 0; i < n; i++)
            check_head(&r, heads[i].kind);
        berth_model_close(model);
    }
    CHECK(r.n_compared > 0, "%s: some logits of its heads are compared", name);
    json_decref(golden);
}

/* Those of the list, or those that are named. */
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        check_model(argv[i]);
    if (argc == 1)
        each_golden("heads", check_model);
    return tap_done();
}
