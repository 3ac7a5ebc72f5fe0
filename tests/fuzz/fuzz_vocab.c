/*
 * fuzz_vocab.c - the vocabulary's own readers: of a tokenizer.json against
 * jansson, which reads the same slowly, and of a vocab.txt.
 */
#include <jansson.h>

#include "tests/fuzz/fuzz.h"
#include "tokenizer/subwords/vocab.h"

/* Every token of the object has the id here that it has there. */
static void expect_equal(const struct berth_vocab *vocab, json_t *object)
{
    const char *token;
    json_t *id;

    EXPECT(json_is_object(object), "found where jansson finds no object");
    json_object_foreach(object, token, id)
    {
        json_int_t found = berth_vocab_id(vocab, token, strlen(token));

        EXPECT(json_integer_value(id) == found,
               "'%s' is %" JSON_INTEGER_FORMAT ", not %" JSON_INTEGER_FORMAT,
               token, found, json_integer_value(id));
    }
}

static json_t *whole_json(const struct berth_blob *blob)
{
    return json_loadb((const char *)blob->data, blob->size,
                      JSON_REJECT_DUPLICATES, NULL);
}

static void read_json(const struct berth_blob *blob)
{
    struct berth_vocab vocab = {0};
    struct berth_error err = {0};
    size_t begin, end;
    int32_t twice = -1;

    if (!berth_vocab_find_json(blob, &begin))
        return;
    EXPECT(begin < blob->size, "begins behind the end");
    enum berth_status status =
        berth_vocab_read_json(blob, begin, "fuzz", &end, &vocab, &err);

    if (status == BERTH_OK) {
        EXPECT(begin <= end && end <= blob->size, "ends outside the file");
        status = berth_vocab_index(&vocab, "fuzz", &twice, &err);
    }
    if (status != BERTH_OK)
        fuzz_expect_message(status, &err);
    json_t *root = status == BERTH_OK && twice < 0 ? whole_json(blob) : NULL;

    if (root != NULL)
        expect_equal(&vocab,
                     json_object_get(json_object_get(root, "model"), "vocab"));
    json_decref(root);
    berth_vocab_free(&vocab);
}

static void read_text(const struct berth_blob *blob)
{
    struct berth_vocab vocab = {0};
    struct berth_error err = {0};
    enum berth_status status =
        berth_vocab_read_text(blob, "fuzz", &vocab, &err);

    if (status != BERTH_OK) {
        fuzz_expect_message(status, &err);
        return;
    }
    for (size_t id = 0; id < vocab.n_ids; id++) {
        const char *text = berth_vocab_text(&vocab, (int32_t)id);

        EXPECT(text == NULL || strlen(text) <= blob->size,
               "a token longer than the file");
    }
    berth_vocab_free(&vocab);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned char *copy = fuzz_copy(data, size);
    struct berth_blob blob = {size > 0 ? copy : NULL, size, false};

    read_json(&blob);
    read_text(&blob);
    free(copy);
    return 0;
}
