/*
 * test_decoder.c - which matrix and which bias the masked-language-model head
 * takes: those of its own count where the file holds them with other values,
 * whatever config.json says about tying. As transformers 5 has it.
 */
#include "lib/berth.h"

#include "tests/tap.h"
#include "tests/tensors.h"

static const struct family {
    const char *model, *words, *decoder, *beside, *own;
} families[] = {
    {"tests/data/bert-uncased", "bert.embeddings.word_embeddings.weight",
     "cls.predictions.decoder.weight", "cls.predictions.bias",
     "cls.predictions.decoder.bias"},
    {"tests/data/distilbert", "distilbert.embeddings.word_embeddings.weight",
     "vocab_projector.weight", "vocab_projector.bias", NULL},
};

/* The logits of the mask in "the cat [MASK]"; free(). */
static float *predict(const struct tensors *t, enum berth_precision precision,
                      bool packed, struct berth_error *err)
{
    const struct berth_model_options options = {.head = BERTH_HEAD_MASKED_LM,
                                                .precision = precision};
    const struct berth_text text = {.text = "the cat [MASK]", .text_len = 14};
    struct berth_tokens tokens = {0};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;
    float *out = NULL;

    if (berth_model_open(t->folder.path, &options, &model, err) != BERTH_OK)
        return NULL;
    out = calloc(berth_model_get_facts(model)->vocab_size, sizeof(*out));
    if ((packed && berth_model_pack(model, 1, err) != BERTH_OK) ||
        berth_context_new(model, 1, 64, &ctx, err) != BERTH_OK ||
        berth_tokenize(model, &text, NULL, &tokens, err) != BERTH_OK ||
        berth_forward(ctx,
                      &(struct berth_sequence){.ids = tokens.ids,
                                               .type_ids = tokens.type_ids,
                                               .n_tokens = tokens.n},
                      1, BERTH_LAST_LAYER, err) != BERTH_OK ||
        berth_predict(ctx, &(struct berth_place){0, 4}, 1, out, err) !=
            BERTH_OK) {
        free(out);
        out = NULL;
    }
    berth_context_free(ctx);
    berth_tokens_free(&tokens);
    berth_model_close(model);
    return out;
}

/* The same as of the untied model of these weights, bit for bit. */
static void check_like_untied(struct tensors *t, size_t n, const char *what)
{
    static const enum berth_precision precisions[] = {
        BERTH_PRECISION_STORED, BERTH_PRECISION_F32, BERTH_PRECISION_BF16,
        BERTH_PRECISION_I8};
    struct berth_error err = {0};

    for (size_t i = 0; i < 8; i++) {
        const enum berth_precision p = precisions[i / 2];

        tensors_edit(t, "config.json", "\"tie_word_embeddings\": false",
                     "\"tie_word_embeddings\": true");
        float *tied = predict(t, p, i % 2 != 0, &err);
        tensors_edit(t, "config.json", "\"tie_word_embeddings\": true",
                     "\"tie_word_embeddings\": false");
        float *untied = predict(t, p, i % 2 != 0, &err);
        CHECK(tied != NULL && untied != NULL, "%s, precision %d%s: predict %s",
              what, (int)p, i % 2 != 0 ? ", packed" : "", err.message);
        if (tied != NULL && untied != NULL)
            EQUAL_FLOATS(tied, untied, n, "%s, precision %d%s: logits", what,
                         (int)p, i % 2 != 0 ? ", packed" : "");
        free(tied);
        free(untied);
    }
}

static size_t best(const float *x, size_t n)
{
    size_t at = 0;

    for (size_t i = 1; i < n; i++)
        if (x[i] > x[at])
            at = i;
    return at;
}

static double probability(const float *x, size_t n, size_t i)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += exp((double)x[k]);
    return exp((double)x[i]) / sum;
}

/* What transformers 5.24 says: the likeliest word, and its probability. */
static void check_best(const struct tensors *t, size_t n, size_t id, double p,
                       const char *what)
{
    struct berth_error err = {0};
    float *x = predict(t, BERTH_PRECISION_STORED, false, &err);

    if (!CHECK(x != NULL, "%s: %s", what, err.message))
        return;
    EQUAL_SIZE(best(x, n), id, "%s: the likeliest token", what);
    NEAR(probability(x, n, id), p, 1e-4, "%s: its probability", what);
    free(x);
}

/* rows in the other order */
static float *flipped(const float *x, size_t rows, size_t columns)
{
    float *out = malloc(rows * columns * sizeof(*out));

    for (size_t i = 0; i < rows; i++)
        memcpy(out + i * columns, x + (rows - 1 - i) * columns,
               columns * sizeof(*out));
    return out;
}

static void add_flipped(struct tensors *t, const struct family *f)
{
    size_t n = 0;
    const struct tensor_entry *words = tensors_find(t, f->words);
    float *other = flipped(tensors_floats(t, f->words, &n), words->shape[0],
                           words->shape[1]);

    tensors_put(t, f->decoder, words, "F32", other, words->size);
    free(other);
    tensors_write(t);
}

static void check_weight(const struct family *f)
{
    struct tensors t;
    struct berth_error err = {0};

    if (!CHECK(tensors_open(&t, f->model), "copy %s", f->model))
        return;
    const struct tensor_entry words = *tensors_find(&t, f->words);
    const size_t n = words.shape[0];

    /* "the" of the reference, before anything was changed. */
    float *plain = predict(&t, BERTH_PRECISION_STORED, false, &err);
    tensors_put(&t, f->decoder, &words, "F32", words.bytes, words.size);
    tensors_write(&t);
    float *twice = predict(&t, BERTH_PRECISION_STORED, false, &err);
    CHECK(plain != NULL && twice != NULL, "%s: the same matrix twice: predict",
          f->model);
    if (plain != NULL && twice != NULL)
        EQUAL_FLOATS(twice, plain, n, "%s: the same matrix twice: logits",
                     f->model);
    free(plain);
    free(twice);

    add_flipped(&t, f);
    if (f->own != NULL)
        check_best(&t, n, 552, 0.0994, "a decoder of its own");
    check_like_untied(&t, n, f->decoder);
    tensors_close(&t);
}

static void check_bias(const struct family *f)
{
    struct tensors t;
    size_t n = 0;

    if (!CHECK(tensors_open(&t, f->model), "copy %s", f->model))
        return;
    const struct tensor_entry beside = *tensors_find(&t, f->beside);
    const struct tensor_entry words = *tensors_find(&t, f->words);
    tensors_put(&t, f->own, &beside, "F32", beside.bytes, beside.size);
    tensors_floats(&t, f->own, &n)[271] += 20;
    tensors_write(&t);
    check_best(&t, n, 271, 1.0, "a bias of its own");
    tensors_drop(&t, f->beside);
    tensors_write(&t);
    check_best(&t, n, 271, 1.0, "it alone");
    tensors_put(&t, f->decoder, &words, "F32", words.bytes, words.size);
    tensors_write(&t);
    check_like_untied(&t, n, f->own);
    tensors_close(&t);
}

/* A decoder of another dtype is another one only where its values are. */
static void check_dtypes(const struct family *f)
{
    struct tensors t;
    struct berth_error err = {0};

    if (!CHECK(tensors_open(&t, f->model), "copy %s", f->model))
        return;
    const struct tensor_entry words = *tensors_find(&t, f->words);
    const size_t n = words.size / sizeof(float);
    double *wide = malloc(n * sizeof(*wide));
    float *x = (float *)(void *)words.bytes;

    float *before = predict(&t, BERTH_PRECISION_STORED, false, &err);
    for (size_t i = 0; i < n; i++)
        wide[i] = (double)x[i];
    tensors_put(&t, f->decoder, &words, "F64", wide, n * sizeof(*wide));
    tensors_write(&t);
    float *after = predict(&t, BERTH_PRECISION_STORED, false, &err);
    CHECK(before != NULL && after != NULL &&
              memcmp(before, after, words.shape[0] * sizeof(*before)) == 0,
          "a decoder equal in float64 gives the same bits");
    free(after);
    wide[n - 1] += 1;
    tensors_put(&t, f->decoder, &words, "F64", wide, n * sizeof(*wide));
    tensors_write(&t);
    after = predict(&t, BERTH_PRECISION_STORED, false, &err);
    CHECK(before != NULL && after != NULL &&
              memcmp(before, after, words.shape[0] * sizeof(*before)) != 0,
          "a decoder that differs in its last value gives others");
    free(before);
    free(after);
    free(wide);
    tensors_close(&t);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        check_weight(&families[i]);
    check_bias(&families[0]);
    check_dtypes(&families[0]);
    return tap_done();
}
