/*
 * test_spelling.c - what a token's spelling means: the marks of a piece,
 * special tokens, and how many of these are put around a text, for vocabularies
 * that do not write them as BERT does.
 */
#include "tests/tokenizer/rows.h"

/* No token is named as BERT's, the mark is "@@", and an end is put twice. */
static const char odd[] =
    "{\"version\":\"1.0\",\"added_tokens\":[{\"id\":4,\"content\":\"<mask>\","
    "\"special\":true},"
    "{\"id\":9,\"content\":\"@@x\",\"special\":true},"
    "{\"id\":10,\"content\":\"plain\",\"special\":false}],"
    "\"normalizer\":null,"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"post_processor\":{\"type\":\"TemplateProcessing\","
    "\"single\":[{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},"
    "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
    "{\"SpecialToken\":{\"id\":\"</s>\",\"type_id\":0}},"
    "{\"SpecialToken\":{\"id\":\"</s>\",\"type_id\":0}}],"
    "\"pair\":[{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},"
    "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
    "{\"SpecialToken\":{\"id\":\"</s>\",\"type_id\":0}},"
    "{\"SpecialToken\":{\"id\":\"</s>\",\"type_id\":0}},"
    "{\"Sequence\":{\"id\":\"B\",\"type_id\":0}},"
    "{\"SpecialToken\":{\"id\":\"</s>\",\"type_id\":0}}],"
    "\"special_tokens\":{\"<s>\":{\"id\":\"<s>\",\"ids\":[2],"
    "\"tokens\":[\"<s>\"]},\"</s>\":{\"id\":\"</s>\",\"ids\":[3],"
    "\"tokens\":[\"</s>\"]}}},"
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"<unk>\","
    "\"continuing_subword_prefix\":\"PREFIX\","
    "\"max_input_chars_per_word\":100,\"vocab\":{\"<pad>\":0,\"<unk>\":1,"
    "\"<s>\":2,\"</s>\":3,\"<mask>\":4,\"a\":5,\"@@b\":6,\"##c\":7,"
    "\"@@\":8}}}";

static struct berth_tokenizer *open_odd(const char *prefix)
{
    const char *at = strstr(odd, "PREFIX");
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_error err = {0};
    char text[sizeof(odd) + 16];

    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - odd), odd, prefix,
             at + strlen("PREFIX"));
    json_t *files =
        json_pack("{s:s,s:s}", "tokenizer_config.json",
                  "{\"tokenizer_class\":\"PreTrainedTokenizerFast\"}",
                  "tokenizer.json", text);

    CHECK(rows_open(files, NULL, 0, false, NULL, &tokenizer, &err) == BERTH_OK,
          "a tokenizer with the mark \"%s\" opens %s", prefix, err.message);
    json_decref(files);
    return tokenizer;
}

static void check_token(const struct berth_tokenizer *tokenizer, int32_t id,
                        const char *text, const char *word, bool continues,
                        bool special)
{
    struct berth_token t;

    CHECK(berth_tokenizer_token(tokenizer, id, &t), "id %d is a token",
          (int)id);
    EQUAL_TEXT(t.text, text, "id %d: text", (int)id);
    EQUAL_SIZE(t.size, strlen(text), "id %d: size", (int)id);
    EQUAL_TEXT(t.word, word, "id %d: word", (int)id);
    EQUAL_SIZE(t.word_size, strlen(word), "id %d: word_size", (int)id);
    CHECK(t.continues == continues, "\"%s\" %s a word", text,
          continues ? "continues" : "begins");
    CHECK(t.special == special, "\"%s\" is %s", text,
          special ? "special" : "of a text");
}

static void check_none(const struct berth_tokenizer *tokenizer, int32_t id)
{
    struct berth_token t = {.size = 1, .word_size = 1, .continues = true};

    CHECK(!berth_tokenizer_token(tokenizer, id, &t), "id %d is no token",
          (int)id);
    EQUAL_INT(t.text[0], '\0', "id %d: nothing left in text[0]", (int)id);
    EQUAL_INT(t.word[0], '\0', "id %d: nothing left in word[0]", (int)id);
    EQUAL_SIZE(t.size, 0, "id %d: nothing left in size", (int)id);
    EQUAL_SIZE(t.word_size, 0, "id %d: nothing left in word_size", (int)id);
    CHECK(!t.continues, "id %d: nothing left: not continues", (int)id);
    CHECK(!t.special, "id %d: nothing left: not special", (int)id);
    CHECK(berth_tokenizer_text(tokenizer, id)[0] == '\0', "id %d has no text",
          (int)id);
}

static void check_counts(const struct berth_tokenizer *tokenizer, size_t one,
                         size_t pair)
{
    const struct berth_tokenizer_facts *f =
        berth_tokenizer_get_facts(tokenizer);
    const struct berth_text texts[] = {
        {.text = "a", .text_len = 1},
        {.text = "a", .text_len = 1, .pair = "a", .pair_len = 1}};
    const size_t want[] = {one, pair};
    const size_t facts[] = {f->n_special, f->n_special_pair};
    struct berth_tokens tokens = {0};

    for (size_t i = 0; i < 2; i++) {
        size_t n = 0, n_second = 0;

        CHECK(facts[i] == want[i], "%zu special tokens for %zu, expected %zu",
              facts[i], i + 1, want[i]);
        berth_tokenizer_encode(tokenizer, &texts[i], NULL, &tokens, NULL);
        for (size_t k = 0; k < tokens.n; k++) {
            n += tokens.special[k];
            n_second += tokens.second[k];
        }
        EQUAL_SIZE(n_second, i, "tokens of text B, for %zu", i + 1);
        CHECK(n == want[i], "%zu stand around %zu, expected %zu", n, i + 1,
              want[i]);
    }
    berth_tokens_free(&tokens);
}

static void check_odd(void)
{
    struct berth_tokenizer *t = open_odd("@@");

    if (t == NULL)
        return;
    check_token(t, 0, "<pad>", "<pad>", false, false); /* not declared */
    check_token(t, 1, "<unk>", "<unk>", false, true);
    check_token(t, 2, "<s>", "<s>", false, true);
    check_token(t, 3, "</s>", "</s>", false, true);
    check_token(t, 4, "<mask>", "<mask>", false, true);
    check_token(t, 5, "a", "a", false, false);
    check_token(t, 6, "@@b", "b", true, false);
    check_token(t, 7, "##c", "##c", false, false);
    check_token(t, 8, "@@", "@@", false, false);
    check_token(t, 9, "@@x", "@@x", false, true);
    check_token(t, 10, "plain", "plain", false, false);
    check_none(t, -1);
    check_none(t, 11);
    check_none(t, INT32_MAX);
    check_counts(t, 3, 4);
    berth_tokenizer_close(t);
}

/* Where pieces bear no mark, none can be told from a word. */
static void check_no_mark(void)
{
    struct berth_tokenizer *t = open_odd("");

    if (t == NULL)
        return;
    check_token(t, 5, "a", "a", false, false);
    check_token(t, 6, "@@b", "@@b", false, false);
    berth_tokenizer_close(t);
}

static void check_usual(void)
{
    static const char vocab[] =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n[unused1]";
    struct berth_tokenizer *t = NULL;
    json_t *files = json_object();

    CHECK(rows_open(files, vocab, sizeof(vocab) - 1, false, NULL, &t, NULL) ==
              BERTH_OK,
          "a vocab.txt opens");
    for (int32_t id = 0; t != NULL && id < 5; id++) {
        const char *text = berth_tokenizer_text(t, id);

        check_token(t, id, text, text, false, true);
    }
    if (t != NULL) {
        check_token(t, 5, "a", "a", false, false);
        check_token(t, 6, "##b", "b", true, false);
        check_token(t, 7, "[unused1]", "[unused1]", false, false);
        check_counts(t, 2, 3);
    }
    berth_tokenizer_close(t);
    json_decref(files);
}

/* What the marks of a token say. */
static void check_marks(const struct berth_tokenizer *tokenizer, int32_t id,
                        const char *word, bool continues, bool goes_on,
                        bool spaced)
{
    struct berth_token t;

    CHECK(berth_tokenizer_token(tokenizer, id, &t), "id %d is a token",
          (int)id);
    EQUAL_TEXT(t.word, word, "\"%s\": word", t.text);
    EQUAL_SIZE(t.word_size, strlen(word), "\"%s\": word_size", t.text);
    EQUAL_INT(t.continues, continues, "\"%s\": continues", t.text);
    EQUAL_INT(t.goes_on, goes_on, "\"%s\": goes_on", t.text);
    EQUAL_INT(t.spaced, spaced, "\"%s\": spaced", t.text);
}

static struct berth_tokenizer *open_class(const char *class, const char *vocab)
{
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_error err = {0};
    json_t *files = json_pack(
        "{s:s,s:s,s:{s:s}}", "vocab.json", vocab, "merges.txt",
        "#version: 0.2\n", "tokenizer_config.json", "tokenizer_class", class);

    CHECK(rows_open(files, NULL, 0, false, NULL, &tokenizer, &err) == BERTH_OK,
          "%s opens %s", class, err.message);
    json_decref(files);
    return tokenizer;
}

/* What becomes of n tokens. */
static void check_join(const struct berth_tokenizer *t,
                       const char *const *tokens, size_t n, const char *want)
{
    struct berth_error err = {0};
    char *text = NULL;
    size_t sizes[4], size = 0;

    for (size_t i = 0; i < n; i++)
        sizes[i] = strlen(tokens[i]);
    CHECK(berth_tokenizer_join(t, tokens, sizes, n, &text, &size, &err) ==
                  BERTH_OK &&
              size == strlen(want) && strcmp(text, want) == 0,
          "joined: expected '%s', found '%s'", want,
          text != NULL ? text : "none");
    free(text);
}

/* A blank is U+0120; other bytes are spelled, too. */
static void check_byte_level(void)
{
    struct berth_tokenizer *t = open_class(
        "RobertaTokenizer",
        "{\"<s>\":0,\"</s>\":1,\"a\":2,\"\\u0120a\":3,\"\\u00c3\\u00a9\":4,"
        "\"\\u00c3\":5,\"\\u010a\":6,\"\\u0120\":7,\"\\u0120\\u00c3\\u00a9x\":"
        "8,"
        "\"\\u4e2d\":9,\"<pad>\":10,\"<unk>\":11,\"<mask>\":12}");

    if (t == NULL)
        return;
    CHECK(berth_tokenizer_get_facts(t)->spaced_words, "words have their blank");
    CHECK(!berth_tokenizer_get_facts(t)->marks_subwords, "no mark goes on");
    /* U+00E9 is a byte of the alphabet, and no UTF-8. */
    check_join(t, (const char *[]){"\xc4\xa0\x61", "\xc3\x83\xc2\xa9", "<s>"},
               3, " a\xc3\xa9<s>");
    check_join(t, (const char *[]){" a", "\xc3\xa9", "\xe4\xb8\xad"}, 3,
               " a\xef\xbf\xbd\xe4\xb8\xad");
    check_token(t, 0, "<s>", "<s>", false, true);
    check_marks(t, 0, "<s>", false, false, false);
    check_marks(t, 2, "a", true, false, false);
    check_marks(t, 3, "a", false, false, true);
    check_marks(t, 4, "\xc3\xa9", true, false, false);
    check_marks(t, 5, "\xef\xbf\xbd", true, false, false);
    check_marks(t, 6, "\n", false, false, false);
    check_marks(t, 7, "", false, false, true);
    check_marks(t, 8, "\xc3\xa9x", false, false, true);
    check_marks(t, 9, "\xe4\xb8\xad", true, false, false);
    berth_tokenizer_close(t);
}

/* "</w>" ends a word; alone it is one. */
static void check_suffix(void)
{
    struct berth_tokenizer *t = open_class(
        "HerbertTokenizer", "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"a\":3,"
                            "\"a</w>\":4,\"</w>\":5,\"<unk>\":6,"
                            "\"<mask>\":7}");
    struct berth_token begin, end;

    if (t == NULL)
        return;
    CHECK(!berth_tokenizer_get_facts(t)->spaced_words, "words have no blank");
    check_marks(t, 3, "a", false, true, false);
    check_marks(t, 4, "a", false, false, false);
    check_marks(t, 5, "</w>", false, false, false);
    check_marks(t, 7, "<mask>", false, false, false);
    berth_tokenizer_token(t, 3, &begin);
    berth_tokenizer_token(t, 4, &end);
    CHECK(berth_token_joined(&begin, &end), "a, a</w> is one word");
    CHECK(!berth_token_joined(&end, &begin), "a</w>, a are two");
    berth_tokenizer_close(t);
}

int main(void)
{
    check_odd();
    check_byte_level();
    check_suffix();
    check_no_mark();
    check_usual();
    return tap_done();
}
