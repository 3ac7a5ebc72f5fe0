/*
 * modernbert.h - a small random ModernBERT, with its masked-LM head. Layer 0
 * looks at all tokens, layers 1 and 2 at those nearby.
 */
#ifndef TESTS_MODERNBERT_H
#define TESTS_MODERNBERT_H

#include "tests/tensors.h"

#include <math.h>

enum {
    MODERNBERT_V = 23,
    MODERNBERT_C = 16,
    MODERNBERT_H = 2,
    MODERNBERT_L = 3,
    MODERNBERT_F = 12
};

/* From -1 to 1. */
static inline float modernbert_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return (float)(*seed >> 8) / (float)(1 << 23) - 1.0f;
}

/* A tensor of random numbers around mean; columns 0: a vector. */
static inline void modernbert_put(struct tensors *t, uint32_t *seed,
                                  const char *name, size_t rows, size_t columns,
                                  float mean, float spread)
{
    const struct tensor_entry like = {.shape = {rows, columns},
                                      .rank = columns > 0 ? 2 : 1};
    const size_t n = rows * (columns > 0 ? columns : 1);
    float x[3 * MODERNBERT_C * MODERNBERT_C];

    for (size_t i = 0; i < n; i++)
        x[i] = mean + spread * modernbert_random(seed);
    tensors_put(t, name, &like, "F32", x, n * sizeof(*x));
}

static inline void modernbert_layer(struct tensors *t, uint32_t *seed, size_t i)
{
    enum {
        C = MODERNBERT_C,
        F = MODERNBERT_F
    };
    static const struct {
        const char *name;
        size_t rows, columns;
    } matrices[] = {{"attn.Wqkv", 3 * C, C},
                    {"attn.Wo", C, C},
                    {"mlp.Wi", 2 * F, C},
                    {"mlp.Wo", C, F}};
    char name[64];

    for (size_t k = 0; k < 4; k++) {
        snprintf(name, sizeof(name), "layers.%zu.%s.weight", i,
                 matrices[k].name);
        modernbert_put(t, seed, name, matrices[k].rows, matrices[k].columns,
                       0.0f, 0.6f);
    }
    snprintf(name, sizeof(name), "layers.%zu.attn_norm.weight", i);
    if (i > 0)
        modernbert_put(t, seed, name, C, 0, 1.0f, 0.3f);
    snprintf(name, sizeof(name), "layers.%zu.mlp_norm.weight", i);
    modernbert_put(t, seed, name, C, 0, 1.0f, 0.3f);
}

/* modernbert_make - writes it to a scratch folder, which t keeps until
 * tensors_close(). Theta is 50,000, and 1,000 nearby. */
static inline bool modernbert_make(struct tensors *t, size_t local_attention)
{
    enum {
        C = MODERNBERT_C,
        V = MODERNBERT_V
    };
    uint32_t seed = 20241218;
    char config[512];
    const int n = snprintf(
        config, sizeof(config),
        "{\"model_type\": \"modernbert\", \"vocab_size\": %d,"
        " \"hidden_size\": %d, \"num_attention_heads\": %d,"
        " \"num_hidden_layers\": %d, \"intermediate_size\": %d,"
        " \"max_position_embeddings\": 4096, \"local_attention\": %zu,"
        " \"global_attn_every_n_layers\": 3, \"local_rope_theta\": 1000.0,"
        " \"global_rope_theta\": 50000.0}",
        V, C, MODERNBERT_H, MODERNBERT_L, MODERNBERT_F, local_attention);
    size_t size = 0;
    unsigned char *tokenizer =
        scratch_read("tests/data/new-ntk/tokenizer.json", &size);

    *t = (struct tensors){0};
    modernbert_put(t, &seed, "embeddings.tok_embeddings.weight", V, C, 0.0f,
                   1.0f);
    modernbert_put(t, &seed, "embeddings.norm.weight", C, 0, 1.0f, 0.3f);
    for (size_t i = 0; i < MODERNBERT_L; i++)
        modernbert_layer(t, &seed, i);
    modernbert_put(t, &seed, "final_norm.weight", C, 0, 1.0f, 0.3f);
    modernbert_put(t, &seed, "head.dense.weight", C, C, 0.0f, 0.6f);
    modernbert_put(t, &seed, "head.norm.weight", C, 0, 1.0f, 0.3f);
    modernbert_put(t, &seed, "decoder.bias", V, 0, 0.0f, 1.0f);
    const bool ok =
        scratch_make(&t->folder) && tokenizer != NULL &&
        scratch_write(&t->folder, "tokenizer.json", tokenizer, size) &&
        scratch_write(&t->folder, "config.json", config, (size_t)n) &&
        tensors_write(t);
    free(tokenizer);
    return ok;
}

/* What its steps are, in plain sums: y (n) = W x, W (n, k). */
static inline void modernbert_multiply(const float *w, const double *x,
                                       size_t n, size_t k, double *y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] = 0.0;
        for (size_t j = 0; j < k; j++)
            y[i] += (double)w[i * k + j] * x[j];
    }
}

/* y = (x - mean) / deviation * w, each of C. */
static inline void modernbert_normalize(const float *w, const double *x,
                                        double *y)
{
    double mean = 0.0, square = 0.0;

    for (size_t i = 0; i < MODERNBERT_C; i++)
        mean += x[i] / MODERNBERT_C;
    for (size_t i = 0; i < MODERNBERT_C; i++)
        square += (x[i] - mean) * (x[i] - mean) / MODERNBERT_C;
    for (size_t i = 0; i < MODERNBERT_C; i++)
        y[i] = (x[i] - mean) / sqrt(square + 1e-5) * (double)w[i];
}

#endif
