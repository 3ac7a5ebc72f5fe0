/*
 * fuzz_folder.c - a hostile model folder: it is opened, and what opens runs a
 * text through tokenizer, encoder, pooling, head and attention.
 */
#include "tests/fuzz/tokenize.h"

enum {
    MAX_LAYERS = 8, /* more, or longer texts, are only slow */
    MAX_TOKENS = 64,
    N_PARTS_OF_ATTENTION = BERTH_LAYER_OUTPUT + 1
};

static float *floats(size_t n)
{
    float *x = malloc((n + 1) * sizeof(*x));

    EXPECT(x != NULL, "no memory for %zu numbers", n);
    return x;
}

static void predict(struct berth_context *ctx,
                    const struct berth_model_facts *facts)
{
    const struct berth_place place = {0, 0};
    float *logits = floats(facts->vocab_size);
    struct berth_error err = {0};
    enum berth_status status = berth_predict(ctx, &place, 1, logits, &err);

    if (status != BERTH_OK)
        fuzz_expect_message(status, &err);
    free(logits);
}

static void attend(struct berth_context *ctx, const struct berth_model *model,
                   const struct berth_sequence *sequence)
{
    const size_t layer = 0;
    const size_t head = berth_model_get_facts(model)->num_attention_heads - 1;
    enum berth_attention_part part = (enum berth_attention_part)(
        folder.options[OPTION_ATTENTION] % N_PARTS_OF_ATTENTION);
    struct berth_attention_request request = {part, &layer, 1, &head, 1};
    size_t width = berth_attention_width(model, part, sequence->n_tokens);
    float *out = floats(sequence->n_tokens * width);
    struct berth_error err = {0};
    enum berth_status status = berth_attend(ctx, sequence, &request, out, &err);

    if (status != BERTH_OK)
        fuzz_expect_message(status, &err);
    free(out);
}

/* The vector of the sequence, free(); NULL: it has none, and the message says
 * so. */
static float *embed(struct berth_context *ctx, const struct berth_model *model,
                    const struct berth_sequence *sequence)
{
    float *vector = floats(berth_embed_size(model, NULL));
    struct berth_error err = {0};
    enum berth_status status =
        berth_forward(ctx, sequence, 1, BERTH_LAST_LAYER, &err);

    if (status == BERTH_OK)
        status = berth_embed(ctx, NULL, vector, &err);
    if (status == BERTH_OK)
        return vector;
    fuzz_expect_message(status, &err);
    free(vector);
    return NULL;
}

/* Packing changes no bit. (Which NaN comes out is not promised.) */
static void expect_same(const float *a, const float *b, size_t n)
{
    EXPECT((a == NULL) == (b == NULL), "packing changed the result");
    for (size_t i = 0; a != NULL && i < n; i++)
        EXPECT(memcmp(&a[i], &b[i], sizeof(*a)) == 0 ||
                   (a[i] != a[i] && b[i] != b[i]),
               "number %zu was %a, packed %a", i, (double)a[i], (double)b[i]);
}

static void run_packed(struct berth_context *ctx, struct berth_model *model,
                       const struct berth_sequence *sequence,
                       const float *unpacked)
{
    float *vector;

    if (berth_model_pack(model, 1, NULL) != BERTH_OK)
        return;
    vector = embed(ctx, model, sequence);
    expect_same(unpacked, vector, berth_embed_size(model, NULL));
    free(vector);
}

/* What the head says of the whole text. */
static void ask(struct berth_context *ctx, const struct berth_model *model,
                size_t n_tokens)
{
    const struct berth_head_facts *head = berth_model_get_head(model);
    const size_t rows = head->of_tokens ? n_tokens : 1;
    float *out = calloc(rows, head->n_out * sizeof(*out));
    struct berth_error err = {0};

    enum berth_status status =
        out != NULL ? berth_logits(ctx, out, &err) : BERTH_OK;

    if (status != BERTH_OK)
        fuzz_expect_message(status, &err);
    free(out);
}

static void run(struct berth_model *model, const struct berth_tokens *t)
{
    const struct berth_window *w = &t->windows[0];
    struct berth_sequence sequence = {.ids = t->ids + w->start,
                                      .type_ids = t->type_ids + w->start,
                                      .n_tokens = w->n_tokens,
                                      .n_skip = w->n_prompt};
    const struct berth_model_facts *facts = berth_model_get_facts(model);
    struct berth_context *ctx = NULL;
    struct berth_error err = {0};
    enum berth_status status = berth_context_new(model, 1, 16, &ctx, &err);

    if (status != BERTH_OK) {
        fuzz_expect_message(status, &err);
        return;
    }
    float *vector = embed(ctx, model, &sequence);

    const struct berth_head_facts *head = berth_model_get_head(model);
    if (vector != NULL && head != NULL && head->kind == BERTH_HEAD_MASKED_LM)
        predict(ctx, facts);
    else if (vector != NULL && head != NULL)
        ask(ctx, model, w->n_tokens);
    attend(ctx, model, &sequence);
    if (folder.options[OPTION_PACK] & 1)
        run_packed(ctx, model, &sequence, vector);
    free(vector);
    berth_context_free(ctx);
}

static void use(struct berth_model *model, enum berth_part part)
{
    const struct berth_model_facts *facts = berth_model_get_facts(model);
    struct berth_tokens tokens = {0};
    bool good = tokenize_folder(model, part, &tokens);
    size_t n;

    for (const struct berth_setting *s = berth_model_get_settings(model, &n);
         n > 0; n--)
        EXPECT(s[n - 1].key != NULL && s[n - 1].value != NULL &&
                   s[n - 1].source != NULL,
               "setting %zu is not whole", n - 1);
    berth_model_hash(model);
    if (good && part != BERTH_PART_TOKENIZER &&
        facts->num_hidden_layers <= MAX_LAYERS &&
        tokens.windows[0].n_tokens <= MAX_TOKENS)
        run(model, &tokens);
    berth_tokens_free(&tokens);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    folder_unpack(data, size);
    /* The encoder and what info tells; with a masked-LM head; the tokenizer;
     * with another head. */
    const unsigned choice =
        folder.options[OPTION_PART] % (1 + BERTH_HEAD_KINDS);
    enum berth_part part = choice == 0   ? BERTH_PART_FACTS
                           : choice == 2 ? BERTH_PART_TOKENIZER
                                         : BERTH_PART_ENCODER;
    struct berth_model *model = tokenize_open(
        part, (enum berth_head_kind)(choice > 2 ? choice - 1 : choice % 2));

    if (model != NULL)
        use(model, part);
    berth_model_close(model);
    folder_drop();
    return 0;
}
