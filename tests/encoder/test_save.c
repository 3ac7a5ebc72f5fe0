/*
 * test_save.c - a model that was saved gives the bits of the one that was
 * opened: in each precision, of every family, with its head and its modules.
 */
#include "lib/berth.h"

#include "tests/reference.h"
#include "tests/scratch.h"

static const char *const precisions[] = {
    [BERTH_PRECISION_STORED] = "stored", [BERTH_PRECISION_F32] = "f32",
    [BERTH_PRECISION_F16] = "f16",       [BERTH_PRECISION_BF16] = "bf16",
    [BERTH_PRECISION_I8] = "int8",
};

static struct scratch scratch;

/* Sentence vectors and, where there is a head, logits of a text. */
struct results {
    float *vector, *logits;
    size_t n_vector, n_logits;
};

static void drop(struct results *r)
{
    free(r->vector);
    free(r->logits);
    *r = (struct results){0};
}

static struct berth_model *open_as(const char *path, enum berth_head_kind head,
                                   enum berth_precision precision)
{
    const struct berth_model_options options = {.head = head,
                                                .precision = precision};
    struct berth_model *model = NULL;
    struct berth_error err = {0};

    if (berth_model_open(path, &options, &model, &err) != BERTH_OK)
        CHECK(false, "%s opens: %s", path != NULL ? path : "@builtin",
              err.message);
    return model;
}

static bool run(struct berth_model *model, struct results *out)
{
    static const char words[] = "the man's hat is unaffable, a b c.";
    const struct berth_text text = {.text = words,
                                    .text_len = sizeof(words) - 1};
    const struct berth_head_facts *head = berth_model_get_head(model);
    struct berth_tokenize_options limit = {
        .max_tokens = berth_model_get_facts(model)->max_tokens};
    struct berth_tokens tokens = {0};
    struct berth_context *ctx = NULL;
    bool ok = berth_tokenize(model, &text, &limit, &tokens, NULL) == BERTH_OK;
    const struct berth_sequence sequence = {
        .ids = tokens.ids, .type_ids = tokens.type_ids, .n_tokens = tokens.n};

    out->n_vector = berth_embed_size(model, NULL);
    if (head != NULL)
        out->n_logits = head->n_out * (head->of_tokens ? tokens.n : 1);
    out->vector = calloc(out->n_vector, sizeof(*out->vector));
    out->logits = calloc(out->n_logits + 1, sizeof(*out->logits));
    ok = ok && berth_context_new(model, 1, 64, &ctx, NULL) == BERTH_OK &&
         berth_forward(ctx, &sequence, 1, BERTH_LAST_LAYER, NULL) == BERTH_OK &&
         berth_embed(ctx, NULL, out->vector, NULL) == BERTH_OK &&
         (head == NULL || berth_logits(ctx, out->logits, NULL) == BERTH_OK);
    berth_context_free(ctx);
    berth_tokens_free(&tokens);
    return ok;
}

/* What a model gives: the same before and after packing. */
static bool get(struct berth_model *model, struct results *out)
{
    struct results packed = {0};
    const bool ok =
        run(model, out) && berth_model_pack(model, 1, NULL) == BERTH_OK &&
        run(model, &packed) &&
        memcmp(packed.vector, out->vector, out->n_vector * sizeof(float)) == 0;

    drop(&packed);
    return ok;
}

static void compare(const char *name, const char *saved,
                    enum berth_head_kind head, enum berth_precision read_as,
                    const struct results *want, const char *what)
{
    struct berth_model *model = open_as(saved, head, read_as);
    struct results got = {0};

    if (model == NULL)
        return;
    CHECK(get(model, &got), "%s, %s: computes, packed or not", name, what);
    EQUAL_SIZE(got.n_vector, want->n_vector, "%s, %s: sizes", name, what);
    EQUAL_FLOATS(got.vector, want->vector, want->n_vector, "%s, %s: vectors",
                 name, what);
    EQUAL_FLOATS(got.logits, want->logits, want->n_logits, "%s, %s: logits",
                 name, what);
    drop(&got);
    berth_model_close(model);
}

static void check_precision(const char *name, const char *path,
                            enum berth_head_kind head,
                            enum berth_precision precision)
{
    struct berth_model *model = open_as(path, head, precision);
    char saved[SCRATCH_PATH + 256], what[64];
    struct results want = {0};
    struct berth_error err = {0};

    scratch_name(&scratch, "saved", saved);
    if (model == NULL)
        return;
    CHECK(get(model, &want), "%s: computes", name);
    EQUAL_INT(berth_model_save(model, saved, NULL, NULL, &err), BERTH_OK,
              "%s: saves as %s: %s", name, precisions[precision], err.message);
    berth_model_close(model);
    snprintf(what, sizeof(what), "saved as %s", precisions[precision]);
    /* bfloat16 rounds activations, too, only where it is asked for. */
    if (precision != BERTH_PRECISION_BF16)
        compare(name, saved, head, BERTH_PRECISION_STORED, &want, what);
    snprintf(what, sizeof(what), "saved as %s, opened so",
             precisions[precision]);
    if (precision != BERTH_PRECISION_STORED)
        compare(name, saved, head, precision, &want, what);
    drop(&want);
    scratch_remove(&scratch);
    mkdir(scratch.path, 0777);
}

static void check_head(const char *name, const char *path,
                       enum berth_head_kind head)
{
    for (size_t i = 0; i < sizeof(precisions) / sizeof(precisions[0]); i++)
        check_precision(name, path, head, (enum berth_precision)i);
}

static void check_model(const char *name, const char *path)
{
    struct berth_model *model =
        open_as(path, BERTH_HEAD_NONE, BERTH_PRECISION_STORED);
    size_t n = 0;

    if (model == NULL)
        return;
    const struct berth_head_facts *heads = berth_model_get_heads(model, &n);
    for (size_t i = 0; i < n; i++)
        check_head(name, path, heads[i].kind);
    if (n == 0)
        check_head(name, path, BERTH_HEAD_NONE);
    berth_model_close(model);
}

static void check_golden(const char *name)
{
    char path[PATH_SIZE];

    if (model_folder(name, path))
        check_model(name, path);
}

/* From 8 bits back: the values that they stand for, and again the same bits. */
static void test_again(void)
{
    static const char source[] = "tests/data/st-mean-dense-norm";
    char first[SCRATCH_PATH + 256], second[SCRATCH_PATH + 256];
    struct berth_model *model =
        open_as(source, BERTH_HEAD_NONE, BERTH_PRECISION_I8);
    struct results want = {0};

    scratch_name(&scratch, "first", first);
    scratch_name(&scratch, "second", second);
    get(model, &want);
    berth_model_save(model, first, NULL, NULL, NULL);
    berth_model_close(model);
    model = open_as(first, BERTH_HEAD_NONE, BERTH_PRECISION_STORED);
    EQUAL_INT(berth_model_save(model, second, NULL, NULL, NULL), BERTH_OK,
              "8 bits are saved again");
    berth_model_close(model);
    compare("8 bits", second, BERTH_HEAD_NONE, BERTH_PRECISION_STORED, &want,
            "saved again");
    drop(&want);
    model = open_as(first, BERTH_HEAD_NONE, BERTH_PRECISION_F32);
    get(model, &want);
    scratch_name(&scratch, "third", second);
    EQUAL_INT(berth_model_save(model, second, NULL, NULL, NULL), BERTH_OK,
              "8 bits are saved as f32");
    berth_model_close(model);
    compare("8 bits", second, BERTH_HEAD_NONE, BERTH_PRECISION_STORED, &want,
            "saved as f32");
    drop(&want);
    scratch_remove(&scratch);
    mkdir(scratch.path, 0777);
}

static void test_refused(void)
{
    char saved[SCRATCH_PATH + 256];
    const struct berth_model_options tokenizer = {.part = BERTH_PART_TOKENIZER};
    struct berth_model *model = NULL;
    struct berth_error err = {0};

    berth_model_open(NULL, &tokenizer, &model, NULL);

    scratch_name(&scratch, "saved", saved);
    EQUAL_INT(berth_model_save(model, saved, NULL, NULL, &err),
              BERTH_ERR_ARGUMENT, "no weights, no model: %s", err.message);
    berth_model_close(model);
    model = open_as(NULL, BERTH_HEAD_NONE, 0);
    EQUAL_INT(berth_model_save(model, scratch.path, NULL, NULL, &err), BERTH_OK,
              "an empty folder is filled: %s", err.message);
    EQUAL_INT(berth_model_save(model, scratch.path, NULL, NULL, &err),
              BERTH_ERR_ARGUMENT, "one that is full is not: %s", err.message);
    berth_model_close(model);
}

int main(void)
{
    if (!CHECK(scratch_make(&scratch), "a scratch folder"))
        return tap_done();
    check_model("@builtin", NULL);
    check_model("st-mean-dense-norm", "tests/data/st-mean-dense-norm");
    each_golden("encoder", check_golden);
    test_again();
    test_refused();
    scratch_remove(&scratch);
    return tap_done();
}
