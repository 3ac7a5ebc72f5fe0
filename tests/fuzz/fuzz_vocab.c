/*
 * fuzz_vocab.c - the vocabulary's own readers: of a tokenizer.json against
 * jansson, which reads the same slowly, and of a vocab.txt.
 */
#include <jansson.h>

#include "tests/fuzz/fuzz.h"
#include "tokenizer/subwords/merges.h"
#include "tokenizer/subwords/scan.h"

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

/* Every piece and every score are those that jansson reads. */
static void expect_pieces(const struct berth_vocab *vocab, const double *scores,
                          json_t *list)
{
    json_t *piece;
    size_t i;

    EXPECT(json_array_size(list) == vocab->n_ids, "%zu pieces, not %zu",
           vocab->n_ids, json_array_size(list));
    json_array_foreach(list, i, piece)
    {
        const char *text = json_string_value(json_array_get(piece, 0));
        double score = json_number_value(json_array_get(piece, 1));

        EXPECT(strcmp(text, berth_vocab_text(vocab, (int32_t)i)) == 0,
               "piece %zu is '%s', not '%s'", i,
               berth_vocab_text(vocab, (int32_t)i), text);
        EXPECT(scores[i] == score, "score %zu is %.17g, not %.17g", i,
               scores[i], score);
    }
}

static enum berth_status read_pieces(const struct berth_blob *blob,
                                     size_t begin, size_t *end,
                                     struct berth_error *err)
{
    struct berth_vocab vocab = {0};
    double *scores = NULL;
    enum berth_status status = berth_pieces_read_json(
        blob, begin, "fuzz", true, end, &vocab, &scores, err);
    json_t *root = status == BERTH_OK ? whole_json(blob) : NULL;

    if (root != NULL)
        expect_pieces(&vocab, scores,
                      json_object_get(json_object_get(root, "model"), "vocab"));
    json_decref(root);
    berth_vocab_free(&vocab);
    free(scores);
    if (status != BERTH_OK)
        return status;
    status = berth_pieces_read_json(blob, begin, "fuzz", false, end, &vocab,
                                    &scores, err);
    if (status == BERTH_OK) {
        berth_vocab_free(&vocab);
        free(scores);
    }
    return status;
}

static enum berth_status read_object(const struct berth_blob *blob,
                                     size_t begin, size_t *end,
                                     struct berth_error *err)
{
    struct berth_vocab vocab = {0};
    int32_t twice = -1;
    enum berth_status status =
        berth_vocab_read_json(blob, begin, "fuzz", end, &vocab, err);

    if (status == BERTH_OK)
        status = berth_vocab_index(&vocab, "fuzz", &twice, err);
    json_t *root = status == BERTH_OK && twice < 0 ? whole_json(blob) : NULL;

    if (root != NULL)
        expect_equal(&vocab,
                     json_object_get(json_object_get(root, "model"), "vocab"));
    json_decref(root);
    berth_vocab_free(&vocab);
    return status;
}

static enum berth_status read_merges(const struct berth_blob *blob,
                                     size_t begin, size_t *end,
                                     struct berth_error *err)
{
    struct berth_merges merges = {0};
    enum berth_status status =
        berth_merges_read_json(blob, begin, "fuzz", end, &merges, err);

    berth_merges_free(&merges);
    return status;
}

static void read_json(const struct berth_blob *blob)
{
    size_t at = 0;
    const char *key;

    while (berth_scan_next(blob, &at, &key)) {
        struct berth_error err = {0};
        size_t begin = at;
        enum berth_status status;

        EXPECT(begin < blob->size, "begins behind the end");
        if (strcmp(key, "model.merges") == 0)
            status = read_merges(blob, begin, &at, &err);
        else if (blob->data[begin] == '{')
            status = read_object(blob, begin, &at, &err);
        else
            status = read_pieces(blob, begin, &at, &err);
        if (status != BERTH_OK) {
            fuzz_expect_message(status, &err);
            return;
        }
        EXPECT(begin < at && at <= blob->size, "ends outside the file");
    }
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
    struct berth_blob blob = {.data = size > 0 ? copy : NULL, .size = size};

    read_json(&blob);
    read_text(&blob);
    free(copy);
    return 0;
}
