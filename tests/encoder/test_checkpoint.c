/*
 * test_checkpoint.c - BERT as Google published it, from a checkpoint of
 * TensorFlow 1: against Hugging Face's values, and against the same weights in
 * safetensors, to the bit.
 */
#include "lib/berth.h"

#include "models/files/tensor_set.h"
#include "tests/checkpoint.h"
#include "tests/reference.h"
#include "tests/scratch.h"

struct opened {
    struct berth_model *model;
    struct berth_context *ctx;
};

static bool open_model(const char *path, struct opened *out)
{
    const struct berth_model_options o = {.head = BERTH_HEAD_MASKED_LM,
                                          .cpu = "avx2"};
    struct berth_error err = {0};
    enum berth_status status = berth_model_open(path, &o, &out->model, &err);

    if (status == BERTH_OK)
        status = berth_context_new(out->model, 1, 64, &out->ctx, &err);
    return EQUAL_INT(status, BERTH_OK, "open %s", err.message);
}

static void close_model(struct opened *o)
{
    berth_context_free(o->ctx);
    berth_model_close(o->model);
}

/* ------------------------------------------------------------------ golden */

static bool array_of(const char *folder, const json_t *text, const char *what,
                     struct npy_array *out)
{
    char path[2 * PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", folder,
             json_string_value(
                 json_object_get(json_object_get(text, "files"), what)));
    return CHECK(npy_read(path, out), "read %s", path);
}

static void check_layers(const struct opened *o, const char *folder,
                         const json_t *text, const struct berth_sequence *s)
{
    const struct berth_model_facts *f = berth_model_get_facts(o->model);
    const size_t T = s->n_tokens, H = f->num_attention_heads;
    struct npy_array hidden = {0}, weights = {0};

    if (array_of(folder, text, "hidden_states", &hidden) &&
        array_of(folder, text, "attentions", &weights)) {
        for (size_t n = 0; n <= f->num_hidden_layers; n++) {
            berth_forward(o->ctx, s, 1, (int)n, NULL);
            NEAR_FLOATS(berth_hidden(o->ctx, 0),
                        hidden.data + n * T * f->hidden_size,
                        T * f->hidden_size, 2e-5, "hidden state %zu", n);
        }
        for (size_t n = 0; n < f->num_hidden_layers; n++) {
            const size_t heads[] = {0, 1, 2, 3};
            const struct berth_attention_request request = {
                BERTH_ATTENTION_WEIGHTS, &n, 1, heads, H};
            float *got = calloc(H * T, T * sizeof(*got));

            berth_attend(o->ctx, s, &request, got, NULL);
            NEAR_FLOATS(got, weights.data + n * H * T * T, H * T * T, 2e-5,
                        "attention of layer %zu", n);
            free(got);
        }
    }
    free(hidden.data);
    free(weights.data);
}

/* The logits of every token; owned. */
static float *predict(const struct opened *o, const struct berth_sequence *s)
{
    const size_t V = berth_model_get_facts(o->model)->vocab_size;
    float *logits = calloc(s->n_tokens, V * sizeof(*logits));

    berth_forward(o->ctx, s, 1, BERTH_LAST_LAYER, NULL);
    for (size_t i = 0; i < s->n_tokens; i++) {
        const struct berth_place place = {0, i};

        if (berth_predict(o->ctx, &place, 1, logits + i * V, NULL) != BERTH_OK)
            logits[0] = NAN;
    }
    return logits;
}

static void check_text(const struct opened *o, const char *folder,
                       const json_t *text)
{
    const char *a = json_string_value(json_object_get(text, "text"));
    const char *b = json_string_value(json_object_get(text, "pair"));
    const struct berth_text input = {.text = a,
                                     .text_len = strlen(a),
                                     .pair = b,
                                     .pair_len = b != NULL ? strlen(b) : 0};
    const struct berth_tokenize_options options = {.max_tokens = 16};
    struct berth_tokens t = {0};
    struct npy_array want = {0};
    size_t n_ids, n_types;
    int32_t *ids = integers(json_object_get(text, "ids"), &n_ids);
    int32_t *types = integers(json_object_get(text, "type_ids"), &n_types);
    const struct berth_sequence s = {
        .ids = ids, .type_ids = types, .n_tokens = n_ids};

    berth_tokenize(o->model, &input, &options, &t, NULL);
    EQUAL_IDS(t.ids, t.n, ids, n_ids, "tokens of '%s'", a);
    check_layers(o, folder, text, &s);
    if (array_of(folder, text, "mlm_logits_all", &want)) {
        float *got = predict(o, &s);

        NEAR_FLOATS(got, want.data, want.n, 2e-5, "logits of '%s'", a);
        free(got);
    }
    berth_tokens_free(&t);
    free(want.data);
    free(types);
    free(ids);
}

static void test_golden(void)
{
    const char *reference = getenv("BERTH_REFERENCE");
    char path[PATH_SIZE], folder[PATH_SIZE];
    struct opened o = {NULL, NULL};

    if (reference == NULL) {
        SKIP("a checkpoint that TensorFlow wrote: BERTH_REFERENCE is not set");
        return;
    }
    snprintf(path, sizeof(path), "%s/data/tf-checkpoint", reference);
    snprintf(folder, sizeof(folder), "%s/golden/families/formats/tf-checkpoint",
             reference);
    if (open_model(path, &o)) {
        snprintf(path, sizeof(path), "%.900s/golden.json", folder);
        json_t *golden = read_json(path);
        const json_t *texts = json_object_get(golden, "texts");

        EQUAL_SIZE(json_array_size(texts), 3, "texts");
        for (size_t i = 0; i < json_array_size(texts); i++)
            check_text(&o, folder, json_array_get(texts, i));
        json_decref(golden);
    }
    close_model(&o);
}

/* -------------------------------------------------------------- same bits */

/* What Google called a tensor of bert-uncased: whole names or ends of them. */
static bool old_name(const char *name, char *out, size_t size)
{
    static const struct {
        const char *ours, *theirs;
        bool transposed;
    } ends[] = {
        {"_embeddings.weight", "_embeddings", false},
        {"LayerNorm.weight", "LayerNorm.gamma", false},
        {"LayerNorm.bias", "LayerNorm.beta", false},
        {"predictions.bias", "predictions.output_bias", false},
        {".weight", ".kernel", true},
        {".bias", ".bias", false},
    };
    const size_t n = strlen(name);

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        const size_t n_end = strlen(ends[i].ours);

        if (n < n_end || strcmp(name + n - n_end, ends[i].ours) != 0)
            continue;
        snprintf(out, size, "%.*s%s", (int)(n - n_end), name, ends[i].theirs);
        for (char *dot = out; (dot = strchr(dot, '.')) != NULL;)
            *dot = strstr(dot, ".0.") == dot || strstr(dot, ".1.") == dot ? '_'
                                                                          : '/';
        return ends[i].transposed;
    }
    snprintf(out, size, "%s", name);
    return false;
}

/* A tensor as a variable, its numbers in the one data file. */
struct written {
    char name[128];
    struct variable v;
};

static void write_numbers(const struct berth_tensor *t, struct written *w,
                          float *data, size_t *at)
{
    const float *values = t->data;
    const bool transposed = old_name(t->name, w->name, sizeof(w->name));
    float *out = data + *at;

    w->v = (struct variable){.name = w->name, .type = 1, .rank = t->rank};
    for (size_t i = 0; i < t->rank; i++)
        w->v.shape[i] = t->shape[transposed ? t->rank - 1 - i : i];
    for (size_t i = 0; i < t->n_elements; i++) {
        const size_t columns = transposed ? t->shape[1] : 1;
        const size_t to =
            transposed ? i % columns * t->shape[0] + i / columns : i;

        memcpy(out + to, (const char *)values + 4 * i, 4);
    }
    w->v.offset = 4 * *at;
    w->v.size = 4 * t->n_elements;
    w->v.sum = sum_of(out, 4 * t->n_elements);
    *at += t->n_elements;
}

static int by_name(const void *a, const void *b)
{
    const struct written *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* The weights of a folder as the checkpoint "model.ckpt-7". */
static void write_checkpoint(const char *from, const struct scratch *to)
{
    static struct block_of block;
    static struct bytes index;
    static struct written all[128];
    struct berth_tensor_set *set = NULL;
    struct berth_folder *folder = NULL;
    float *data = malloc(1 << 20);
    size_t n, n_kept = 0, at = 0;

    berth_folder_open(from, &folder, NULL);
    berth_tensor_set_open(folder, "", &set, NULL);
    const struct berth_tensor *tensors = berth_tensor_set_list(set, &n);
    for (size_t i = 0; i < n; i++) {
        /* Google's head has the embeddings for its decoder. */
        if (strstr(tensors[i].name, "predictions.decoder.") == NULL)
            write_numbers(&tensors[i], &all[n_kept++], data, &at);
    }
    qsort(all, n_kept, sizeof(*all), by_name);
    block = (struct block_of){.n_restarts = 1};
    put_header(&block.entries, 1, 0, 1);
    for (size_t i = 0; i < n_kept; i++)
        put_variable(&block.entries, &all[i].v);
    put_table(&index, &block, 1);
    CHECK(
        scratch_write(to, "model.ckpt-7.index", index.data, index.n) &&
            scratch_write(to, "model.ckpt-7.data-00000-of-00001", data, 4 * at),
        "write %zu variables", n_kept);
    berth_tensor_set_close(set);
    berth_folder_close(folder);
    free(data);
}

static void copy(const struct scratch *to, const char *from, const char *name)
{
    size_t n = 0;
    unsigned char *data = scratch_read(from, &n);

    CHECK(data != NULL && scratch_write(to, name, data, n), "copy %s", name);
    free(data);
}

static const char *source_of(const struct berth_model *model, const char *key)
{
    size_t n;
    const struct berth_setting *all = berth_model_get_settings(model, &n);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].key, key) == 0)
            return all[i].source;
    }
    return NULL;
}

static void test_same_bits(void)
{
    static const char folder[] = "tests/data/bert-uncased";
    const int32_t ids[] = {2, 7, 9, 4, 12, 30, 3};
    const struct berth_sequence s = {.ids = ids, .n_tokens = 7};
    struct opened ours = {NULL, NULL}, theirs = {NULL, NULL};
    struct scratch scratch;

    if (!CHECK(scratch_make(&scratch), "a scratch folder"))
        return;
    write_checkpoint(folder, &scratch);
    copy(&scratch, "tests/data/bert-uncased/config.json", "bert_config.json");
    copy(&scratch, "tests/data/bert-uncased/vocab.txt", "vocab.txt");
    if (open_model(folder, &ours) && open_model(scratch.path, &theirs)) {
        EQUAL_TEXT(source_of(theirs.model, "stored_as"), "model.ckpt-7.index",
                   "where the weights are from");
        const size_t V = berth_model_get_facts(ours.model)->vocab_size;
        float *want = predict(&ours, &s), *got = predict(&theirs, &s);

        EQUAL_FLOATS(got, want, 7 * V, "logits, from the files' own layout");
        free(got);
        berth_model_pack(theirs.model, 1, NULL);
        got = predict(&theirs, &s);
        EQUAL_FLOATS(got, want, 7 * V, "logits, packed");
        free(got);
        free(want);
    }
    close_model(&ours);
    close_model(&theirs);
    scratch_remove(&scratch);
}

int main(void)
{
    test_golden();
    test_same_bits();
    return tap_done();
}
