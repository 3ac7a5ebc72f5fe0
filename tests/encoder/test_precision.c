/*
 * test_precision.c - weights rounded when a model is opened give the bits of a
 * model that was saved rounded; 8 bits stay close to float32.
 */
#include "lib/berth.h"
#include "tests/modernbert.h"
#include "tests/reference.h"

enum {
    IDS = 30,
    VOCABULARY = 580
};

/* Sentence vector and logits of all tokens of one text. */
struct answer {
    float vector[64];
    float logits[IDS * VOCABULARY];
    size_t size, n_logits;
};

static bool ask(const char *folder, enum berth_precision precision,
                const char *cpu, struct answer *out)
{
    const struct berth_model_options o = {
        .head = BERTH_HEAD_MASKED_LM, .precision = precision, .cpu = cpu};
    struct berth_place places[IDS];
    struct berth_sequence s = {.n_tokens = IDS};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;
    struct berth_error err = {0};
    int32_t ids[IDS];

    s.ids = ids;
    bool ok = berth_model_open(folder, &o, &model, &err) == BERTH_OK;
    out->n_logits = ok ? berth_model_get_facts(model)->vocab_size : 1;
    for (int32_t i = 0; i < IDS; i++) {
        ids[i] = (i * 37 + 5) % (int32_t)out->n_logits;
        places[i] = (struct berth_place){0, (size_t)i};
    }
    ok = ok && berth_context_new(model, 1, 64, &ctx, &err) == BERTH_OK &&
         berth_forward(ctx, &s, 1, BERTH_LAST_LAYER, &err) == BERTH_OK &&
         berth_embed(ctx, NULL, out->vector, &err) == BERTH_OK &&
         berth_predict(ctx, places, IDS, out->logits, &err) == BERTH_OK;
    out->n_logits *= IDS;
    if (ok)
        out->size = berth_embed_size(model, NULL);
    else
        CHECK(false, "%s: %s", folder, err.message);
    berth_context_free(ctx);
    berth_model_close(model);
    return ok;
}

static void check_saved(const char *name, enum berth_precision precision)
{
    char folder[PATH_SIZE];
    struct answer rounded = {0}, saved = {0};

    if (!model_folder(name, folder))
        return;
    if (ask("tests/data/bert-uncased", precision, NULL, &rounded) &&
        ask(folder, precision, NULL, &saved)) {
        EQUAL_FLOATS(rounded.vector, saved.vector, saved.size,
                     "vector of %s, rounded here", name);
        EQUAL_FLOATS(rounded.logits, saved.logits,
                     sizeof(saved.logits) / sizeof(float),
                     "logits of %s, rounded here", name);
    }
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

static void check_i8(const char *folder)
{
    static const char *const levels[] = {
        "vector", "avx2", "avx2vnni", "avx512", "avx512vnni", "amx", "dotprod"};
    struct answer exact = {0}, small = {0};

    if (!ask(folder, BERTH_PRECISION_STORED, NULL, &exact))
        return;
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
        if (!ask(folder, BERTH_PRECISION_I8, levels[i], &small))
            continue;
        const double c = cosine(exact.vector, small.vector, exact.size);
        CHECK(c > 0.999 && c < 1.0, "%s: 8 bits are close (%.6f)", levels[i],
              c);
        const double l = cosine(exact.logits, small.logits, exact.n_logits);
        CHECK(l > 0.999, "%s: and so are logits (%.6f)", levels[i], l);
    }
}

int main(void)
{
    struct tensors modern;

    check_saved("bert-f16", BERTH_PRECISION_F16);
    check_saved("bert-bf16", BERTH_PRECISION_BF16);
    check_i8("tests/data/bert-uncased");
    check_i8("tests/data/new-ntk");
    check_i8("tests/data/deberta");
    check_i8("tests/data/mobilebert");
    if (CHECK(modernbert_make(&modern, 12), "a small ModernBERT is written"))
        check_i8(modern.folder.path);
    tensors_close(&modern);
    return tap_done();
}
