/*
 * test_pairs.c - a model of one token type knows no pairs: a pair is one text's
 * error, told before anything is computed.
 */
#include "lib/berth.h"

#include "tests/tap.h"
#include "tests/tensors.h"

static const char types[] = "bert.embeddings.token_type_embeddings.weight";

static void check(const struct tensors *t, enum berth_part part, bool works)
{
    const struct berth_model_options options = {.part = part};
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
    CHECK(works ? s == BERTH_OK
                : s == BERTH_ERR_ARGUMENT &&
                      strstr(err.message, "type_vocab_size") != NULL,
          "two, part %d: %s", (int)part, err.message);
    berth_tokens_free(&tokens);
    berth_model_close(model);
}

int main(void)
{
    struct tensors t;

    if (!CHECK(tensors_open(&t, "tests/models/bert-uncased"), "copy"))
        return tap_done();
    check(&t, BERTH_PART_ENCODER, true);
    struct tensor_entry *e = tensors_find(&t, types);
    e->shape[0] = 1;
    e->size /= 2;
    tensors_write(&t);
    tensors_edit(&t, "config.json", "\"type_vocab_size\": 2",
                 "\"type_vocab_size\": 1");
    check(&t, BERTH_PART_ENCODER, false);
    check(&t, BERTH_PART_MASKED_LM, false);
    check(&t, BERTH_PART_TOKENIZER, true);
    tensors_close(&t);
    return tap_done();
}
