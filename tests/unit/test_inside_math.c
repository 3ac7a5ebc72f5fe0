/*
 * test_inside_math.c - what the commands that look inside make of weights and
 * positions: small matrices worked out by hand, and those of a model against
 * values that PyTorch gives.
 */
#include "cli/inside/attention_math.h"
#include "cli/inside/head_stats.h"
#include "cli/inside/positions.h"
#include "tests/inside.h"

/* ------------------------------------------------------- worked out by hand */

static void test_merge(void)
{
    enum {
        N = 130
    };
    static float in[N * N], out[N * N], want[N / 2 * N / 2];
    static const float pieces[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    size_t group[N] = {0, 0, 1};
    double scratch[N];

    attention_merge(pieces, 3, group, 2, scratch, out);
    EQUAL_FLOATS(out, ((const float[]){(3 + 9) / 2.0f, (3 + 6) / 2.0f, 15, 9}),
                 4, "pieces 0 and 1 are a word: sum of keys, mean of queries");
    for (size_t q = 0; q < N; q++) {
        group[q] = q / 2;
        for (size_t k = 0; k < N; k++)
            in[q * N + k] = (float)(q % 2 + k);
    }
    /* Keys 2w and 2w + 1, of a query with 0 and one with 1 more. */
    for (size_t i = 0; i < N / 2 * N / 2; i++)
        want[i] = (float)(4 * (i % (N / 2)) + 2);
    attention_merge(in, N, group, N / 2, scratch, out);
    EQUAL_FLOATS(out, want, N / 2 * N / 2, "65 words of two pieces");
    for (size_t q = 0; q < N; q++)
        group[q] = q;
    attention_merge(in, N, group, N, scratch, out);
    EQUAL_FLOATS(out, in, N * N, "130 words of one piece: as it was");
}

static void test_reduce(void)
{
    /* Three matrices of two numbers, three numbers apart. */
    const float in[] = {1, -5, 99, 2, -7, 99, 6, -6, 99};
    float out[2];

    attention_mean(in, 3, 3, 2, out);
    EQUAL_FLOATS(out, ((const float[]){3, -6}), 2, "mean of three");
    attention_max(in, 3, 3, 2, out);
    EQUAL_FLOATS(out, ((const float[]){6, -5}), 2, "maximum of three");
    attention_max(in, 1, 3, 2, out);
    EQUAL_FLOATS(out, in, 2, "maximum of one");
}

static void test_rollout(void)
{
    /* Two heads with the mean (1 0; 1/2 1/2): A = (1 0; 1/4 3/4). */
    const float heads[] = {1, 0, 0.25f, 0.75f, 1, 0, 0.75f, 0.25f};
    double joint[4] = {1, 0, 0, 1}, scratch[6];

    attention_rollout(heads, 2, 2, joint, scratch);
    NEAR(joint[0], 1, 0, "one layer: token 0 of token 0");
    NEAR(joint[1], 0, 0, "one layer: token 0 of token 1");
    NEAR(joint[2], 0.25, 0, "one layer: token 1 of token 0");
    NEAR(joint[3], 0.75, 0, "one layer: token 1 of token 1");
    attention_rollout(heads, 2, 2, joint, scratch);
    NEAR(joint[2], 0.4375, 0, "two layers: token 1 of token 0");
    NEAR(joint[3], 0.5625, 0, "two layers: token 1 of token 1");
}

static void equal_sums(const char *head, const struct head_sums *got,
                       const struct head_sums *want)
{
    static const char *const shares[N_SHARES] = {
        "cls", "sep", "self", "previous", "next", "punctuation"};

    NEAR(got->entropy, want->entropy, 1e-15, "%s: entropy", head);
    NEAR(got->distance, want->distance, 0, "%s: distance", head);
    for (size_t i = 0; i < N_SHARES; i++)
        NEAR(got->shares[i], want->shares[i], 0, "%s: %s", head, shares[i]);
}

static void test_head_stats(void)
{
    /* In head 0 each token looks at itself, in head 1 at both equally. */
    static const float weights[] = {1, 0, 0, 1, 0.5f, 0.5f, 0.5f, 0.5f};
    static const unsigned char kinds[] = {
        1U << SHARE_CLS, 1U << SHARE_SEP | 1U << SHARE_PUNCTUATION};
    const double ln2 = log(2.0);
    const struct head_sums self = {0, 0, {1, 1, 2, 0, 0, 1}};
    const struct head_sums both = {2 * ln2, 1, {1, 1, 1, 0.5, 0.5, 1}};
    /* H(3/4, 1/4) - (0 + ln 2) / 2 */
    const double apart = 2 * ln2 - 0.75 * log(3.0) - ln2 / 2;
    struct head_stats s, copy;

    CHECK(head_stats_init(&s, 2, true) && head_stats_init(&copy, 2, true),
          "memory for two heads");
    head_stats_add(&s, weights, 2, kinds);
    EQUAL_SIZE(s.n_queries, 2, "queries of a text of two tokens");
    equal_sums("looks at itself", &s.heads[0], &self);
    equal_sums("looks at both", &s.heads[1], &both);
    NEAR(s.distances[1], 2 * apart, 1e-15, "from one head to the other");
    head_stats_add(&s, weights, 2, kinds);
    EQUAL_SIZE(s.n_queries, 4, "queries of two such texts");
    NEAR(s.heads[0].shares[SHARE_SELF], 4, 0, "two texts: self");
    head_stats_copy(&copy, &s);
    EQUAL_SIZE(copy.n_queries, 4, "copy: queries");
    equal_sums("copy of what looks at both", &copy.heads[1], &s.heads[1]);
    NEAR(copy.distances[1], s.distances[1], 0, "copy: distance of heads");
    head_stats_free(&s);
    head_stats_free(&copy);
    CHECK(s.heads == NULL && s.distances == NULL, "nothing is left after free");
}

static void test_positions(void)
{
    const float x[2] = {3, 4}, table[6] = {4, 3, 0, 0, -6, -8};
    float out[4];

    positions_similarity(x, table, 3, 2, false, out);
    EQUAL_FLOATS(out, ((const float[]){24, 0, -50}), 3, "dot products");
    positions_similarity(x, table, 3, 2, true, out);
    EQUAL_FLOATS(out, ((const float[]){0.96f, 0, -1}), 3,
                 "cosines, 0 with a vector of zeros");
    positions_sinusoidal(0, 4, out);
    EQUAL_FLOATS(out, ((const float[]){0, 1, 0, 1}), 4, "sinusoid 0");
    positions_sinusoidal(3, 4, out); /* 10000^(2/4) = 100 */
    NEAR_FLOATS(out,
                ((const float[]){0.14112f, -0.9899925f, 0.0299955f, 0.99955f}),
                4, 1e-7, "sinusoid 3");
}

/* --------------------------------------------------------- against PyTorch */

static void check_rollout(const struct inside *r, const float *weights)
{
    const size_t T = r->tokens.n;
    double *joint = calloc(2 * T + 1, T * sizeof(*joint));
    float *got = calloc(inside_layers(r), T * T * sizeof(*got));

    for (size_t i = 0; i < T; i++)
        joint[i * T + i] = 1.0;
    for (size_t l = 0; l < inside_layers(r); l++) {
        attention_rollout(weights + l * inside_heads(r) * T * T,
                          inside_heads(r), T, joint, joint + T * T);
        for (size_t i = 0; i < T * T; i++)
            got[l * T * T + i] = (float)joint[i];
    }
    inside_check(r, "rollout", got, inside_layers(r) * T * T);
    free(joint);
    free(got);
}

static void check_words(const struct inside *r, const float *weights)
{
    const json_t *list = json_object_get(r->want, "group");
    const size_t T = r->tokens.n;
    const size_t n_matrices = inside_layers(r) * inside_heads(r);
    size_t group[64];
    double scratch[64];
    size_t n = 0;

    for (size_t i = 0; i < T && i < 64; i++) {
        group[i] = (size_t)json_integer_value(json_array_get(list, i));
        n = group[i] + 1;
    }
    float *got = calloc(n_matrices, n * n * sizeof(*got));
    for (size_t i = 0; i < n_matrices; i++)
        attention_merge(weights + i * T * T, T, group, n, scratch,
                        got + i * n * n);
    inside_check(r, "words", got, n_matrices * n * n);
    free(got);
}

static void check_reduced(const struct inside *r, const float *weights)
{
    const size_t size = r->tokens.n * r->tokens.n;
    const size_t H = inside_heads(r);
    float *got = calloc(inside_layers(r) + H, size * sizeof(*got));

    for (size_t l = 0; l < inside_layers(r); l++)
        attention_mean(weights + l * H * size, H, size, size, got + l * size);
    inside_check(r, "mean_heads", got, inside_layers(r) * size);
    for (size_t h = 0; h < H; h++)
        attention_max(weights + h * size, inside_layers(r), H * size, size,
                      got + h * size);
    inside_check(r, "max_layers", got, H * size);
    free(got);
}

static void check_derived(const struct inside *r)
{
    size_t n;
    float *weights =
        inside_attend(r, &r->sequence, BERTH_ATTENTION_WEIGHTS, &n);

    check_rollout(r, weights);
    check_words(r, weights);
    check_reduced(r, weights);
    free(weights);
}

static void add_text(const struct inside *r, struct head_stats *stats,
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
    float *weights = inside_attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    head_stats_add(stats, weights, t.n, kinds);
    free(weights);
    berth_tokens_free(&t);
}

static void check_stats(const struct inside *r)
{
    const json_t *want = json_object_get(r->want, "stats");
    const json_t *texts = json_object_get(want, "texts");
    const json_t *distances = json_object_get(want, "distances");
    const size_t n = inside_layers(r) * inside_heads(r);
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
    inside_compare(r, "head-stats", json_object_get(want, "means"), got, 8 * n);
    for (size_t i = 0; i < n * n; i++)
        if (i / n < i % n)
            d = fmax(d, fabs(stats.distances[i] / queries -
                             json_number_value(json_array_get(distances, i))));
    NEAR(d, 0, 1e-5, "%s: distances of heads, the largest error", r->cpu);
    free(got);
    head_stats_free(&stats);
}

static void check_positions(const struct inside *r)
{
    const json_t *want = json_object_get(r->want, "positions");
    const size_t C = r->facts->hidden_size;
    const size_t n = json_array_size(json_object_get(want, "vectors")) / C;
    float *table = calloc(n, C * sizeof(*table));
    float *got = calloc(n, (C + n) * sizeof(*got));

    berth_model_read_positions(r->model, 0, n, table);
    for (size_t i = 0; i < n; i++)
        positions_similarity(table + i * C, table, n, C, true, got + i * n);
    inside_compare(r, "cosines", json_object_get(want, "cosine"), got, n * n);
    for (size_t i = 0; i < n; i++)
        positions_similarity(table + i * C, table, n, C, false, got + i * n);
    inside_compare(r, "dot products", json_object_get(want, "dot"), got, n * n);
    for (size_t i = 0; i < n; i++)
        positions_sinusoidal(i, C, got + i * C);
    inside_compare(r, "sinusoids", json_object_get(want, "sinusoids"), got,
                   n * C);
    free(table);
    free(got);
}

int main(void)
{
    struct inside r = {0};

    test_merge();
    test_reduce();
    test_rollout();
    test_head_stats();
    test_positions();
    if (inside_open(&r, "scalar")) {
        check_derived(&r);
        check_stats(&r);
        check_positions(&r);
    }
    inside_close(&r);
    return tap_done();
}
