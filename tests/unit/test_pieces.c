/*
 * test_pieces.c - reading pieces with scores, and merges, of a tokenizer.json.
 */
#include "tests/tap.h"
#include "tokenizer/subwords/merges.h"
#include "tokenizer/subwords/scan.h"

#include <stdlib.h>
#include <string.h>

static struct berth_blob blob(const char *text)
{
    return (struct berth_blob){.data = (const unsigned char *)text,
                               .size = strlen(text)};
}

/* {"model": {"vocab": VOCAB}} */
static enum berth_status read_pieces(const char *list, bool exact,
                                     struct berth_vocab *v, double **scores,
                                     struct berth_error *err)
{
    char text[512];
    struct berth_blob file;
    size_t at = 0, end;
    const char *key;

    snprintf(text, sizeof(text), "{\"model\":\n{\"vocab\":%s}}", list);
    file = blob(text);
    err->message[0] = '\0';
    if (!berth_scan_next(&file, &at, &key))
        return BERTH_ERR_UNSUPPORTED; /* not found */
    return berth_pieces_read_json(&file, at, "t", exact, &end, v, scores, err);
}

static void check_pieces(void)
{
    struct berth_vocab v;
    struct berth_error err;
    double *scores;
    int32_t twice;

    if (!CHECK(read_pieces("[[\"<s>\", 0.0], [ \"\\u2581the\" ,-3.5 ],\n"
                           "[\"a\",1],[\"<s>\",-1e1]]",
                           true, &v, &scores, &err) == BERTH_OK,
               "pieces are read %s", err.message))
        return;
    EQUAL_SIZE(v.n_ids, 4, "four pieces: n_ids");
    EQUAL_TEXT(berth_vocab_text(&v, 1), "\xe2\x96\x81the", "text of piece 1");
    NEAR(scores[1], -3.5, 0, "score of piece 1");
    NEAR(scores[2], 1, 0, "score of piece 2, an integer");
    NEAR(scores[3], -10, 0, "score of piece 3, with an exponent");
    EQUAL_INT(berth_vocab_index(&v, "t", &twice, &err), BERTH_OK,
              "a piece may be there twice: status");
    EQUAL_INT(berth_vocab_id(&v, "<s>", 3), 3,
              "of a piece that is there twice the last counts: id of <s>");
    berth_vocab_free(&v);
    free(scores);
}

/* The doubles that Python has, and those of serde_json 1.0 without
 * float_roundtrip, where it differs. */
static void check_scores(void)
{
    static const struct {
        const char *text;
        double python, rust;
    } cases[] = {
        {"0", 0, 0},
        {"-0.0", 0, 0},
        {"12", 12, 12},
        {"-3.25", -3.25, -3.25},
        {"1e3", 1e3, 1e3},
        {"-1.5E-2", -0.015, -0.015},
        {"-0.9551109075546265", -0.9551109075546265, -0.9551109075546264},
        {"-9.831470489501953", -9.831470489501953, -9.831470489501951},
        {"-14.080462846601427884252189", -14.080462846601427884252189,
         -14.080462846601426},
        {"-1.634865247047874171", -1.634865247047874171, -1.634865247047874},
        {"497751419456036537e254", 497751419456036537e254,
         4.977514194560365e+271},
        {"673702148079080693e-271", 673702148079080693e-271,
         6.7370214807908074e-254},
        {"123456789012345678901234567890", 123456789012345678901234567890.0,
         123456789012345678901234567890.0},
        {"9007199254740993.0", 9007199254740992.0, 9007199254740994.0},
        {"1e-400", 0, 0},
        {"0e999999999", 0, 0},
        {"5e-324", 5e-324, 5e-324},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (int exact = 0; exact < 2; exact++) {
            char text[128];
            struct berth_vocab v;
            struct berth_error err;
            double *scores;

            snprintf(text, sizeof(text), "[[\"a\",%s]]", cases[i].text);
            if (!CHECK(read_pieces(text, exact != 0, &v, &scores, &err) ==
                           BERTH_OK,
                       "%s is read %s", cases[i].text, err.message))
                continue;
            NEAR(scores[0], exact ? cases[i].python : cases[i].rust, 0,
                 "%s as %s has it", cases[i].text, exact ? "Python" : "Rust");
            berth_vocab_free(&v);
            free(scores);
        }
    }
}

static void check_piece_errors(void)
{
    static const char *const cases[][2] = {
        {"[[]]", "expected a token in quotes, found ']'"},
        {"[[\"a\"]]", "expected ',' and a score, found ']'"},
        {"[[\"a\",]]", "expected a score, a number, found ']'"},
        {"[[\"a\",\"1\"]]", "expected a score, a number, found '\"'"},
        {"[[\"a\",01]]", "expected a score, a number, found '1'"},
        {"[[\"a\",1.]]", "expected a score, a number, found ']'"},
        {"[[\"a\",1e]]", "expected a score, a number, found ']'"},
        {"[[\"a\",-]]", "expected a score, a number, found ']'"},
        {"[[\"a\",NaN]]", "expected a score, a number, found 'N'"},
        {"[[\"a\",1e400]]", "expected a score that is a double, found ']'"},
        {"[[\"a\",1,2]]", "expected ']', found ','"},
        {"[[\"a\",1] 2]", "expected ',' or ']', found '2'"},
        {"[[\"a\",1],]", "expected a piece and its score in brackets"},
        {"[[\"a\",1],\"b\"]", "expected a piece and its score in brackets"},
        {"[[\"\xff\",1]]", "expected a token in UTF-8"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_vocab v;
        struct berth_error err;
        double *scores;

        EQUAL_INT(read_pieces(cases[i][0], false, &v, &scores, &err),
                  BERTH_ERR_FORMAT, "%s: status", cases[i][0]);
        HAS_TEXT(err.message, cases[i][1], "%s: message", cases[i][0]);
    }
}

static enum berth_status read_merges(const char *text, struct berth_merges *out,
                                     struct berth_error *err)
{
    struct berth_blob file = blob(text);
    size_t at = 0;
    const char *key = "";

    err->message[0] = '\0';
    if (!berth_scan_next(&file, &at, &key) || strcmp(key, "model.merges") != 0)
        return BERTH_ERR_UNSUPPORTED; /* not found */
    return berth_merges_read_json(&file, at, "t", &at, out, err);
}

static bool is_merge(const struct berth_merges *m, size_t i, const char *left,
                     const char *right)
{
    const struct berth_merge *merge = &m->items[i];

    return merge->left.length == strlen(left) &&
           memcmp(m->block + merge->left.begin, left, strlen(left)) == 0 &&
           merge->right.length == strlen(right) &&
           memcmp(m->block + merge->right.begin, right, strlen(right)) == 0;
}

static void check_merges(void)
{
    struct berth_merges m;
    struct berth_error err;

    if (!CHECK(read_merges("{\"model\":{\"merges\":[\"#version: 0.2\","
                           "\"a bc\",[\"d \", \"\\u0120e\"]]}}",
                           &m, &err) == BERTH_OK,
               "merges are read %s", err.message))
        return;
    EQUAL_SIZE(m.n, 2, "two merges: n");
    CHECK(is_merge(&m, 0, "a", "bc"), "merge 0, a string");
    CHECK(is_merge(&m, 1, "d ",
                   "\xc4\xa0"
                   "e"),
          "merge 1, a list");
    berth_merges_free(&m);
}

static void check_merge_errors(void)
{
    static const char *const cases[][2] = {
        {"[\"ab\"]", "expected two tokens with a blank between them"},
        {"[\"a b c\"]", "expected two tokens with a blank between them"},
        {"[[\"a\"]]", "expected ',' and a token, found ']'"},
        {"[[\"a\",\"b\",\"c\"]]", "expected ']', found ','"},
        {"[1]", "expected a token in quotes, found '1'"},
        {"[\"a b\"", "expected ',' or ']', found the end of it"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[128];
        struct berth_merges m;
        struct berth_error err;

        snprintf(text, sizeof(text), "{\"model\":{\"merges\":%s", cases[i][0]);
        EQUAL_INT(read_merges(text, &m, &err), BERTH_ERR_FORMAT, "%s: status",
                  cases[i][0]);
        HAS_TEXT(err.message, cases[i][1], "%s: message", cases[i][0]);
        HAS_TEXT(err.message, "key 'model.merges'", "%s: key", cases[i][0]);
    }
}

/* Both lists of a model are found, one after the other. */
static void check_both(void)
{
    static const char text[] = "{\"model\":{\"a\":[{}],\"vocab\":{\"x\":0},"
                               "\"b\":\"]\",\"merges\": [\"a b\"]}}";
    struct berth_blob file = blob(text);
    struct berth_vocab v;
    const char *key = "";
    size_t at = 0;

    CHECK(berth_scan_next(&file, &at, &key), "the first list is found");
    EQUAL_TEXT(key, "model.vocab", "the first list: key");
    if (!CHECK(berth_vocab_read_json(&file, at, "t", &at, &v, NULL) == BERTH_OK,
               "the first list is read"))
        return;
    berth_vocab_free(&v);
    CHECK(berth_scan_next(&file, &at, &key), "the second list is found");
    EQUAL_TEXT(key, "model.merges", "the second list: key");
    EQUAL_TEXT(text + at, "[\"a b\"]}}", "the second list: where it begins");
}

int main(void)
{
    check_pieces();
    check_scores();
    check_piece_errors();
    check_merges();
    check_merge_errors();
    check_both();
    return tap_done();
}
