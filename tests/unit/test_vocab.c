/*
 * test_vocab.c - reading a vocabulary, finding tokens, and words in pieces.
 */
#include "tests/tap.h"
#include "tests/tokenizer/flow.h"
#include "tokenizer/subwords/scan.h"
#include "tokenizer/subwords/wordpiece.h"

#include <stdlib.h>
#include <string.h>

static struct berth_blob blob(const char *text, size_t n)
{
    return (struct berth_blob){.data = (const unsigned char *)text, .size = n};
}

#define BLOB(s) blob((s), sizeof(s) - 1)

static int32_t id(const struct berth_vocab *vocab, const char *text)
{
    return berth_vocab_id(vocab, text, strlen(text));
}

static void check_text(void)
{
    struct berth_blob file =
        BLOB("one\ntwo \t\xe3\x80\x80\nthree\r\n\none\n##s\nlast");
    struct berth_vocab v;
    struct berth_error err;

    if (!CHECK(berth_vocab_read_text(&file, "v", &v, &err) == BERTH_OK,
               "a vocab.txt is read"))
        return;
    EQUAL_SIZE(v.n_ids, 7, "%zu ids, %zu tokens: n_ids", v.n_ids, v.n_tokens);
    EQUAL_SIZE(v.n_tokens, 6, "%zu ids, %zu tokens: n_tokens", v.n_ids,
               v.n_tokens);
    EQUAL_INT(id(&v, "two"), 1,
              "white space at the end of a line: id of 'two'");
    EQUAL_INT(id(&v, "three"), 2,
              "white space at the end of a line: id of 'three'");
    EQUAL_INT(id(&v, "last"), 6,
              "white space at the end of a line: id of 'last'");
    EQUAL_INT(id(&v, "one"), 4, "a token twice in vocab.txt: id of 'one'");
    EQUAL_TEXT(berth_vocab_text(&v, 0), "one",
               "a token twice in vocab.txt: vocab_text");
    EQUAL_INT(id(&v, "##s"), 5, "parts of tokens: id of '##s'");
    EQUAL_INT(id(&v, "s"), -1, "parts of tokens: id of 's'");
    EQUAL_INT(id(&v, "tw"), -1, "parts of tokens: id of 'tw'");
    CHECK(berth_vocab_text(&v, 7) == NULL && berth_vocab_text(&v, -1) == NULL,
          "ids outside the vocabulary have no text");
    berth_vocab_free(&v);
}

static void check_text_errors(void)
{
    static const struct {
        const char *text;
        size_t n;
        const char *message;
    } cases[] = {
        {"", 0, "v: expected a token a line, found an empty file"},
        {"a\nb\n\xff\n", 6, "v: line 3: expected UTF-8, found byte 0xff"},
        {"a\n\xe4\xb8", 4, "v: line 2: expected UTF-8, found byte 0xe4"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_blob file = blob(cases[i].text, cases[i].n);
        struct berth_vocab v;
        struct berth_error err;

        EQUAL_INT(berth_vocab_read_text(&file, "v", &v, &err), BERTH_ERR_FORMAT,
                  "%s: status", err.message);
        EQUAL_TEXT(err.message, cases[i].message, "%s: message", err.message);
    }
}

static enum berth_status read_json(const char *text, size_t n,
                                   struct berth_vocab *v, size_t *end,
                                   struct berth_error *err)
{
    struct berth_blob file = blob(text, n);
    size_t begin = 0;
    const char *key;

    err->message[0] = '\0';
    if (!berth_scan_next(&file, &begin, &key))
        return BERTH_ERR_UNSUPPORTED; /* not found */
    return berth_vocab_read_json(&file, begin, "t", end, v, err);
}

static void check_json(void)
{
    static const char text[] =
        "{ \"a\": [1, {\"b\": \"]}\\\"\"}], \"x\":null,\"y\" : -1.5e3 ,\n"
        "\"model\": {\"type\":\"WordPiece\", \"vocab\" :\n"
        "{\"one\": 0, \"\\u00e9\\ud83d\\ude00\" :3,\n\"\\n\\\"\\/\": 2 } ,"
        "\"z\": 1}}";
    struct berth_vocab v;
    struct berth_error err;
    size_t end = 0;
    int32_t twice;

    if (!CHECK(read_json(text, sizeof(text) - 1, &v, &end, &err) == BERTH_OK,
               "a vocabulary in JSON is read %s", err.message))
        return;
    CHECK(strcmp(text + end, " ,\"z\": 1}}") == 0,
          "the end of the vocabulary is found");
    EQUAL_INT(berth_vocab_index(&v, "t", &twice, &err), BERTH_OK,
              "ids may have gaps: status");
    EQUAL_INT(twice, -1, "ids may have gaps: twice");
    EQUAL_SIZE(v.n_ids, 4, "ids may have gaps: n_ids");
    EQUAL_SIZE(v.n_tokens, 3, "ids may have gaps: n_tokens");
    EQUAL_INT(id(&v, "one"), 0, "escapes in vocab.json: id of 'one'");
    EQUAL_INT(id(&v, "\xc3\xa9\xf0\x9f\x98\x80"), 3,
              "escapes in vocab.json: id of an escaped token");
    EQUAL_INT(id(&v, "\n\"/"), 2,
              "escapes in vocab.json: id of an escaped token");
    CHECK(berth_vocab_text(&v, 1) == NULL,
          "escapes in vocab.json: no vocab_text");
    berth_vocab_free(&v);
}

static void check_json_errors(void)
{
    static const char *const cases[][2] = {
        {"{}", "expected a token in quotes, found '}'"},
        {"{\"a\":}", "expected an id, an integer from 0, found '}'"},
        {"{\"a\":-1}", "expected an id, an integer from 0, found '-'"},
        {"{\"a\":1.5}", "expected ',' or '}', found '.'"},
        {"{\"a\":99999999}", "expected an id of at most 16777215, found '9'"},
        {"{\"a\":9999999}", "expected ids close together"},
        {"{\"a\":0,}", "expected a token in quotes, found '}'"},
        {"{\"a\" 0}", "expected ':' and an id, found '0'"},
        {"{\"a", "expected the quote that ends a token, found the end of it"},
        {"{\"a\n\":0}", "expected the quote that ends a token, found '?'"},
        {"{\"\\x\":0}", "expected a JSON escape, found 'x'"},
        {"{\"\\ud800\":0}", "expected a JSON escape, found '\"'"},
        {"{\"\\ude00\":0}", "expected a JSON escape"},
        {"{\"\\u12\":0}", "expected a JSON escape"},
        {"{\"\xff\":0}", "expected a token in UTF-8"},
        {"{\"a\":0 \"b\":1}", "expected ',' or '}', found '\"'"},
        {"{\"a\":0", "expected ',' or '}', found the end of it"},
        {"{\"a\":1,\"b\":1}", "expected different ids, found 1 for \"a\" and "
                              "\"b\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[128];
        struct berth_vocab v;
        struct berth_error err;
        size_t end;
        int n = snprintf(text, sizeof(text), "{\"model\":\n{\"vocab\":%s",
                         cases[i][0]);

        EQUAL_INT(read_json(text, (size_t)n, &v, &end, &err), BERTH_ERR_FORMAT,
                  "%s: status", err.message);
        HAS_TEXT(err.message, cases[i][1], "%s: message", err.message);
        CHECK(strncmp(err.message, "t: ", 3) == 0, "%s: message", err.message);
    }
}

/* Where no vocabulary can be found, the JSON reader words the error. */
static void check_not_found(void)
{
    static const char *const cases[] = {
        "",
        "[",
        "{",
        "{\"model\"",
        "{\"model\":",
        "{\"model\":1}",
        "{\"model\":{\"vocab\":[]}}",
        "{\"model\":{\"type\":\"BPE\"}}",
        "{\"x\":{{{{",
        "{\"x\":\"\\",
        "{\"x\" \"model\"}",
        "{\"x\":}",
        "{\"x\":1 2,\"model\":{\"vocab\":{}}}",
        "\"model\"",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_blob file = blob(cases[i], strlen(cases[i]));
        size_t begin = 0;
        const char *key;

        CHECK(!berth_scan_next(&file, &begin, &key), "none in %s", cases[i]);
    }
}

static void check_pieces(const struct berth_vocab *v, const char *word,
                         size_t max_chars, const char *want)
{
    const struct berth_wordpiece_rules rules = {"##", "[U]", max_chars};
    struct berth_subwords stage = {0};
    struct berth_flow flow = {0};
    struct berth_side side = {0};
    char found[128] = "";
    size_t used = 0;
    bool ok = berth_wordpiece(v, &rules, "v", &stage, NULL) == BERTH_OK &&
              flow_set_word(&flow, word, strlen(word)) &&
              stage.cut(stage.self, &flow, &side);

    for (size_t i = 0; ok && i < side.n; i++)
        used +=
            (size_t)snprintf(found + used, sizeof(found) - used, "%s%s:%zu-%zu",
                             i > 0 ? " " : "", berth_vocab_text(v, side.ids[i]),
                             side.spans[i].begin, side.spans[i].end);
    CHECK(strcmp(found, want) == 0, "%s: %s, expected %s", word, found, want);
    flow_free_side(&side);
    berth_flow_free(&flow);
    stage.free(stage.self);
}

static void check_wordpiece(void)
{
    struct berth_blob file =
        BLOB("[U]\nun\n##aff\n##able\nu\nunaffa\n##a\n\xc3\xa9\n##\xc3\xa9"
             "\n##\xe4\xb8\xad\nx\n##");
    struct berth_vocab v;
    struct berth_error err;

    if (!CHECK(berth_vocab_read_text(&file, "v", &v, &err) == BERTH_OK,
               "a small vocabulary is read"))
        return;
    check_pieces(&v, "un", 100, "un:0-2");
    check_pieces(&v, "u", 100, "u:0-1");
    check_pieces(&v, "unaff", 100, "un:0-2 ##aff:2-5");
    check_pieces(&v, "unaffable", 100, "[U]:0-9"); /* greedy, not backwards */
    check_pieces(&v, "unable", 100, "un:0-2 ##able:2-6");
    check_pieces(&v, "unx", 100, "[U]:0-3");
    check_pieces(&v, "able", 100, "[U]:0-4");
    check_pieces(&v, "\xc3\xa9\xc3\xa9\xe4\xb8\xad", 100,
                 "\xc3\xa9:0-2 ##\xc3\xa9:2-4 ##\xe4\xb8\xad:4-7");
    check_pieces(&v, "xaaa", 4, "x:0-1 ##a:1-2 ##a:2-3 ##a:3-4");
    check_pieces(&v, "xaaa", 3, "[U]:0-4");
    check_pieces(&v, "\xc3\xa9\xc3\xa9\xc3\xa9", 3,
                 "\xc3\xa9:0-2 ##\xc3\xa9:2-4 ##\xc3\xa9:4-6");
    berth_vocab_free(&v);
}

/* A table with many entries finds all of them and nothing else. */
static void check_many(void)
{
    enum {
        MANY = 50000
    };
    char *text = malloc(MANY * 12);
    size_t n = 0, bad = 0;
    struct berth_blob file;
    struct berth_vocab v;

    for (int i = 0; i < MANY; i++)
        n += (size_t)snprintf(text + n, 12, "%s%x\n", i % 3 ? "" : "##", i);
    file = blob(text, n);
    if (CHECK(berth_vocab_read_text(&file, "v", &v, NULL) == BERTH_OK,
              "%d tokens are read", MANY)) {
        for (int i = 0; i < 2 * MANY; i++) {
            char word[16];

            snprintf(word, sizeof(word), "%s%x", i % 3 ? "" : "##", i);
            bad += id(&v, word) != (i < MANY ? i : -1);
        }
        CHECK(bad == 0, "every token is found again");
        berth_vocab_free(&v);
    }
    free(text);
}

int main(void)
{
    check_text();
    check_text_errors();
    check_json();
    check_json_errors();
    check_not_found();
    check_wordpiece();
    check_many();
    return tap_done();
}
