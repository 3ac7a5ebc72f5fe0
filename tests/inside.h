/*
 * inside.h - a small model, and what PyTorch says of its inside
 * (tests/make/inside_reference.py). All within 1e-5.
 */
#ifndef TESTS_INSIDE_H
#define TESTS_INSIDE_H

#include "lib/berth.h"
#include "tests/reference.h"

struct inside {
    json_t *want; /* inside.json */
    const char *cpu;
    struct berth_model *model;
    const struct berth_model_facts *facts;
    struct berth_context *ctx;
    struct berth_tokens tokens;
    struct berth_sequence sequence;
};

/* The numbers of a list as floats; free(). */
static inline float *inside_floats(const json_t *list, size_t n)
{
    float *out = malloc((n + 1) * sizeof(*out));

    for (size_t i = 0; i < n; i++)
        out[i] = (float)json_number_value(json_array_get(list, i));
    return out;
}

/* Compares with a list; where values are large, 1e-5 of the largest. */
static inline void inside_compare(const struct inside *r, const char *name,
                                  const json_t *want, const float *got,
                                  size_t n)
{
    float *values = inside_floats(want, n);
    double largest = 1.0;

    for (size_t i = 0; i < n; i++)
        if (fabs((double)values[i]) > largest)
            largest = fabs((double)values[i]);
    EQUAL_SIZE(n, json_array_size(want), "%s: %s: numbers", r->cpu, name);
    NEAR_FLOATS(got, values, n, 1e-5 * largest, "%s: %s", r->cpu, name);
    free(values);
}

static inline void inside_check(const struct inside *r, const char *name,
                                const float *got, size_t n)
{
    inside_compare(r, name, json_object_get(r->want, name), got, n);
}

static inline size_t inside_layers(const struct inside *r)
{
    return r->facts->num_hidden_layers;
}

static inline size_t inside_heads(const struct inside *r)
{
    return r->facts->num_attention_heads;
}

/* A part of all layers and heads; free(). *n: how many numbers. */
static inline float *inside_attend(const struct inside *r,
                                   const struct berth_sequence *s,
                                   enum berth_attention_part part, size_t *n)
{
    static const size_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const size_t T = s->n_tokens;
    const size_t H = part < BERTH_ATTENTION_OUTPUT ? inside_heads(r) : 1;
    const struct berth_attention_request request = {
        part, numbers, inside_layers(r), numbers, inside_heads(r)};
    struct berth_error err;

    *n = inside_layers(r) * H * T * berth_attention_width(r->model, part, T);
    float *out = calloc(*n, sizeof(*out));
    if (berth_attend(r->ctx, s, &request, out, &err) != BERTH_OK)
        CHECK(false, "%s: %s", r->cpu, err.message);
    return out;
}

static inline bool inside_open(struct inside *r, const char *cpu)
{
    static const char folder[] = "tests/data/bert-uncased";
    const struct berth_model_options o = {.cpu = cpu};

    r->cpu = cpu;
    r->want = read_json("tests/data/bert-uncased/inside.json");
    const json_t *a = json_object_get(r->want, "text");
    const json_t *b = json_object_get(r->want, "pair");
    const struct berth_text text = {.text = json_string_value(a),
                                    .text_len = json_string_length(a),
                                    .pair = json_string_value(b),
                                    .pair_len = json_string_length(b)};
    struct berth_error err = {0};
    enum berth_status s = berth_model_open(folder, &o, &r->model, &err);

    if (s == BERTH_OK)
        s = berth_context_new(r->model, 2, 64, &r->ctx, &err);
    if (s == BERTH_OK)
        s = berth_tokenize(r->model, &text, NULL, &r->tokens, &err);
    if (s == BERTH_OK) {
        r->facts = berth_model_get_facts(r->model);
        r->sequence = (struct berth_sequence){.ids = r->tokens.ids,
                                              .type_ids = r->tokens.type_ids,
                                              .n_tokens = r->tokens.n};
    }
    return CHECK(s == BERTH_OK, "%s: open %s", r->cpu, err.message);
}

static inline void inside_close(struct inside *r)
{
    berth_tokens_free(&r->tokens);
    berth_context_free(r->ctx);
    berth_model_close(r->model);
    json_decref(r->want);
}

#endif
