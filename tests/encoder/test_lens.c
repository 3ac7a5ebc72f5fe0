/*
 * test_lens.c - hidden states one after another, as berth_continue() makes
 * them, and what the head says of each.
 */
#include "lib/berth.h"
#include "tests/modernbert.h"
#include "tests/reference.h"

#include <math.h>

enum {
    N = 2, /* sequences */
    T = 9, /* tokens of the first; the second has one less */
    C = MODERNBERT_C,
    V = MODERNBERT_V
};

struct run {
    const char *name;
    struct berth_model *model;
    struct berth_context *ctx;
    const struct berth_model_facts *facts;
    struct berth_sequence sequences[N];
    int32_t ids[N][T];
    bool ignored[T];
};

static bool start(struct run *r, const char *folder)
{
    const struct berth_model_options o = {.head = BERTH_HEAD_MASKED_LM};
    struct berth_error err = {0};

    if (berth_model_open(folder, &o, &r->model, &err) != BERTH_OK)
        return false;
    r->facts = berth_model_get_facts(r->model);
    for (size_t i = 0; i < N; i++) {
        for (size_t t = 0; t < T; t++)
            r->ids[i][t] = (int32_t)((i + 7 * t + 3) % r->facts->vocab_size);
        r->sequences[i] =
            (struct berth_sequence){.ids = r->ids[i], .n_tokens = T - i};
    }
    r->ignored[3] = true;
    r->sequences[0].ignored = r->ignored;
    return CHECK(berth_context_new(r->model, 2, 64, &r->ctx, &err) == BERTH_OK,
                 "%s: a context: %s", r->name, err.message);
}

static void end(struct run *r)
{
    berth_context_free(r->ctx);
    berth_model_close(r->model);
}

/* The states of all sequences, and the logits at two places. */
static bool keep(const struct run *r, float *states, float *logits)
{
    const struct berth_place places[] = {{0, T - 1}, {1, 2}};
    size_t n = 0;

    for (size_t i = 0; i < N; i++) {
        const size_t size = (T - i) * r->facts->hidden_size;

        memcpy(states + n, berth_hidden(r->ctx, i), size * sizeof(*states));
        n += size;
    }
    return berth_predict(r->ctx, places, 2, logits, NULL) == BERTH_OK;
}

/* Each state step by step, and at once. */
static void check_steps(struct run *r)
{
    const size_t n_states = (2 * T - 1) * r->facts->hidden_size;
    const size_t n_logits = 2 * r->facts->vocab_size;
    const int L = (int)r->facts->num_hidden_layers;
    float *rows = calloc(2 * (n_states + n_logits), sizeof(*rows));
    float *states = rows + n_states, *logits = states + n_states;
    float *later = logits + n_logits;

    for (int i = 0; i <= L; i++) {
        const bool at_once =
            berth_forward(r->ctx, r->sequences, N, i, NULL) == BERTH_OK &&
            keep(r, rows, logits);
        bool ok = berth_forward(r->ctx, r->sequences, N, 0, NULL) == BERTH_OK;

        for (int k = 0; k <= i; k++)
            ok = ok && berth_continue(r->ctx, k, NULL) == BERTH_OK;
        if (!CHECK(at_once && ok && keep(r, states, later),
                   "%s: hidden state %d", r->name, i))
            break;
        EQUAL_FLOATS(states, rows, n_states, "%s: state %d, step by step",
                     r->name, i);
        EQUAL_FLOATS(later, logits, n_logits, "%s: logits of it", r->name);
    }
    if (CHECK(berth_forward(r->ctx, r->sequences, N, BERTH_LAST_LAYER, NULL) ==
                      BERTH_OK &&
                  keep(r, states, later),
              "%s: the last one", r->name))
        EQUAL_FLOATS(later, logits, n_logits, "%s: its logits", r->name);
    free(rows);
}

/* --------------------------------------------------- values of transformers */

/* What the head says of each state at the masks of a text, (states, masks,
 * V). */
static void compare(const struct run *r, const json_t *text, const char *folder,
                    const char *file)
{
    const size_t v = r->facts->vocab_size;
    size_t n_tokens, n_masks;
    int32_t *ids = integers(json_object_get(text, "ids"), &n_tokens);
    int32_t *types = integers(json_object_get(text, "type_ids"), &n_tokens);
    int32_t *masks =
        integers(json_object_get(text, "mask_positions"), &n_masks);
    const struct berth_sequence s = {
        .ids = ids, .type_ids = types, .n_tokens = n_tokens};
    struct berth_place places[T];
    char path[2 * PATH_SIZE];
    struct npy_array want;

    snprintf(path, sizeof(path), "%s/golden/%s", folder, file);
    if (!CHECK(npy_read(path, &want) && n_masks <= T, "read %s", path))
        return;
    float *got = calloc(n_masks, v * sizeof(*got));
    bool ok = berth_forward(r->ctx, &s, 1, 0, NULL) == BERTH_OK;

    for (size_t i = 0; i < n_masks; i++)
        places[i] = (struct berth_place){0, (size_t)masks[i]};
    EQUAL_SIZE(want.n, (r->facts->num_hidden_layers + 1) * n_masks * v,
               "%s: size of %s", r->name, file);
    for (size_t i = 0; i * n_masks * v < want.n && ok; i++) {
        ok = berth_continue(r->ctx, (int)i, NULL) == BERTH_OK &&
             berth_predict(r->ctx, places, n_masks, got, NULL) == BERTH_OK;
        NEAR_FLOATS(got, want.data + i * n_masks * v, n_masks * v, 2e-5,
                    "%s: what transformers says of state %zu", r->name, i);
    }
    CHECK(ok, "%s: all states", r->name);
    free(want.data);
    free(got);
    free(ids);
    free(types);
    free(masks);
}

/* How many texts of the folder have such values. */
static size_t check_golden(const struct run *r, const char *folder)
{
    char path[PATH_SIZE + 32];
    size_t n = 0, i;
    const json_t *text;

    snprintf(path, sizeof(path), "%s/golden/golden.json", folder);
    if (access(path, R_OK) != 0)
        return 0;
    json_t *golden = read_json(path);
    json_array_foreach(json_object_get(golden, "texts"), i, text)
    {
        const char *file = json_string_value(
            json_object_get(json_object_get(text, "files"), "lens_logits"));

        if (file != NULL && ++n > 0)
            compare(r, text, folder, file);
    }
    json_decref(golden);
    return n;
}

static size_t n_compared;

/* Those of tests/data and BERTH_REFERENCE that have such a head. */
static void check_model(const char *name)
{
    struct run r = {.name = name};
    char folder[PATH_SIZE];

    if (model_folder(name, folder) && start(&r, folder)) {
        check_steps(&r);
        n_compared += check_golden(&r, folder);
    }
    end(&r);
}

/* ------------------------------------------------------------------- a norm */

/* The head of a small ModernBERT in plain sums: its final norm comes first. */
static void head(struct tensors *t, const float *state, float *out)
{
    double x[C], y[C], logits[V];
    size_t n;

    for (size_t i = 0; i < C; i++)
        x[i] = (double)state[i];
    modernbert_normalize(tensors_floats(t, "final_norm.weight", &n), x, y);
    modernbert_multiply(tensors_floats(t, "head.dense.weight", &n), y, C, C, x);
    for (size_t i = 0; i < C; i++)
        x[i] *= 0.5 * (1.0 + erf(x[i] / sqrt(2.0)));
    modernbert_normalize(tensors_floats(t, "head.norm.weight", &n), x, y);
    modernbert_multiply(
        tensors_floats(t, "embeddings.tok_embeddings.weight", &n), y, V, C,
        logits);
    const float *bias = tensors_floats(t, "decoder.bias", &n);
    for (size_t i = 0; i < V; i++)
        out[i] = (float)(logits[i] + (double)bias[i]);
}

/* The last state has its norm already, the others do not. */
static void check_norm(struct run *r, struct tensors *t)
{
    const struct berth_place place = {1, 4};
    float got[V], want[V];

    for (int i = 0; i < MODERNBERT_L; i++) {
        if (!CHECK(berth_forward(r->ctx, r->sequences, N, i, NULL) ==
                           BERTH_OK &&
                       berth_predict(r->ctx, &place, 1, got, NULL) == BERTH_OK,
                   "%s: state %d", r->name, i))
            break;
        head(t, berth_hidden(r->ctx, 1) + (size_t)place.position * C, want);
        NEAR_FLOATS(got, want, V, 2e-5,
                    "%s: the norm of the last state is put before the head",
                    r->name);
    }
}

/* ------------------------------------------------------------------- errors */

static void check_errors(struct run *r)
{
    struct berth_error err = {0};

    EQUAL_INT(berth_continue(r->ctx, 1, &err), BERTH_ERR_ARGUMENT,
              "there is nothing to go on with");
    HAS_TEXT(err.message, "no batch", "and the message says so");
    CHECK(berth_forward(r->ctx, r->sequences, N, 2, &err) == BERTH_OK,
          "hidden state 2");
    EQUAL_INT(berth_continue(r->ctx, 1, &err), BERTH_ERR_ARGUMENT,
              "there is no way back");
    EQUAL_TEXT(err.message, "hidden state: expected 2 to 3, found 1",
               "and the message says which there are");
    EQUAL_INT(berth_continue(r->ctx, 4, &err), BERTH_ERR_ARGUMENT,
              "nor one after the last");
}

int main(void)
{
    struct run r = {.name = "a small ModernBERT"};
    struct tensors t;

    if (CHECK(modernbert_make(&t, 5), "%s is written", r.name) &&
        CHECK(start(&r, t.folder.path), "%s opens", r.name)) {
        check_errors(&r);
        check_steps(&r);
        check_norm(&r, &t);
    }
    end(&r);
    tensors_close(&t);
    each_golden("encoder", check_model);
    EQUAL_SIZE(n_compared, 3, "texts with values of transformers");
    return tap_done();
}
