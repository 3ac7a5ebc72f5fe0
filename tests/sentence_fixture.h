/*
 * sentence_fixture.h - a sentence-transformers folder in memory, for tests.
 */
#ifndef TESTS_SENTENCE_FIXTURE_H
#define TESTS_SENTENCE_FIXTURE_H

#include "models/sentence/sentence.h"

#include <string.h>

enum {
    HIDDEN = 4,
    FILES_MAX = 20
};

#define MODULE(type, path)                                                     \
    "{\"type\": \"sentence_transformers." type "\", \"path\": \"" path "\"}"
#define TRANSFORMER MODULE("models.Transformer", "")
#define POOLING     MODULE("models.Pooling", "1_Pooling")
#define DENSE       MODULE("models.Dense", "2_Dense")
#define NEW_DENSE   MODULE("base.modules.dense.Dense", "2_Dense")
#define NORMALIZE   MODULE("models.Normalize", "3_Normalize")
#define LAYER_NORM                                                             \
    MODULE("sentence_transformer.modules.layer_norm.LayerNorm", "3_LayerNorm")

/* A folder in memory, with a good file under every name a test leaves out. */
struct fixture {
    struct berth_embedded_file files[FILES_MAX];
    size_t n;
    unsigned char dense[512], norm[512];
};

static inline void put(struct fixture *f, const char *name, const void *data,
                       size_t size)
{
    size_t i = 0;

    while (i < f->n && strcmp(f->files[i].name, name) != 0)
        i++;
    f->files[i] = (struct berth_embedded_file){name, data, size};
    if (i == f->n)
        f->n++;
}

static inline void put_text(struct fixture *f, const char *name,
                            const char *text)
{
    put(f, name, text, strlen(text));
}

/* A safetensors file of two tensors whose values count 0, 1, 2 ... */
static inline size_t two_tensors(unsigned char *buf, const char *header,
                                 size_t n)
{
    size_t len = strlen(header);

    memset(buf, 0, 8);
    buf[0] = (unsigned char)len;
    buf[1] = (unsigned char)(len >> 8);
    memcpy(buf + 8, header, len);
    for (size_t i = 0; i < n; i++) {
        float x = (float)i;
        memcpy(buf + 8 + len + 4 * i, &x, 4);
    }
    return 8 + len + 4 * n;
}

static inline void start(struct fixture *f)
{
    *f = (struct fixture){.n = 0};
    put_text(f, "modules.json",
             "[" TRANSFORMER "," POOLING "," DENSE "," NORMALIZE "]");
    put_text(f, "1_Pooling/config.json",
             "{\"word_embedding_dimension\": 4,"
             " \"pooling_mode_mean_tokens\": true}");
    put_text(f, "2_Dense/config.json",
             "{\"in_features\": 4, \"out_features\": 2}");
    put_text(f, "3_LayerNorm/config.json", "{\"dimension\": 4}");
    put(f, "2_Dense/model.safetensors", f->dense,
        two_tensors(f->dense,
                    "{\"linear.weight\":{\"dtype\":\"F32\",\"shape\":[2,4],"
                    "\"data_offsets\":[0,32]},\"linear.bias\":{\"dtype\":"
                    "\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}}",
                    10));
    put(f, "3_LayerNorm/model.safetensors", f->norm,
        two_tensors(f->norm,
                    "{\"norm.weight\":{\"dtype\":\"F32\",\"shape\":[4],"
                    "\"data_offsets\":[0,16]},\"norm.bias\":{\"dtype\":"
                    "\"F32\",\"shape\":[4],\"data_offsets\":[16,32]}}",
                    8));
}

static inline enum berth_status read_as(const struct fixture *f, bool weights,
                                        enum berth_precision precision,
                                        struct berth_settings *settings,
                                        struct berth_sentence *out,
                                        struct berth_error *err)
{
    struct berth_config config = {.hidden_size = HIDDEN};
    struct berth_kernels kernels;
    struct berth_sentence s = {0};
    struct berth_folder *folder = NULL;
    enum berth_status status;

    berth_kernels_use_scalar(&kernels);
    berth_folder_open_embedded("m", f->files, f->n, &folder, NULL);
    status = berth_sentence_open(folder, &s, err);
    if (status == BERTH_OK)
        status = berth_sentence_read_modules(folder, &config,
                                             weights ? &kernels : NULL,
                                             precision, settings, &s, err);
    berth_folder_close(folder);
    if (status == BERTH_OK)
        *out = s;
    else
        berth_sentence_free(&s);
    return status;
}

static inline enum berth_status read_it(const struct fixture *f, bool weights,
                                        struct berth_settings *settings,
                                        struct berth_sentence *out,
                                        struct berth_error *err)
{
    return read_as(f, weights, BERTH_PRECISION_STORED, settings, out, err);
}

static inline const char *value_of(const struct berth_settings *s,
                                   const char *key)
{
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->list[i].key, key) == 0)
            return s->list[i].value;
    }
    return "(none)";
}

#endif
