/*
 * test_golden.c - every stage of the encoder against Hugging Face's values, in
 * order, so that the first stage that differs is named.
 *
 * Bounds: 2e-5, or twice the reference's own distance from float64 where that
 * is larger; probabilities and sums of rows 1e-5.
 */
#include "lib/berth.h"
#include "tests/reference.h"

static const double bound_least = 2e-5;

struct run {
    const char *name;
    const char *cpu;
    char folder[PATH_SIZE]; /* of the model */
    char values[PATH_SIZE]; /* of its golden values */
    const json_t *golden;
    struct berth_model *model;
    struct berth_context *ctx;
};

static double bound(const struct run *r, const char *what)
{
    const json_t *d =
        json_object_get(r->golden, "max_abs_float32_minus_float64");
    const double twice = 2.0 * json_number_value(json_object_get(d, what));

    return twice > bound_least ? twice : bound_least;
}

/* The array that belongs to a text, if the reference has one. */
static bool array_of(const struct run *r, const json_t *text, const char *what,
                     struct npy_array *out)
{
    const json_t *name = json_object_get(json_object_get(text, "files"), what);
    char path[2 * PATH_SIZE];

    if (name == NULL)
        return false;
    snprintf(path, sizeof(path), "%s/%s", r->values, json_string_value(name));
    return CHECK(npy_read(path, out), "%s: read %s", r->name, path);
}

static const char *id_of(const json_t *text)
{
    return json_string_value(json_object_get(text, "id"));
}

static bool check_hidden(const struct run *r, const json_t *text,
                         const struct berth_sequence *s, size_t n,
                         const struct npy_array *want)
{
    const size_t size = s->n_tokens * want->shape[2];
    struct berth_error err;

    if (berth_forward(r->ctx, s, 1, (int)n, &err) != BERTH_OK)
        return CHECK(false, "%s %s: %s", r->name, id_of(text), err.message);
    return NEAR_FLOATS(berth_hidden(r->ctx, 0), want->data + n * size, size,
                       bound(r, "hidden_states"), "%s %s %s: hidden state %zu",
                       r->name, r->cpu, id_of(text), n);
}

static bool rows_sum_to_one(const float *weights, size_t rows, size_t T)
{
    for (size_t i = 0; i < rows; i++) {
        double sum = 0.0;
        for (size_t t = 0; t < T; t++)
            sum += (double)weights[i * T + t];
        if (!tap_near(sum, 1.0, 1e-5))
            return false;
    }
    return true;
}

/* One layer's scores or weights of all heads. */
static bool check_attention(const struct run *r, const json_t *text,
                            const struct berth_sequence *s, size_t layer,
                            enum berth_attention_part part, const char *what,
                            const float *want)
{
    const size_t H = berth_model_get_facts(r->model)->num_attention_heads;
    const size_t n = H * s->n_tokens * s->n_tokens;
    size_t heads[64];
    struct berth_error err;
    float *got = malloc(n * sizeof(*got));

    for (size_t i = 0; i < H; i++)
        heads[i] = i;
    const struct berth_attention_request request = {part, &layer, 1, heads, H};
    bool ok =
        EQUAL_INT(berth_attend(r->ctx, s, &request, got, &err), BERTH_OK,
                  "%s %s %s: attend", r->name, r->cpu, id_of(text)) &&
        NEAR_FLOATS(got, want, n, bound(r, what), "%s %s %s: %s of layer %zu",
                    r->name, r->cpu, id_of(text), what, layer);
    if (ok && part == BERTH_ATTENTION_WEIGHTS)
        ok = CHECK(rows_sum_to_one(got, H * s->n_tokens, s->n_tokens),
                   "%s %s %s: rows of layer %zu sum to 1", r->name, r->cpu,
                   id_of(text), layer);
    free(got);
    return ok;
}

/* A part of one head of a layer; owned. */
static float *part_of(const struct run *r, const struct berth_sequence *s,
                      size_t layer, size_t head, enum berth_attention_part part)
{
    const struct berth_attention_request request = {part, &layer, 1, &head, 1};
    const size_t width = berth_attention_width(r->model, part, s->n_tokens);
    float *out = calloc(s->n_tokens, width * sizeof(*out));

    if (berth_attend(r->ctx, s, &request, out, NULL) != BERTH_OK)
        out[0] = NAN;
    return out;
}

/* What is printed of a head belongs together: weights are the softmax of
 * scores, which no reference gives where something is added to them, and
 * context their sum of values. */
static void check_parts(const struct run *r, const json_t *text,
                        const struct berth_sequence *s, size_t layer,
                        size_t head)
{
    const size_t T = s->n_tokens;
    const size_t D = berth_attention_width(r->model, BERTH_ATTENTION_V, T);
    float *scores = part_of(r, s, layer, head, BERTH_ATTENTION_SCORES);
    float *weights = part_of(r, s, layer, head, BERTH_ATTENTION_WEIGHTS);
    float *values = part_of(r, s, layer, head, BERTH_ATTENTION_V);
    float *context = part_of(r, s, layer, head, BERTH_ATTENTION_CONTEXT);
    float *sums = calloc(T, D * sizeof(*sums));

    berth_softmax(r->ctx, scores, T, T);
    NEAR_FLOATS(weights, scores, T * T, 1e-6,
                "%s %s %s: weights of head %zu.%zu by scores", r->name, r->cpu,
                id_of(text), layer, head);
    for (size_t i = 0; i < T * T; i++) {
        for (size_t j = 0; j < D; j++)
            sums[i / T * D + j] += weights[i] * values[i % T * D + j];
    }
    NEAR_FLOATS(context, sums, T * D, 1e-5,
                "%s %s %s: context of head %zu.%zu by values", r->name, r->cpu,
                id_of(text), layer, head);
    free(scores);
    free(weights);
    free(values);
    free(context);
    free(sums);
}

static bool check_layers(const struct run *r, const json_t *text,
                         const struct berth_sequence *s)
{
    struct npy_array hidden = {0}, weights = {0}, scores = {0};
    const size_t L = berth_model_get_facts(r->model)->num_hidden_layers;
    bool ok = true;

    const bool have_hidden = array_of(r, text, "hidden_states", &hidden);
    const bool have_weights = array_of(r, text, "attentions", &weights);
    if (have_hidden)
        ok = check_hidden(r, text, s, 0, &hidden);
    if (ok && array_of(r, text, "scores0", &scores))
        ok = check_attention(r, text, s, 0, BERTH_ATTENTION_SCORES, "scores0",
                             scores.data);
    for (size_t i = 0; ok && i < L; i++) {
        if (have_weights)
            ok =
                check_attention(r, text, s, i, BERTH_ATTENTION_WEIGHTS,
                                "attentions", weights.data + i * weights.n / L);
        if (ok && have_hidden)
            ok = check_hidden(r, text, s, i + 1, &hidden);
    }
    free(hidden.data);
    free(weights.data);
    free(scores.data);
    return ok;
}

/* Ids and probabilities of the ten likeliest. */
static void check_top10(const struct run *r, const json_t *text, float *logits,
                        size_t V, const json_t *want, size_t mask)
{
    int32_t top[10];

    berth_softmax(r->ctx, logits, 1, V);
    berth_top_k(logits, V, 10, top);
    EQUAL_SIZE(json_array_size(want), 10, "%s %s: reference of mask %zu",
               r->name, id_of(text), mask);
    for (size_t i = 0; i < 10; i++) {
        const json_t *w = json_array_get(want, i);

        EQUAL_INT(top[i], json_integer_value(json_object_get(w, "token")),
                  "%s %s %s: mask %zu, word %zu", r->name, r->cpu, id_of(text),
                  mask, i);
        NEAR(logits[top[i]], json_number_value(json_object_get(w, "score")),
             1e-5, "%s %s %s: mask %zu, probability %zu", r->name, r->cpu,
             id_of(text), mask, i);
    }
}

static void check_predictions(const struct run *r, const json_t *text,
                              const struct berth_sequence *s)
{
    const json_t *positions = json_object_get(text, "mask_positions");
    const size_t V = berth_model_get_facts(r->model)->vocab_size;
    const size_t n = json_array_size(positions);
    struct npy_array want = {0};
    struct berth_place places[8];
    struct berth_error err;

    if (n == 0 || n > 8 || !array_of(r, text, "mlm_logits", &want))
        return;
    for (size_t i = 0; i < n; i++)
        places[i] = (struct berth_place){
            0, (size_t)json_integer_value(json_array_get(positions, i))};
    float *got = malloc(n * V * sizeof(*got));
    bool ok = berth_forward(r->ctx, s, 1, BERTH_LAST_LAYER, &err) == BERTH_OK &&
              berth_predict(r->ctx, places, n, got, &err) == BERTH_OK;
    ok = CHECK(ok, "%s %s %s: predict", r->name, r->cpu, id_of(text)) &&
         NEAR_FLOATS(got, want.data, n * V, bound(r, "mlm_logits"),
                     "%s %s %s: logits", r->name, r->cpu, id_of(text));
    for (size_t i = 0; ok && i < n; i++)
        check_top10(r, text, got + i * V, V,
                    json_array_get(json_object_get(text, "top10"), i), i);
    free(got);
    free(want.data);
}

static void check_tokens(const struct run *r, const json_t *text,
                         const int32_t *ids, size_t n_ids)
{
    const json_t *a = json_object_get(text, "text");
    const json_t *b = json_object_get(text, "pair");
    const size_t limit = (size_t)json_integer_value(
        json_object_get(r->golden, "position_limit"));
    const struct berth_text input = {
        .text = json_string_value(a),
        .text_len = json_string_length(a),
        .pair = json_string_value(b),
        .pair_len = json_string_length(b),
    };
    const struct berth_tokenize_options options = {.max_tokens = limit};
    struct berth_tokens t = {0};
    struct berth_error err = {0};

    if (EQUAL_INT(berth_tokenize(r->model, &input, &options, &t, &err),
                  BERTH_OK, "%s %s: tokenize %s", r->name, id_of(text),
                  err.message))
        EQUAL_IDS(t.ids, t.n, ids, n_ids, "%s %s: ids", r->name, id_of(text));
    berth_tokens_free(&t);
}

static void check_text(const struct run *r, const json_t *text)
{
    const json_t *types = json_object_get(text, "type_ids");
    size_t n_ids, n_types;
    int32_t *ids = integers(json_object_get(text, "ids"), &n_ids);
    int32_t *type_ids = integers(types, &n_types);
    const struct berth_sequence s = {.ids = ids,
                                     .type_ids =
                                         json_is_array(types) ? type_ids : NULL,
                                     .n_tokens = n_ids};

    check_tokens(r, text, ids, n_ids);
    if (check_layers(r, text, &s)) {
        const struct berth_model_facts *facts = berth_model_get_facts(r->model);

        check_parts(r, text, &s, facts->num_hidden_layers - 1,
                    facts->num_attention_heads - 1);
        if (berth_model_get_head(r->model) != NULL)
            check_predictions(r, text, &s);
    }
    free(ids);
    free(type_ids);
}

static bool open_model(struct run *r)
{
    struct berth_model_options o = {.head = BERTH_HEAD_MASKED_LM,
                                    .cpu = r->cpu};
    struct berth_error err = {0};
    enum berth_status s = berth_model_open(r->folder, &o, &r->model, &err);

    if (s == BERTH_ERR_UNSUPPORTED) { /* no such head in this folder */
        o.head = BERTH_HEAD_NONE;
        s = berth_model_open(r->folder, &o, &r->model, &err);
    }
    if (s == BERTH_OK)
        s = berth_context_new(r->model, 2, 64, &r->ctx, &err);
    return CHECK(s == BERTH_OK, "%s %s: open %s", r->name, r->cpu, err.message);
}

/* The values of a folder, or of all folders beside it. */
static json_t *read_golden(const struct run *r, char *path, size_t size)
{
    snprintf(path, size, "%s/golden/golden.json", r->folder);
    if (access(path, R_OK) != 0)
        snprintf(path, size, "%s/../golden.json", r->folder);
    return read_json(path);
}

/* A folder that holds another's weights in another form shares its values:
 * {"same_as":"x"}, or beside it {"y":{"folder":name,"same_as":"x"}}. */
static const char *shared_with(json_t *golden, const char *name)
{
    const char *key, *folder;
    json_t *value;

    json_object_foreach(golden, key, value)
    {
        folder = json_string_value(json_object_get(value, "folder"));
        if (folder != NULL && strcmp(folder, name) == 0)
            return json_string_value(json_object_get(value, "same_as"));
    }
    return json_string_value(json_object_get(golden, "same_as"));
}

static void check_model(const char *name, const char *cpu)
{
    struct run r = {.name = name, .cpu = cpu};
    char path[PATH_SIZE + 32];

    if (!model_folder(name, r.folder))
        return;
    json_t *golden = read_golden(&r, path, sizeof(path));
    const char *same = shared_with(golden, name);
    if (same != NULL) {
        char other[PATH_SIZE];
        if (!model_folder(same, other))
            return;
        snprintf(path, sizeof(path), "%s/golden/golden.json", other);
        json_decref(golden);
        golden = read_json(path);
    }
    r.golden = golden;
    snprintf(r.values, sizeof(r.values), "%.*s",
             (int)(strlen(path) - strlen("/golden.json")), path);
    if (golden != NULL && open_model(&r)) {
        const json_t *texts = json_object_get(golden, "texts");
        for (size_t i = 0; i < json_array_size(texts); i++)
            check_text(&r, json_array_get(texts, i));
    }
    berth_context_free(r.ctx);
    berth_model_close(r.model);
    json_decref(golden);
}

static void check_levels(const char *name)
{
    static const char *const levels[] = {"scalar", "avx2", "avx512"};

    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
        check_model(name, levels[i]);
}

/* Those of the list, or those that are named. */
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        check_levels(argv[i]);
    if (argc == 1)
        each_golden("encoder", check_levels);
    return tap_done();
}
