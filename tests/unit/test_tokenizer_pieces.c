/*
 * test_tokenizer_pieces.c - tokenizers of pieces that are not as they should
 * be, and those that have only SentencePiece's own file.
 */
#include "tests/tokenizer/files.h"

static const char pieces[] =
    "{\"added_tokens\":[],\"normalizer\":null,\"post_processor\":null,"
    "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\","
    "\"add_prefix_space\":true},"
    "\"decoder\":{\"type\":\"Metaspace\",\"replacement\":\"_\","
    "\"prepend_scheme\":\"always\",\"split\":true},"
    "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"byte_fallback\":false,"
    "\"vocab\":[[\"<unk>\",0.0],[\"_a\",-1.5]]}}";

/* The tokenizer.json of pieces, with one text in the place of another. */
static enum berth_status open_with(const char *old, const char *new,
                                   struct berth_tokenizer **out,
                                   struct berth_error *err)
{
    char text[1024];
    const char *at = strstr(pieces, old);
    json_t *files;
    enum berth_status status;

    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - pieces), pieces, new,
             at + strlen(old));
    files = json_pack("{s:s, s:s}", "tokenizer.json", text,
                      "tokenizer_config.json", fast);
    err->message[0] = '\0';
    status = open_files(files, NULL, NULL, out, err);
    json_decref(files);
    return status;
}

static void check_errors(void)
{
    static const struct {
        const char *old, *new, *message;
        enum berth_status status;
    } cases[] = {
        {"\"_\"", "\"ab\"",
         "key 'replacement' of Metaspace: expected one character, found \"ab\"",
         BERTH_ERR_FORMAT},
        {"\"_\"", "\"\"",
         "key 'replacement' of Metaspace: expected one character, found \"\"",
         BERTH_ERR_FORMAT},
        {"always", "often",
         "key 'prepend_scheme' of Metaspace: expected always, first or never, "
         "found \"often\"",
         BERTH_ERR_FORMAT},
        {"\"split\":true", "\"add_prefix_space\":false",
         "key 'prepend_scheme' of Metaspace: expected never, as "
         "'add_prefix_space' is false, found \"always\"",
         BERTH_ERR_FORMAT},
        {"\"unk_id\":0", "\"unk_id\":2",
         "key 'unk_id': expected an integer from 0 to 1, found 2",
         BERTH_ERR_FORMAT},
        {"[[\"<unk>\",0.0],[\"_a\",-1.5]]", "{\"<unk>\":0}",
         "key 'model.vocab': expected a list of pieces with scores, found an "
         "object",
         BERTH_ERR_FORMAT},
        {"Unigram", "WordLevel",
         "key 'model.vocab': expected an object, found an array",
         BERTH_ERR_FORMAT},
        {"-1.5", "\"-1.5\"",
         "key 'model.vocab': expected a score, a number, found '\"'",
         BERTH_ERR_FORMAT},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_tokenizer *t = NULL;
        struct berth_error err;

        EQUAL_INT(open_with(cases[i].old, cases[i].new, &t, &err),
                  cases[i].status, "%s: status", cases[i].new);
        HAS_TEXT(err.message, cases[i].message, "%s: message", cases[i].new);
        berth_tokenizer_close(t);
    }
}

/* A byte that is another one, or the end: refused in one line, or it works. */
static void check_damaged(void)
{
    static const char values[] = "\0\"\\[]{},:0-9e.";
    const size_t n = sizeof(pieces) - 1, n_values = sizeof(values);
    size_t bad = 0, works = 0;

    for (size_t k = 0; k < n * n_values; k++) {
        struct berth_text text = {.text = "a b", .text_len = 3};
        struct berth_tokenizer *t = NULL;
        struct berth_tokens tokens = {0};
        struct berth_error err = {0};
        char copy[sizeof(pieces)];
        json_t *files;

        memcpy(copy, pieces, sizeof(pieces));
        copy[k / n_values] = values[k % n_values];
        files = json_pack("{s:s%, s:s}", "tokenizer.json", copy,
                          k % n_values == 0 ? k / n_values : n,
                          "tokenizer_config.json", fast);
        if (open_files(files, NULL, NULL, &t, &err) == BERTH_OK) {
            works++;
            if (berth_tokenizer_encode(t, &text, NULL, &tokens, &err) !=
                BERTH_OK)
                bad += err.message[0] == '\0';
        } else {
            bad += err.message[0] == '\0' || strchr(err.message, '\n') != NULL;
        }
        berth_tokens_free(&tokens);
        berth_tokenizer_close(t);
        json_decref(files);
    }
    EQUAL_SIZE(bad, 0, "damaged tokenizers of pieces, %zu of which work",
               works);
    CHECK(works > 100, "some work");
}

/* A model whose unk_id is null has none: texts that need it are refused. */
static void check_no_unknown(void)
{
    struct berth_tokenizer *t = NULL;
    struct berth_tokens tokens = {0};
    struct berth_text known = {.text = "a a", .text_len = 3};
    struct berth_text other = {.text = "b", .text_len = 1};
    struct berth_error err;

    if (!CHECK(open_with("\"unk_id\":0", "\"unk_id\":null", &t, &err) ==
                   BERTH_OK,
               "without unk_id it opens %s", err.message))
        return;
    EQUAL_INT(berth_tokenizer_encode(t, &known, NULL, &tokens, &err), BERTH_OK,
              "a text of pieces: status");
    EQUAL_SIZE(tokens.n, 2, "a text of pieces: tokens");
    EQUAL_INT(berth_tokenizer_encode(t, &other, NULL, &tokens, &err),
              BERTH_ERR_ARGUMENT, "another text: status");
    berth_tokens_free(&tokens);
    berth_tokenizer_close(t);
}

/* Scores decide which ids a text has, so they are in the fingerprint. */
static void check_fingerprint(void)
{
    struct berth_tokenizer *a = NULL, *b = NULL;
    struct berth_error err;

    if (CHECK(open_with("-1.5", "-1.5", &a, &err) == BERTH_OK &&
                  open_with("-1.5", "-1.25", &b, &err) == BERTH_OK,
              "two tokenizers open %s", err.message))
        CHECK(berth_tokenizer_fingerprint(a) != berth_tokenizer_fingerprint(b),
              "another score is another fingerprint");
    berth_tokenizer_close(a);
    berth_tokenizer_close(b);
}

/* The ids of a text by a class that has only this file, "1 2 3". */
static void encode_with(const char *class, const char *name, const char *model,
                        size_t n, const char *text, char *out, size_t size)
{
    char config[80];
    int n_config = snprintf(config, sizeof(config),
                            "{\"tokenizer_class\":\"%sTokenizer\"}", class);
    const struct berth_embedded_file files[] = {
        {name, (const unsigned char *)model, n},
        {"tokenizer_config.json", (const unsigned char *)config,
         (size_t)n_config}};
    struct berth_folder *folder = NULL;
    struct berth_tokenizer *t = NULL;
    struct berth_tokens tokens = {0};
    struct berth_text of = {.text = text, .text_len = strlen(text)};
    struct berth_error err = {0};
    size_t used = 0;

    out[0] = '\0';
    if (CHECK(berth_folder_open_embedded("test", files, 2, &folder, &err) ==
                      BERTH_OK &&
                  berth_tokenizer_open(folder, false, NULL, &t, &err) ==
                      BERTH_OK &&
                  berth_tokenizer_encode(t, &of, NULL, &tokens, &err) ==
                      BERTH_OK,
              "%s opens %s %s", class, name, err.message)) {
        for (size_t i = 0; i < tokens.n && used < size; i++)
            used += (size_t)snprintf(out + used, size - used, "%s%d",
                                     i > 0 ? " " : "", (int)tokens.ids[i]);
    }
    berth_tokens_free(&tokens);
    berth_tokenizer_close(t);
    berth_folder_close(folder);
}

/* What transformers 5.24 makes of seed "user" of tests/fuzz/seeds.py, which has
 * control pieces, and "(", always a token of its own. */
static void check_models(void)
{
    static const char text[] = "the he(the) \xc3\xa9<s>[CLS] <mask>[MASK]x";
    static const char *const cases[][3] = {
        {"XLMRoberta", "sentencepiece.bpe.model",
         "0 5 4 9 13 5 3 4 10 0 11 15 4 3 2"},
        {"Camembert", "sentencepiece.bpe.model",
         "5 8 7 12 16 8 3 7 13 5 14 18 7 3 6"},
        {"Albert", "spiece.model", "10 4 3 8 12 4 1 3 7 1 10 3 1 15 3 1 11"},
        {"DebertaV2", "spm.model", "10 4 3 8 12 4 0 3 9 1 10 3 0 16 3 0 11"},
    };
    size_t n;
    char *model = rows_read_file("tests/fuzz/corpus/sentencepiece/user", &n);

    if (!CHECK(model != NULL, "a model is read"))
        return;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char found[256];

        encode_with(cases[i][0], cases[i][1], model, n, text, found,
                    sizeof(found));
        EQUAL_TEXT(found, cases[i][2], "%s of %s: ids", cases[i][0],
                   cases[i][1]);
    }
    free(model);
}

int main(void)
{
    check_models();
    check_errors();
    check_damaged();
    check_no_unknown();
    check_fingerprint();
    return tap_done();
}
