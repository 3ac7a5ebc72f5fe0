/*
 * test_inside.c - what happens inside the encoder against values that PyTorch
 * gives: the steps of a layer, norms, hiding, positions.
 */
#include "tests/inside.h"

static void check_parts(const struct inside *r)
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
        float *got = inside_attend(r, &r->sequence, parts[i].part, &n);

        inside_check(r, parts[i].name, got, n);
        free(got);
    }
}

/* Nothing hidden any more: the bits of before. */
static void check_shown_again(const struct inside *r, const float *before)
{
    bool ignored[64] = {false};
    struct berth_sequence s = r->sequence;
    size_t n;

    s.ignored = ignored;
    berth_context_cut_heads(r->ctx, NULL, 0, NULL);
    float *got = inside_attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    CHECK(memcmp(got, before, n * sizeof(*got)) == 0,
          "%s: nothing hidden: the same bits", r->cpu);
    free(got);
}

static void check_hiding(const struct inside *r)
{
    const json_t *want = json_object_get(r->want, "hide");
    const json_t *heads = json_object_get(want, "heads");
    const json_t *tokens = json_object_get(want, "tokens");
    const size_t C = r->facts->hidden_size;
    struct berth_head list[8];
    bool ignored[64] = {false};
    struct berth_sequence s = r->sequence;
    size_t n;

    for (size_t i = 0; i < json_array_size(heads) && i < 8; i++) {
        const json_t *head = json_array_get(heads, i);

        list[i].layer = (size_t)json_integer_value(json_array_get(head, 0));
        list[i].head = (size_t)json_integer_value(json_array_get(head, 1));
    }
    for (size_t i = 0; i < json_array_size(tokens); i++)
        ignored[json_integer_value(json_array_get(tokens, i)) % 64] = true;
    float *before = inside_attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    s.ignored = ignored;
    CHECK(berth_context_cut_heads(r->ctx, list, json_array_size(heads), NULL) ==
              BERTH_OK,
          "%s: hide heads", r->cpu);
    float *got = inside_attend(r, &s, BERTH_ATTENTION_WEIGHTS, &n);
    inside_compare(r, "hidden: weights", json_object_get(want, "weights"), got,
                   n);
    for (size_t i = 0; i < n; i++)
        if (ignored[i % s.n_tokens] && got[i] != 0.0f)
            CHECK(false, "%s: weight %zu of a hidden token is %g", r->cpu, i,
                  (double)got[i]);
    CHECK(berth_forward(r->ctx, &s, 1, BERTH_LAST_LAYER, NULL) == BERTH_OK,
          "%s: forward", r->cpu);
    inside_compare(r, "hidden: states", json_object_get(want, "hidden"),
                   berth_hidden(r->ctx, 0), s.n_tokens * C);
    check_shown_again(r, before);
    free(before);
    free(got);
}

static void check_refusals(const struct inside *r)
{
    const struct berth_head none = {0, 99};
    bool ignored[64];
    struct berth_sequence s = r->sequence;

    memset(ignored, 1, sizeof(ignored));
    s.ignored = ignored;
    CHECK(berth_context_cut_heads(r->ctx, &none, 1, NULL) == BERTH_ERR_ARGUMENT,
          "%s: no such head", r->cpu);
    CHECK(berth_forward(r->ctx, &s, 1, BERTH_LAST_LAYER, NULL) ==
              BERTH_ERR_ARGUMENT,
          "%s: all tokens hidden", r->cpu);
}

static void check_positions(const struct inside *r)
{
    const json_t *want =
        json_object_get(json_object_get(r->want, "positions"), "vectors");
    const size_t C = r->facts->hidden_size;
    const size_t n = json_array_size(want) / C;
    float *table = calloc(n, C * sizeof(*table));

    berth_model_read_positions(r->model, 0, n, table);
    inside_compare(r, "positions", want, table, n * C);
    free(table);
}

int main(void)
{
    static const char *const levels[] = {"scalar", "avx2", "avx512"};

    for (size_t i = 0; i < 3; i++) {
        struct inside r = {0};

        if (inside_open(&r, levels[i])) {
            check_parts(&r);
            check_hiding(&r);
            check_refusals(&r);
            check_positions(&r);
        }
        inside_close(&r);
    }
    return tap_done();
}
