/*
 * test_inside.c - what happens inside the encoder against values that PyTorch
 * gives (tests/make/inside_reference.py): the steps of a layer, norms, rollout,
 * words, hiding, statistics of heads, positions. All within 1e-5.
 */
#include "cli/inside/attention_math.h"
#include "cli/inside/head_stats.h"
#include "cli/inside/positions.h"
#include "lib/berth.h"
#include "tests/reference.h"

static const double largest_error = 1e-5;
static const char folder[] = "tests/data/bert-uncased";

struct run {
    const json_t *want;
    const char *cpu;
    struct berth_model *model;
    const struct berth_model_facts *facts;
    struct berth_context *ctx;
    struct berth_tokens tokens;
    struct berth_sequence sequence;
};

/* The numbers of a list as floats; free(). */
static float *floats_of(const json_t *list, size_t n)
{
    float *out = malloc((n + 1) * sizeof(*out));

    for (size_t i = 0; i < n; i++)
        out[i] = (float)json_number_value(json_array_get(list, i));
    return out;
}

/* Compares with a list; where values are large, 1e-5 of the largest. */
static void compare(const struct run *r, const char *name, const json_t *want,
                    const float *got, size_t n)
{
    float *values = floats_of(want, n);
    double largest = 1.0;

    for (size_t i = 0; i < n; i++)
        if (fabs((double)values[i]) > largest)
            largest = fabs((double)values[i]);
    const double d = distance(got, values, n);
    CHECK(json_array_size(want) == n && d <= largest_error * largest,
          "%s: %s: %zu numbers (%.2g, largest %.2g)", r->cpu, name, n, d,
          largest);
    free(values);
}

static void check_named(const struct run *r, const char *name, const float *got,
                        size_t n)
{
    compare(r, name, json_object_get(r->want, name), got, n);
}

static size_t n_layers(const struct run *r)
{
    return r->facts->num_hidden_layers;
}

static size_t n_heads(const struct run *r)
{
    return r->facts->num_attention_heads;
}

/* A part of all layers and heads; free(). *n: how many numbers. */
static float *attend(const struct run *r, const struct berth_sequence *s,
                     enum berth_attention_part part, size_t *n)
{
    static const size_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
    const size_t T = s->n_tokens;
    const size_t H = part < BERTH_ATTENTION_OUTPUT ? n_heads(r) : 1;
    const struct berth_attention_request request = {part, numbers, n_layers(r),
                                                    numbers, n_heads(r)};
    struct berth_error err;

    *n = n_layers(r) * H * T * berth_attention_width(r->model, part, T);
    float *out = calloc(*n, sizeof(*out));
    if (berth_attend(r->ctx, s, &request, out, &err) != BERTH_OK)
        CHECK(false, "%s: %s", r->cpu, err.message);
    return out;
}

static void check_parts(const struct run *r)
{
    static const struct {
        const char *name;
        enum berth_attention_part part;
    } parts[] = {{"norms", BERTH_ATTENTION_NORMS},
                 {"attention-output", BERTH_ATTENTION_OUTPUT},
                 {"attention-norm", BERTH_ATTENTION_NORMALIZED},
                 {"ff-inner", BERTH_FEED_FORWARD_INSIDE},
                 {"ff-output", BERTH_FEED_FORWARD_OUTPUT},
                 {"hidden", BERTH_LAYER_OUTPUT}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        size_t n;
        float *got = attend(r, &r->sequence, parts[i].part, &n);

        check_named(r, parts[i].name, got, n);
        free(got);
    }
}

static void check_rollout(const struct run *r, const float *weights)
{
    const size_t T = r->tokens.n;
    double *joint = calloc(2 * T + 1, T * sizeof(*joint));
    float *got = calloc(n_layers(r), T * T * sizeof(*got));

    for (size_t i = 0; i < T; i++)
        joint[i * T + i] = 1.0;
    for (size_t l = 0; l < n_layers(r); l++) {
        attention_rollout(weights + l * n_heads(r) * T * T, n_heads(r), T,
                          joint, joint + T * T);
        for (size_t i = 0; i < T * T; i++)
            got[l * T * T + i] = (float)joint[i];
    }
    check_named(r, "rollout", got, n_layers(r) * T * T);
    free(joint);
    free(got);
}

static void check_words(const struct run *r, const float *weights)
{
    const json_t *list = json_object_get(r->want, "group");
    const size_t T = r->tokens.n;
    const size_t n_matrices = n_layers(r) * n_heads(r);
    size_t group[64];
    size_t n = 0;

    for (size_t i = 0; i < T && i < 64; i++) {
        group[i] = (size_t)json_integer_value(json_array_get(list, i));
        n = group[i] + 1;
    }
    float *got = calloc(n_matrices, n * n * sizeof(*got));
    for (size_t i = 0; i < n_matrices; i++)
        attention_merge(weights + i * T * T, T, group, n, got + i * n * n);
    check_named(r, "words", got, n_matrices * n * n);
    free(got);
}

static void check_reduced(const struct run *r, const float *weights)
{
    const size_t size = r->tokens.n * r->tokens.n;
    const size_t H = n_heads(r);
    float *got = calloc(n_layers(r) + H, size * sizeof(*got));

    for (size_t l = 0; l < n_layers(r); l++)
        attention_mean(weights + l * H * size, H, size, size, got + l * size);
    check_named(r, "mean_heads", got, n_layers(r) * size);
    for (size_t h = 0; h < H; h++)
        attention_max(weights + h * size, n_layers(r), H * size, size,
                      got + h * size);
    check_named(r, "max_layers", got, H * size);
    free(got);
}

static void check_derived(const struct run *r)
{
    size_t n;
    float *weights = attend(r, &r->sequence, BERTH_ATTENTION_WEIGHTS, &n);

    check_rollout(r, weights);
    check_words(r, weights);
    check_reduced(r, weights);
    free(weights);
}

/* Nothing hidden any more: the bits of before. */
static void check_shown_again(const struct run *r, const float *before)
{
    bool hidden[64] = {false};
    struct berth_sequence s = r->sequence;
    size_t n;

    s.hidden = hidden;
    berth_context_hide_heads(r->ctx, NULL, 0, NULL);
    float *got = attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    CHECK(memcmp(got, before, n * sizeof(*got)) == 0,
          "%s: nothing hidden: the same bits", r->cpu);
    free(got);
}

static void check_hiding(const struct run *r)
{
    const json_t *want = json_object_get(r->want, "hide");
    const json_t *heads = json_object_get(want, "heads");
    const json_t *tokens = json_object_get(want, "tokens");
    const size_t C = r->facts->hidden_size;
    struct berth_head list[8];
    bool hidden[64] = {false};
    struct berth_sequence s = r->sequence;
    size_t n;

    for (size_t i = 0; i < json_array_size(heads) && i < 8; i++) {
        const json_t *head = json_array_get(heads, i);

        list[i].layer = (size_t)json_integer_value(json_array_get(head, 0));
        list[i].head = (size_t)json_integer_value(json_array_get(head, 1));
    }
    for (size_t i = 0; i < json_array_size(tokens); i++)
        hidden[json_integer_value(json_array_get(tokens, i)) % 64] = true;
    float *before = attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    s.hidden = hidden;
    CHECK(berth_context_hide_heads(r->ctx, list, json_array_size(heads),
                                   NULL) == BERTH_OK,
          "%s: hide heads", r->cpu);
    float *got = attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    compare(r, "hidden: weights", json_object_get(want, "weights"), got, n);
    for (size_t i = 0; i < n; i++)
        if (hidden[i % s.n_tokens] && got[i] != 0.0f)
            CHECK(false, "%s: weight %zu of a hidden token is %g", r->cpu, i,
                  (double)got[i]);
    CHECK(berth_forward(r->ctx, &s, 1, BERTH_LAST_LAYER, NULL) == BERTH_OK,
          "%s: forward", r->cpu);
    compare(r, "hidden: states", json_object_get(want, "hidden"),
            berth_hidden(r->ctx, 0), s.n_tokens * C);
    check_shown_again(r, before);
    free(before);
    free(got);
}

static void check_refusals(const struct run *r)
{
    const struct berth_head none = {0, 99};
    bool hidden[64];
    struct berth_sequence s = r->sequence;

    memset(hidden, 1, sizeof(hidden));
    s.hidden = hidden;
    CHECK(berth_context_hide_heads(r->ctx, &none, 1, NULL) ==
              BERTH_ERR_ARGUMENT,
          "%s: no such head", r->cpu);
    CHECK(berth_forward(r->ctx, &s, 1, BERTH_LAST_LAYER, NULL) ==
              BERTH_ERR_ARGUMENT,
          "%s: all tokens hidden", r->cpu);
}

static void add_text(const struct run *r, struct head_stats *stats,
                     const json_t *text)
{
    const struct berth_text input = {.text = json_string_value(text),
                                     .text_len = json_string_length(text)};
    struct berth_tokens t = {0};
    unsigned char kinds[64] = {0};
    size_t n;

    if (berth_tokenize(r->model, &input, NULL, &t, NULL) != BERTH_OK)
        CHECK(false, "%s: tokenize", r->cpu);
    for (size_t i = 0; i < t.n && i < 64; i++) {
        const char *token = berth_token_text(r->model, t.ids[i]);

        if (t.ids[i] == r->facts->cls_id)
            kinds[i] = 1U << SHARE_CLS;
        else if (t.ids[i] == r->facts->sep_id)
            kinds[i] = 1U << SHARE_SEP;
        else if (strchr(".,;?", *token) != NULL)
            kinds[i] = 1U << SHARE_PUNCTUATION;
    }
    const struct berth_sequence s = {.ids = t.ids, .n_tokens = t.n};
    float *weights = attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    head_stats_add(stats, weights, t.n, kinds);
    free(weights);
    berth_tokens_free(&t);
}

static void check_stats(const struct run *r)
{
    const json_t *want = json_object_get(r->want, "stats");
    const json_t *texts = json_object_get(want, "texts");
    const json_t *distances = json_object_get(want, "distances");
    const size_t n = n_layers(r) * n_heads(r);
    struct head_stats stats;
    double d = 0.0;

    if (!head_stats_init(&stats, n, true))
        CHECK(false, "out of memory");
    for (size_t i = 0; i < json_array_size(texts); i++)
        add_text(r, &stats, json_array_get(texts, i));
    float *got = calloc(n, 8 * sizeof(*got));
    const double queries = (double)stats.n_queries;
    for (size_t i = 0; i < n; i++) {
        got[8 * i] = (float)(stats.heads[i].entropy / queries);
        got[8 * i + 1] = (float)(stats.heads[i].distance / queries);
        for (size_t k = 0; k < N_SHARES; k++)
            got[8 * i + 2 + k] = (float)(stats.heads[i].shares[k] / queries);
    }
    compare(r, "head-stats", json_object_get(want, "means"), got, 8 * n);
    for (size_t i = 0; i < n * n; i++)
        if (i / n < i % n)
            d = fmax(d, fabs(stats.distances[i] / queries -
                             json_number_value(json_array_get(distances, i))));
    CHECK(d <= largest_error, "%s: distances of heads (%.2g)", r->cpu, d);
    free(got);
    head_stats_free(&stats);
}

static void check_positions(const struct run *r)
{
    const json_t *want = json_object_get(r->want, "positions");
    const size_t C = r->facts->hidden_size;
    const size_t n = json_array_size(json_object_get(want, "vectors")) / C;
    float *table = calloc(n, C * sizeof(*table));
    float *got = calloc(n, (C + n) * sizeof(*got));

    berth_model_read_positions(r->model, 0, n, table);
    compare(r, "positions", json_object_get(want, "vectors"), table, n * C);
    for (size_t i = 0; i < n; i++)
        positions_similarity(table + i * C, table, n, C, true, got + i * n);
    compare(r, "cosines", json_object_get(want, "cosine"), got, n * n);
    for (size_t i = 0; i < n; i++)
        positions_similarity(table + i * C, table, n, C, false, got + i * n);
    compare(r, "dot products", json_object_get(want, "dot"), got, n * n);
    for (size_t i = 0; i < n; i++)
        positions_sinusoidal(i, C, got + i * C);
    compare(r, "sinusoids", json_object_get(want, "sinusoids"), got, n * C);
    free(table);
    free(got);
}

static bool open_run(struct run *r)
{
    const struct berth_model_options o = {.cpu = r->cpu};
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

int main(void)
{
    static const char *const levels[] = {"scalar", "avx2", "avx512"};
    json_t *want = read_json("tests/data/bert-uncased/inside.json");

    for (size_t i = 0; want != NULL && i < 3; i++) {
        struct run r = {.want = want, .cpu = levels[i]};

        if (open_run(&r)) {
            check_parts(&r);
            check_derived(&r);
            check_hiding(&r);
            check_refusals(&r);
            check_stats(&r);
            check_positions(&r);
        }
        berth_tokens_free(&r.tokens);
        berth_context_free(r.ctx);
        berth_model_close(r.model);
    }
    json_decref(want);
    return tap_done();
}
