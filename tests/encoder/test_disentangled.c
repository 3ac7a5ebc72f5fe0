/*
 * test_disentangled.c - DeBERTa's scores in each of its forms against sums
 * written out: a BERT of tests/data whose tensors have DeBERTa's names, with
 * random rows for distances. Its other steps are compared with the reference's
 * in test_golden.
 */
#include "lib/berth.h"

#include "tests/tap.h"
#include "tests/tensors.h"

#include <math.h>

enum {
    C = 32, /* of tests/data/bert-uncased */
    H = 2,
    D = C / H,
    LONGEST = 200,
    VOCABULARY = 580
};

/* A form of the family, and a length that it is tried with. */
struct form {
    const char *types; /* as JSON */
    bool relative, shared, normed;
    int buckets, most; /* position_buckets, max_relative_positions */
    size_t T;
};

static const struct form forms[] = {
    {"\"p2c|c2p\"", true, true, true, 16, -1, LONGEST},
    {"[\"c2p\", \"p2c\"]", true, false, true, 16, -1, 97},
    {"[\"c2p\"]", true, true, false, 32, 64, 49},
    {"[\"c2p\"]", true, false, false, -1, 24, LONGEST},
    {"\"P2C\"", true, true, false, 9, 80, 48},
    {"[\"p2c\"]", true, false, true, -1, -1, 20},
    {"null", true, true, false, 16, -1, 20},
    {"\"p2c|c2p\"", false, true, true, 16, -1, 20},
    {"\"p2c|c2p\"", true, true, false, 2, 2, 7},
    {"\"p2c|c2p\"", true, true, true, 256, 512, 1},
};

static uint32_t seed = 2006;

static float rng(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (float)(seed >> 8) / (float)(1 << 24) - 0.5f;
}

static size_t span_of(const struct form *f)
{
    if (f->buckets > 0)
        return (size_t)f->buckets;
    return f->most > 0 ? (size_t)f->most : LONGEST;
}

/* "bert.encoder.layer.0.attention.self.query" is "deberta. ... query_proj" */
static void rename_tensors(struct tensors *t)
{
    static const char *const projections[] = {"query", "key", "value"};

    for (size_t i = 0; i < t->n; i++) {
        char *name = t->list[i].name, old[128];

        snprintf(old, sizeof(old), "%s", name);
        if (strncmp(old, "bert.", 5) == 0)
            snprintf(name, sizeof(old), "deberta.%.110s", old + 5);
        for (size_t k = 0; k < 3; k++) {
            char *at = strstr(name, projections[k]), rest[128];
            if (at == NULL || strstr(name, "attention.self") == NULL)
                continue;
            at += strlen(projections[k]);
            snprintf(rest, sizeof(rest), "%s", at);
            snprintf(at, sizeof(old) - (size_t)(at - name), "_proj%.16s", rest);
        }
    }
}

static void put_random(struct tensors *t, const char *name, size_t rows,
                       size_t columns, float scale)
{
    const struct tensor_entry like = {.shape = {rows, columns},
                                      .rank = columns > 0 ? 2 : 1};
    const size_t n = rows * (columns > 0 ? columns : 1);
    float *x = malloc(n * sizeof(*x));

    for (size_t i = 0; i < n; i++)
        x[i] = scale * rng();
    tensors_put(t, name, &like, "F32", x, n * sizeof(*x));
    free(x);
}

static bool make(struct tensors *t, const struct form *f)
{
    static const char *const own[] = {"pos_key_proj", "pos_query_proj"};
    char config[1024], name[128];

    if (!tensors_open(t, "tests/data/bert-uncased"))
        return false;
    rename_tensors(t);
    if (f->relative)
        put_random(t, "deberta.encoder.rel_embeddings.weight", 2 * span_of(f),
                   C, 2.0f);
    if (f->normed) {
        put_random(t, "deberta.encoder.LayerNorm.weight", C, 0, 4.0f);
        put_random(t, "deberta.encoder.LayerNorm.bias", C, 0, 1.0f);
    }
    for (size_t i = 0; !f->shared && i < 4; i++) {
        snprintf(name, sizeof(name),
                 "deberta.encoder.layer.%zu.attention.self.%s.weight", i / 2,
                 own[i % 2]);
        put_random(t, name, C, C, 1.0f);
        snprintf(name, sizeof(name),
                 "deberta.encoder.layer.%zu.attention.self.%s.bias", i / 2,
                 own[i % 2]);
        put_random(t, name, C, 0, 1.0f);
    }
    const int n = snprintf(
        config, sizeof(config),
        "{\"model_type\": \"deberta-v2\", \"hidden_size\": 32,"
        " \"num_attention_heads\": 2, \"num_hidden_layers\": 2,"
        " \"intermediate_size\": 64, \"vocab_size\": 580,"
        " \"type_vocab_size\": 2, \"max_position_embeddings\": %d,"
        " \"position_biased_input\": false, \"relative_attention\": %s,"
        " \"pos_att_type\": %s, \"share_att_key\": %s,"
        " \"position_buckets\": %d, \"max_relative_positions\": %d,"
        " \"norm_rel_ebd\": \"%s\"}",
        LONGEST, f->relative ? "true" : "false", f->types,
        f->shared ? "true" : "false", f->buckets, f->most,
        f->normed ? "layer_norm" : "none");
    return scratch_write(&t->folder, "config.json", config, (size_t)n) &&
           tensors_write(t);
}

/* ------------------------------------------------------------- written out */

static bool has(const struct form *f, const char *type)
{
    return f->relative && strcasestr(f->types, type) != NULL;
}

/* make_log_bucket_position() of transformers, and the clamp after it. */
static size_t row_of(const struct form *f, long distance)
{
    const double span = (double)span_of(f), mid = f->buckets / 2;
    const double most = f->most > 0 ? f->most : LONGEST;
    const double far = labs(distance);
    double at = far;

    if (f->buckets > 0 && far > mid)
        at = mid +
             ceil(log(far / mid) / log((most - 1) / mid) * (mid - 1) - 1e-6);
    if (!(at < 2 * span)) /* also where it is no number */
        at = 2 * span;
    at = span + (distance < 0 ? -at : at);
    return (size_t)(at < 0 ? 0 : at > 2 * span - 1 ? 2 * span - 1 : at);
}

/* What a layer makes of a row, all heads. */
static void project(struct tensors *t, const struct form *f, size_t layer,
                    const char *which, size_t row, double *out)
{
    char name[128];
    size_t n;
    double x[C], mean = 0.0, variance = 0.0;
    const float *r =
        tensors_floats(t, "deberta.encoder.rel_embeddings.weight", &n);

    for (size_t i = 0; i < C; i++) {
        x[i] = (double)r[row * C + i];
        mean += x[i] / C;
    }
    for (size_t i = 0; i < C; i++)
        variance += (x[i] - mean) * (x[i] - mean) / C;
    for (size_t i = 0; f->normed && i < C; i++)
        x[i] =
            (x[i] - mean) / sqrt(variance + 1e-7) *
                (double)tensors_floats(t, "deberta.encoder.LayerNorm.weight",
                                       &n)[i] +
            (double)tensors_floats(t, "deberta.encoder.LayerNorm.bias", &n)[i];
    snprintf(name, sizeof(name),
             "deberta.encoder.layer.%zu.attention.self.%s%s_proj.weight", layer,
             f->shared ? "" : "pos_", which);
    const float *w = tensors_floats(t, name, &n);
    snprintf(name, sizeof(name),
             "deberta.encoder.layer.%zu.attention.self.%s%s_proj.bias", layer,
             f->shared ? "" : "pos_", which);
    const float *b = tensors_floats(t, name, &n);
    for (size_t o = 0; o < C; o++) {
        out[o] = (double)b[o];
        for (size_t i = 0; i < C; i++)
            out[o] += (double)w[o * C + i] * x[i];
    }
}

static double dot(const float *a, const double *b)
{
    double sum = 0.0;

    for (size_t i = 0; i < D; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static double score(struct tensors *t, const struct form *f, size_t layer,
                    const float *q, const float *k, size_t head, long distance)
{
    const size_t row = row_of(f, distance);
    const double terms = 1.0 + (strcasestr(f->types, "c2p") != NULL) +
                         (strcasestr(f->types, "p2c") != NULL);
    double made[C], sum = 0.0;

    for (size_t i = 0; i < D; i++)
        sum += (double)q[i] * (double)k[i];
    if (has(f, "c2p")) {
        project(t, f, layer, "key", row, made);
        sum += dot(q, made + head * D);
    }
    if (has(f, "p2c")) {
        project(t, f, layer, "query", row, made);
        sum += dot(k, made + head * D);
    }
    return sum / sqrt(terms * D);
}

/* ----------------------------------------------------------------- the tests
 */

static const int32_t *some_ids(size_t n)
{
    static int32_t ids[LONGEST];

    for (size_t i = 0; i < n; i++)
        ids[i] = (int32_t)((i * 37 + 5) % VOCABULARY);
    return ids;
}

static bool attend(struct berth_context *ctx, enum berth_attention_part part,
                   size_t layer, size_t T, float *out)
{
    const size_t heads[H] = {0, 1};
    const struct berth_attention_request request = {part, &layer, 1, heads, H};
    const struct berth_sequence s = {.ids = some_ids(T), .n_tokens = T};
    struct berth_error err = {0};

    return CHECK(berth_attend(ctx, &s, &request, out, &err) == BERTH_OK,
                 "attend: %s", err.message);
}

/* Each eleventh pair, and the corners. */
static double worst_of(struct tensors *t, const struct form *f,
                       struct berth_context *ctx, size_t layer)
{
    const size_t T = f->T;
    float *q = malloc(H * T * D * sizeof(*q)),
          *k = malloc(H * T * D * sizeof(*k));
    float *got = malloc(H * T * T * sizeof(*got));
    double worst = 0.0;

    if (!attend(ctx, BERTH_ATTENTION_Q, layer, T, q) ||
        !attend(ctx, BERTH_ATTENTION_K, layer, T, k) ||
        !attend(ctx, BERTH_ATTENTION_SCORES, layer, T, got))
        worst = (double)INFINITY;
    for (size_t i = 0; i < H * T * T; i += i + 11 < H * T * T ? 11 : 1) {
        const size_t h = i / T / T, from = i / T % T, to = i % T;
        const double want =
            score(t, f, layer, q + (h * T + from) * D, k + (h * T + to) * D, h,
                  (long)from - (long)to);
        const double far = fabs((double)got[i] - want);

        worst = far > worst || isnan(far) ? far : worst;
    }
    free(q);
    free(k);
    free(got);
    return worst;
}

static void check_form(const struct form *f, const char *cpu)
{
    const struct berth_model_options o = {.cpu = cpu};
    struct tensors t;
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;
    struct berth_error err = {0};

    if (CHECK(make(&t, f) &&
                  berth_model_open(t.folder.path, &o, &model, &err) ==
                      BERTH_OK &&
                  berth_context_new(model, 1, LONGEST, &ctx, &err) == BERTH_OK,
              "%s %s: open %s", cpu, f->types, err.message)) {
        for (size_t layer = 0; layer < 2; layer++)
            NEAR(worst_of(&t, f, ctx, layer), 0.0, 1e-5,
                 "%s, %s, %d buckets, %zu tokens: scores of layer %zu", cpu,
                 f->types, f->buckets, f->T, layer);
    }
    berth_context_free(ctx);
    berth_model_close(model);
    tensors_close(&t);
}

/* What a text has does not depend on which came before, nor on packing. */
static void check_growth(void)
{
    static const size_t lengths[] = {3, 60, 5, 130, LONGEST, 60};
    struct tensors t;
    struct berth_model *model = NULL;

    if (!CHECK(make(&t, &forms[0]) &&
                   berth_model_open(t.folder.path, NULL, &model, NULL) ==
                       BERTH_OK,
               "open"))
        return;
    struct berth_context *grown = NULL;
    berth_context_new(model, 2, LONGEST, &grown, NULL);
    for (size_t i = 0; grown != NULL && i < sizeof(lengths) / sizeof(*lengths);
         i++) {
        const size_t n = H * lengths[i] * lengths[i];
        float *a = malloc(n * sizeof(*a)), *b = malloc(n * sizeof(*b));
        struct berth_context *fresh = NULL;

        if (i == 3)
            berth_model_pack(model, 2, NULL);
        berth_context_new(model, 1, 1, &fresh, NULL);
        CHECK(attend(grown, BERTH_ATTENTION_SCORES, 1, lengths[i], a) &&
                  attend(fresh, BERTH_ATTENTION_SCORES, 1, lengths[i], b) &&
                  memcmp(a, b, n * sizeof(*a)) == 0,
              "%zu tokens: the same bits after others as alone", lengths[i]);
        berth_context_free(fresh);
        free(a);
        free(b);
    }
    berth_context_free(grown);
    berth_model_close(model);
    tensors_close(&t);
}

int main(void)
{
    static const char *const levels[] = {"scalar", "avx2", "avx512"};

    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
        for (size_t k = 0; k < sizeof(forms) / sizeof(*forms); k++)
            check_form(&forms[k], levels[i]);
    }
    check_growth();
    return tap_done();
}
