/*
 * test_pairs.c - a model of one token type knows no pairs: a pair is one text's
 * error, told before anything is computed. Types that the tokenizer hides make
 * no difference.
 */
#include "lib/berth.h"

#include "tests/tap.h"
#include "tests/tensors.h"

static const char types[] = "bert.embeddings.token_type_embeddings.weight";

static void check(const struct tensors *t, enum berth_part part,
                  enum berth_head_kind head, bool works)
{
    const struct berth_model_options options = {.part = part, .head = head};
    const struct berth_text one = {.text = "the", .text_len = 3};
    const struct berth_text two = {
        .text = "the", .text_len = 3, .pair = "cat", .pair_len = 3};
    struct berth_tokens tokens = {0};
    struct berth_model *model = NULL;
    struct berth_error err = {.message = ""};

    CHECK(berth_model_open(t->folder.path, &options, &model, &err) == BERTH_OK,
          "opens %s", err.message);
    CHECK(berth_tokenize(model, &one, NULL, &tokens, &err) == BERTH_OK,
          "one text %s", err.message);
    enum berth_status s = berth_tokenize(model, &two, NULL, &tokens, &err);
    EQUAL_INT(s, works ? BERTH_OK : BERTH_ERR_ARGUMENT,
              "two texts, part %d: status", (int)part);
    HAS_TEXT(err.message, works ? "" : "type_vocab_size",
             "two texts, part %d: message", (int)part);
    berth_tokens_free(&tokens);
    berth_model_close(model);
}

/* The vector of a pair, of which the types count or not. */
static bool embed(const struct tensors *t, bool typed, float *out)
{
    const struct berth_text two = {
        .text = "the", .text_len = 3, .pair = "cat", .pair_len = 3};
    struct berth_tokens tokens = {0};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;
    bool ok =
        berth_model_open(t->folder.path, NULL, &model, NULL) == BERTH_OK &&
        berth_context_new(model, 1, 64, &ctx, NULL) == BERTH_OK &&
        berth_tokenize(model, &two, NULL, &tokens, NULL) == BERTH_OK;
    const struct berth_sequence s = {.ids = tokens.ids,
                                     .type_ids = typed ? tokens.type_ids : NULL,
                                     .n_tokens = tokens.n};

    ok = ok && berth_forward(ctx, &s, 1, -1, NULL) == BERTH_OK &&
         berth_embed(ctx, NULL, out, NULL) == BERTH_OK;
    berth_tokens_free(&tokens);
    berth_context_free(ctx);
    berth_model_close(model);
    return ok;
}

static void check_hidden(const struct tensors *t, bool hidden)
{
    float with[64] = {0}, without[64] = {1};

    CHECK(embed(t, true, with) && embed(t, false, without),
          "a pair with its types and without: embed");
    EQUAL_INT(memcmp(with, without, 32 * sizeof(float)) == 0, hidden,
              "a pair with its types and without: the same vector");
}

int main(void)
{
    struct tensors t;

    if (!CHECK(tensors_open(&t, "tests/data/bert-uncased"), "copy"))
        return tap_done();
    check(&t, BERTH_PART_ENCODER, BERTH_HEAD_NONE, true);
    check_hidden(&t, false);
    struct tensor_entry *e = tensors_find(&t, types);
    e->shape[0] = 1;
    e->size /= 2;
    tensors_write(&t);
    tensors_edit(&t, "config.json", "\"type_vocab_size\": 2",
                 "\"type_vocab_size\": 1");
    check(&t, BERTH_PART_ENCODER, BERTH_HEAD_NONE, false);
    check(&t, BERTH_PART_ENCODER, BERTH_HEAD_MASKED_LM, false);
    check(&t, BERTH_PART_TOKENIZER, BERTH_HEAD_NONE, true);
    tensors_edit(&t, "tokenizer_config.json", "{",
                 "{\"model_input_names\": [\"input_ids\"],");
    check(&t, BERTH_PART_ENCODER, BERTH_HEAD_NONE, true);
    check_hidden(&t, true);
    tensors_close(&t);
    return tap_done();
}
