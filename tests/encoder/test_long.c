/*
 * test_long.c - texts of thousands of tokens: a small random ModernBERT, whose
 * layers look near and far, against plain sums in double.
 */
#include "lib/berth.h"
#include "tests/modernbert.h"
#include "tests/reference.h"

#include <math.h>

enum {
    T = 4096,
    C = MODERNBERT_C,
    H = MODERNBERT_H,
    D = C / H,
    F = MODERNBERT_F,
    REACH = 50 /* of layers 1 and 2 */
};

/* ------------------------------------------------------------ in plain sums */

static const float *weight(struct tensors *t, size_t layer, const char *name)
{
    char full[64];
    size_t n;

    snprintf(full, sizeof(full), "layers.%zu.%s.weight", layer, name);
    return tensors_floats(t, full, &n);
}

/* Angles in float32, as the reference has them. */
static void rotate(double *x, size_t position, float theta)
{
    for (size_t j = 0; j < D / 2; j++) {
        const float power = (float)(2 * j) / (float)D;
        const float speed = 1.0f / (float)pow((double)theta, (double)power);
        const double angle = (double)((float)position * speed);
        const double a = x[j], b = x[j + D / 2];

        x[j] = a * cos(angle) - b * sin(angle);
        x[j + D / 2] = b * cos(angle) + a * sin(angle);
    }
}

/* Adds the context of one head to query i. */
static void look(const double *qkv, size_t i, size_t head, size_t reach,
                 double *context)
{
    const size_t begin = i > reach ? i - reach : 0;
    const size_t end = reach < T - i ? i + reach + 1 : T;
    const double *q = qkv + i * 3 * C + head * D;
    double total = 0.0;

    memset(context, 0, D * sizeof(*context));
    for (size_t t = begin; t < end; t++) {
        const double *k = qkv + t * 3 * C + C + head * D;
        double score = 0.0;

        for (size_t j = 0; j < D; j++)
            score += q[j] * k[j];
        const double e = exp(score / sqrt((double)D));
        total += e;
        for (size_t j = 0; j < D; j++)
            context[j] += e * k[C + j];
    }
    for (size_t j = 0; j < D; j++)
        context[j] /= total;
}

static void attend(struct tensors *t, size_t layer, double *x, double *qkv)
{
    const bool local = layer % 3 != 0;
    double y[C], out[C];

    for (size_t i = 0; i < T; i++) {
        double *row = qkv + i * 3 * C;

        if (layer > 0)
            modernbert_normalize(weight(t, layer, "attn_norm"), x + i * C, y);
        else
            memcpy(y, x + i * C, sizeof(y));
        modernbert_multiply(weight(t, layer, "attn.Wqkv"), y, 3 * C, C, row);
        for (size_t h = 0; h < 2 * H; h++)
            rotate(row + h * D, i, local ? 1000.0f : 50000.0f);
    }
    for (size_t i = 0; i < T; i++) {
        for (size_t h = 0; h < H; h++)
            look(qkv, i, h, local ? REACH : T, y + h * D);
        modernbert_multiply(weight(t, layer, "attn.Wo"), y, C, C, out);
        for (size_t j = 0; j < C; j++)
            x[i * C + j] += out[j];
    }
}

static void feed_forward(struct tensors *t, size_t layer, double *x)
{
    double y[C], wide[2 * F];

    for (size_t i = 0; i < T; i++) {
        modernbert_normalize(weight(t, layer, "mlp_norm"), x + i * C, y);
        modernbert_multiply(weight(t, layer, "mlp.Wi"), y, 2 * F, C, wide);
        for (size_t j = 0; j < F; j++)
            wide[j] *= 0.5 * (1.0 + erf(wide[j] / sqrt(2.0))) * wide[F + j];
        modernbert_multiply(weight(t, layer, "mlp.Wo"), wide, C, F, y);
        for (size_t j = 0; j < C; j++)
            x[i * C + j] += y[j];
    }
}

/* The last hidden state, (T, C). */
static void encode(struct tensors *t, const int32_t *ids, float *out)
{
    size_t n;
    const float *tokens =
        tensors_floats(t, "embeddings.tok_embeddings.weight", &n);
    double *x = malloc((size_t)T * C * sizeof(*x)), y[C];
    double *qkv = malloc((size_t)T * 3 * C * sizeof(*qkv));

    for (size_t i = 0; i < T; i++) {
        for (size_t j = 0; j < C; j++)
            y[j] = (double)tokens[(size_t)ids[i] * C + j];
        modernbert_normalize(tensors_floats(t, "embeddings.norm.weight", &n), y,
                             x + i * C);
    }
    for (size_t i = 0; i < MODERNBERT_L; i++) {
        attend(t, i, x, qkv);
        feed_forward(t, i, x);
    }
    for (size_t i = 0; i < T; i++) {
        modernbert_normalize(tensors_floats(t, "final_norm.weight", &n),
                             x + i * C, y);
        for (size_t j = 0; j < C; j++)
            out[i * C + j] = (float)y[j];
    }
    free(x);
    free(qkv);
}

/* -------------------------------------------------------------------- tests */

/* Tables of positions are grown on the way from a short text to a long one. */
static void check(struct tensors *t, const int32_t *ids, const float *want,
                  const char *cpu)
{
    const struct berth_model_options o = {.cpu = cpu};
    const struct berth_sequence whole = {.ids = ids, .n_tokens = T};
    const struct berth_sequence begin = {.ids = ids, .n_tokens = 9};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;
    struct berth_error err = {0};

    if (CHECK(berth_model_open(t->folder.path, &o, &model, &err) == BERTH_OK &&
                  berth_context_new(model, 2, 64, &ctx, &err) == BERTH_OK &&
                  berth_forward(ctx, &begin, 1, BERTH_LAST_LAYER, &err) ==
                      BERTH_OK &&
                  berth_forward(ctx, &whole, 1, BERTH_LAST_LAYER, &err) ==
                      BERTH_OK,
              "%s: %s", cpu, err.message))
        NEAR_FLOATS(berth_hidden(ctx, 0), want, (size_t)T * C, 2e-5,
                    "%s: states of %d tokens", cpu, T);
    berth_context_free(ctx);
    berth_model_close(model);
}

int main(void)
{
    static float want[T * C];
    static int32_t ids[T];
    struct tensors t;
    uint32_t seed = 14;

    for (size_t i = 0; i < T; i++)
        ids[i] = (int32_t)((double)(modernbert_random(&seed) + 1.0f) / 2.0 *
                           (MODERNBERT_V - 0.5));
    if (CHECK(modernbert_make(&t, 2 * REACH + 1),
              "a small ModernBERT is written")) {
        encode(&t, ids, want);
        check(&t, ids, want, "scalar");
        check(&t, ids, want, "avx2");
        check(&t, ids, want, "avx512");
    }
    tensors_close(&t);
    return tap_done();
}
