/*
 * test_cases.c - the tokenizer against cases.jsonl, kinds.jsonl and
 * pieces.jsonl of tests/tokenizer, which Hugging Face's tokenizers made
 * (tests/make/tokenizer_cases.py, tokenizer_kinds.py).
 *
 * An argument names another file of that form.
 */
#include "tests/tokenizer/rows.h"

struct state {
    struct berth_tokenizer *tokenizer;
    struct berth_tokens tokens;
    char *vocab;
    size_t n_vocab;
    char what[80];
};

static void open_row(struct state *s, json_t *row)
{
    struct berth_error err = {0};
    json_t *mask = json_object_get(row, "mask_id");
    const struct berth_tokenizer_facts *facts;

    berth_tokenizer_close(s->tokenizer);
    s->tokenizer = NULL;
    snprintf(s->what, sizeof(s->what), "%s",
             json_string_value(json_object_get(row, "what")));
    if (!CHECK(rows_open(json_object_get(row, "files"), s->vocab, s->n_vocab,
                         json_is_true(json_object_get(row, "extra_lowercase")),
                         NULL, &s->tokenizer, &err) == BERTH_OK,
               "%s opens %s", s->what, err.message))
        return;
    facts = berth_tokenizer_get_facts(s->tokenizer);
    CHECK(json_is_null(mask) || json_integer_value(mask) == facts->mask_id,
          "%s: the mask is %d", s->what, (int)facts->mask_id);
    CHECK(facts->n_tokens ==
              (size_t)json_integer_value(json_object_get(row, "n_tokens")),
          "%s: %zu tokens", s->what, facts->n_tokens);
}

static void decode_row(struct state *s, const json_t *row, size_t line)
{
    const json_t *list = json_object_get(row, "decode");
    const char *const keys[] = {"whole", "skipped"};
    int32_t ids[64];
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n && i < 64; i++)
        ids[i] = (int32_t)json_integer_value(json_array_get(list, i));
    for (size_t k = 0; k < 2; k++) {
        const json_t *want = json_object_get(row, keys[k]);
        char *text = NULL;
        size_t size = 0;
        bool ok = berth_tokenizer_decode(s->tokenizer, 0, ids, n, k == 1, &text,
                                         &size, NULL) == BERTH_OK &&
                  size == json_string_length(want) &&
                  memcmp(text, json_string_value(want), size) == 0;

        CHECK(ok, "%s: line %zu decodes, %s", s->what, line, keys[k]);
        if (!ok)
            printf("# \"%s\"\n", text != NULL ? text : "");
        free(text);
    }
}

static void text_row(struct state *s, const json_t *row, size_t line)
{
    const json_t *strategy = json_object_get(row, "truncation");
    struct berth_text text = rows_text(row, "text", "pair");
    struct berth_tokenize_options options = {
        .plain = json_is_true(json_object_get(row, "plain")),
        .max_tokens =
            (size_t)json_integer_value(json_object_get(row, "max_tokens")),
        .overlap = (size_t)json_integer_value(json_object_get(row, "overlap"))};
    struct berth_error err = {0};

    if (strategy != NULL) {
        options.truncation = rows_truncation(json_string_value(strategy));
        CHECK(
            rows_check_windows(s->tokenizer, row, &text, &options, &s->tokens),
            "%s: line %zu is cut", s->what, line);
        return;
    }
    EQUAL_INT(
        berth_tokenizer_encode(s->tokenizer, &text, &options, &s->tokens, &err),
        BERTH_OK, "%s: line %zu %s: status", s->what, line, err.message);
    EQUAL_SIZE(s->tokens.n_windows, 1, "%s: line %zu %s: n_windows", s->what,
               line, err.message);
    CHECK(rows_same_window(row, &s->tokens, 0),
          "%s: line %zu %s: the same tokens", s->what, line, err.message);
}

static void run(struct state *s, const char *file)
{
    size_t n, line = 0;
    char *text = rows_read_file(file, &n);

    if (!CHECK(text != NULL, "%s is read", file))
        return;
    for (char *at = text; at < text + n;) {
        char *end = strchr(at, '\n');
        json_t *row = json_loadb(at, (size_t)(end - at), JSON_ALLOW_NUL, NULL);

        line++;
        if (json_object_get(row, "files") != NULL)
            open_row(s, row);
        else if (s->tokenizer == NULL)
            SKIP("line %zu: no tokenizer", line);
        else if (json_object_get(row, "decode") != NULL)
            decode_row(s, row, line);
        else
            text_row(s, row, line);
        json_decref(row);
        at = end + 1;
    }
    free(text);
}

int main(int argc, char **argv)
{
    static const char *const files[] = {"tests/tokenizer/cases.jsonl",
                                        "tests/tokenizer/kinds.jsonl",
                                        "tests/tokenizer/pieces.jsonl"};
    struct state s = {0};

    s.vocab = rows_read_file("tests/tokenizer/vocab.txt", &s.n_vocab);
    CHECK(s.vocab != NULL, "tests/tokenizer/vocab.txt is read");
    if (argc > 1)
        run(&s, argv[1]);
    for (size_t i = 0; argc == 1 && i < sizeof(files) / sizeof(*files); i++)
        run(&s, files[i]);
    berth_tokens_free(&s.tokens);
    berth_tokenizer_close(s.tokenizer);
    free(s.vocab);
    return tap_done();
}
