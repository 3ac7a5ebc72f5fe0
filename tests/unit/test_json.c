/*
 * test_json.c - typed keys, what is refused, and how errors word it.
 */
#include "lib/json.h"

#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

/* A copy of exactly size bytes, so that a sanitizer sees one too many. */
static enum berth_status parse(const char *text, size_t size, json_t **out,
                               struct berth_error *err)
{
    char *copy = malloc(size > 0 ? size : 1);
    enum berth_status status;

    memcpy(copy, text, size);
    status = berth_json_parse(copy, size, "x.json", out, err);
    free(copy);
    return status;
}

static void test_refused(void)
{
    static const char *const bad[] = {
        "",
        "{",
        "{\"a\":1,\"a\":2}",
        "[1] x",
        "{\"a\":}",
        "[NaN]",
        "[Infinity]",
        "[1e400]",
        "[\"\xff\"]",
        "\"text\"",
        "12",
        "\xef\xbb\xbf{}",
        "[01]",
        "nul",
        "[\"\\ud800\"]",
        "{\"a\\u0000\":1}",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct berth_error err = {0};
        json_t *root = NULL;

        EQUAL_INT(parse(bad[i], strlen(bad[i]), &root, &err), BERTH_ERR_FORMAT,
                  "case %zu is refused: %s: status", i, err.message);
        CHECK(root == NULL, "case %zu is refused: %s: no root", i, err.message);
        CHECK(strncmp(err.message, "x.json: line 1, column ", 23) == 0,
              "case %zu is refused: %s: message", i, err.message);
    }
}

static void test_nul(void)
{
    json_t *root = NULL;

    EQUAL_INT(parse("[1\0, 2]", 7, &root, NULL), BERTH_ERR_FORMAT,
              "a NUL byte is no JSON: status");
    EQUAL_INT(parse("[1]\0", 4, &root, NULL), BERTH_ERR_FORMAT,
              "a NUL byte is no JSON: status");
    CHECK(parse("[\"\\u0000\"]", 10, &root, NULL) == BERTH_OK,
          "an escaped one is");
    json_decref(root);
}

static void test_truncated(void)
{
    static const char text[] = "{\"a\": [1, 2.5e3, true, \"\\u00e9\"], "
                               "\"b\": {\"c\": null}, \"d\": -12}";
    size_t wrong = 0;
    json_t *root = NULL;

    for (size_t n = 0; n < sizeof(text) - 1; n++)
        wrong += parse(text, n, &root, NULL) != BERTH_ERR_FORMAT;
    CHECK(wrong == 0, "every truncation is refused");
    CHECK(parse(text, sizeof(text) - 1, &root, NULL) == BERTH_OK,
          "the text before it is cut is JSON");
    json_decref(root);
}

static void test_deep(void)
{
    enum {
        DEPTH = 1000000
    };
    char *text = malloc(DEPTH);
    struct berth_error err = {0};
    json_t *root = NULL;

    memset(text, '[', DEPTH);
    CHECK(parse(text, DEPTH, &root, &err) == BERTH_ERR_FORMAT,
          "a million brackets: %s", err.message);
    for (size_t i = 0; i + 5 <= DEPTH; i += 5)
        memcpy(text + i, "{\"a\":", 5);
    CHECK(parse(text, DEPTH, &root, &err) == BERTH_ERR_FORMAT,
          "objects in objects: %s", err.message);
    free(text);
}

/* What Python's json.load() takes, and what each value is read as. */
static void test_python(void)
{
    static const char text[] =
        "{\"big\": 12345678901234567890123, \"dup\": 1, \"dup\": \"last\",\n"
        " \"in\\u0000\\ud83d\": [-Infinity, 1e999, -1e400, \"NaN\\\\ud83d\"],\n"
        " \"nan\": NaN, \"inf\": Infinity, \"half\": "
        "\"a\\udc00\\ud83d\\ude00\",\n"
        " \"pair\": \"\\ud83d\\ude00\", \"n\": 9223372036854775807, \"e\": "
        "1E5}";
    struct berth_error err = {0};
    const char *s = NULL;
    json_t *o = NULL;
    size_t n = 7;
    double x = 7;

    CHECK(berth_json_parse_python(text, sizeof(text) - 1, "x.json", &o, &err) ==
              BERTH_OK,
          "JSON of Python %s", err.message);
    EQUAL_INT(berth_json_get_string(o, "x", "dup", &s, NULL, &err), BERTH_OK,
              "a key twice: status");
    EQUAL_TEXT(s, "last", "a key twice: the last value");
    EQUAL_INT(json_object_size(o), 9, "a key twice: json_object_size");
    EQUAL_INT(berth_json_get_number(o, "x", "big", 0, 1e23, &x, NULL, &err),
              BERTH_OK, "a large integer: status");
    NEAR(x / 12345678901234567890123.0, 1, 1e-12, "a large integer");
    EQUAL_INT(berth_json_get_size(o, "x", "nan", 0, 1 << 30, &n, NULL, &err),
              BERTH_ERR_FORMAT, "no number: %s: status", err.message);
    HAS_TEXT(err.message, "found NaN", "no number: %s: message", err.message);
    EQUAL_SIZE(n, 7, "no number: %s: n", err.message);
    CHECK(berth_json_get_string(o, "x", "nan", &s, NULL, &err) ==
              BERTH_ERR_FORMAT,
          "nor a string: %s", err.message);
    EQUAL_INT(berth_json_get_number(o, "x", "inf", 0, 1, &x, NULL, &err),
              BERTH_ERR_FORMAT, "%s: status", err.message);
    HAS_TEXT(err.message, "found Infinity", "%s: message", err.message);
    EQUAL_INT(berth_json_get_string(o, "x", "half", &s, NULL, &err),
              BERTH_ERR_FORMAT, "%s: status", err.message);
    HAS_TEXT(err.message, "half a surrogate pair", "%s: message", err.message);
    EQUAL_INT(berth_json_get_string(o, "x", "pair", &s, NULL, &err), BERTH_OK,
              "a surrogate pair: status");
    EQUAL_TEXT(s, "\xf0\x9f\x98\x80", "a surrogate pair: as UTF-8");
    const json_t *list = json_object_get(o, "in\xef\xbf\xbd\xef\xbf\xbd");
    EQUAL_INT(json_array_size(list), 4,
              "a lone surrogate in a key: size of the list beside it");
    EQUAL_TEXT(json_string_value(json_array_get(list, 3)), "NaN\\ud83d",
               "a lone surrogate in a key: text of the list beside it");
    json_decref(o);
}

/* What Python refuses too, at its own line and column. */
static void test_python_refused(void)
{
    static const char *const bad[] = {
        "{\"a\": NaN,\n \"b\": nan}",     "[NaN,\n      x]",
        "[Infinity,\n      -NaN]",        "[1e999, \"\\ud800\",\n      01]",
        "{\"\\ud800\": 1e999,\n      ,}",
    };
    static const char *const cut[] = {
        "[NaN",    "[\"\\ud8", "[\"\\", "[-Infinit", "[\"\\ud83d\\",
        "[1e9999", "[N",       "[-",    "\"",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct berth_error err = {0};
        json_t *root = NULL;

        EQUAL_INT(berth_json_parse_python(bad[i], strlen(bad[i]), "x.json",
                                          &root, &err),
                  BERTH_ERR_FORMAT, "case %zu: %s: status", i, err.message);
        CHECK(strncmp(err.message, "x.json: line 2, column ", 23) == 0,
              "case %zu: %s: message", i, err.message);
    }
    for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
        char *copy = malloc(strlen(cut[i]));
        json_t *root = NULL;

        memcpy(copy, cut[i], strlen(cut[i]));
        CHECK(berth_json_parse_python(copy, strlen(cut[i]), "x.json", &root,
                                      NULL) == BERTH_ERR_FORMAT,
              "cut: %s", cut[i]);
        free(copy);
    }
}

static void test_sizes(const json_t *o)
{
    static const struct {
        const char *key;
        bool good;
        size_t value;
        const char *words;
    } cases[] = {
        {"three", true, 3, NULL},
        {"real three", true, 3, NULL},
        {"half", false, 0, "found 3.5"},
        {"negative", false, 0, "found -1"},
        {"zero", false, 0, "found 0"},
        {"large", false, 0, "found 101"},
        {"huge", false, 0, "found 9223372036854775807"},
        {"text", false, 0, "found \"big\""},
        {"yes", false, 0, "found true"},
        {"list", false, 0, "found an array"},
        {"object", false, 0, "found an object"},
        {"null", false, 0, "found nothing"},
        {"absent", false, 0, "found nothing"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct berth_error err = {0};
        size_t n = 7;
        enum berth_status status = berth_json_get_size(
            o, "x.json", cases[i].key, 1, 100, &n, NULL, &err);

        EQUAL_INT(status, cases[i].good ? BERTH_OK : BERTH_ERR_FORMAT,
                  "size '%s': status", cases[i].key);
        EQUAL_SIZE(n, cases[i].good ? cases[i].value : 7, "size '%s': value",
                   cases[i].key);
        HAS_TEXT(err.message, cases[i].good ? "" : cases[i].words,
                 "size '%s': message", cases[i].key);
    }
    {
        struct berth_error err = {0};
        size_t n = 7;
        bool found = true;

        berth_json_get_size(o, "x.json", "text", 1, 100, &n, &found, &err);
        CHECK(strcmp(err.message, "x.json: key 'text': expected an integer "
                                  "from 1 to 100, found \"big\"") == 0,
              "%s", err.message);
        EQUAL_INT(
            berth_json_get_size(o, "x.json", "null", 1, 100, &n, &found, &err),
            BERTH_OK, "null: status");
        CHECK(!found, "null: not found");
        EQUAL_SIZE(n, 7, "null: n");
    }
}

static void test_numbers(const json_t *o)
{
    double x = 7;
    bool found = false;

    EQUAL_INT(berth_json_get_number(o, "x", "half", 0, 10, &x, &found, NULL),
              BERTH_OK, "a real: status");
    NEAR(x, 3.5, 0, "a real: value");
    CHECK(found, "a real: found");
    EQUAL_INT(berth_json_get_number(o, "x", "three", 0, 10, &x, NULL, NULL),
              BERTH_OK, "an integer is a number: status");
    NEAR(x, 3, 0, "an integer is a number: value");
    CHECK(berth_json_get_number(o, "x", "half", 0, 3, &x, NULL, NULL) ==
              BERTH_ERR_FORMAT,
          "too large");
    CHECK(berth_json_get_number(o, "x", "text", -1, 3, &x, NULL, NULL) ==
              BERTH_ERR_FORMAT,
          "not a number");
    EQUAL_INT(berth_json_get_number(o, "x", "absent", 0, 3, &x, &found, NULL),
              BERTH_OK, "an absent key: status");
    CHECK(!found, "an absent key: not found");
}

static void test_others(const json_t *o)
{
    bool b = false, found;
    const char *s = "old";
    struct berth_error err = {0};

    EQUAL_INT(berth_json_get_bool(o, "x", "yes", &b, NULL, NULL), BERTH_OK,
              "true is a bool: status");
    CHECK(b, "true is a bool: value");
    EQUAL_INT(berth_json_get_bool(o, "x", "three", &b, NULL, &err),
              BERTH_ERR_FORMAT, "%s: status", err.message);
    HAS_TEXT(err.message, "expected true or false, found 3", "%s: message",
             err.message);
    EQUAL_INT(berth_json_get_bool(o, "x", "absent", &b, &found, NULL), BERTH_OK,
              "an absent key: status");
    CHECK(!found, "an absent key: not found");
    EQUAL_INT(berth_json_get_string(o, "x", "three", &s, &found, NULL),
              BERTH_ERR_FORMAT, "a number is no string: status");
    EQUAL_TEXT(s, "old", "a number is no string: what out holds");
    EQUAL_INT(berth_json_get_string(o, "x", "text", &s, &found, NULL), BERTH_OK,
              "a string: status");
    EQUAL_TEXT(s, "big", "a string: text");
    CHECK(berth_json_get_string(o, "x", "nul", &s, &found, NULL) ==
              BERTH_ERR_FORMAT,
          "a string with U+0000 is refused by its getter only");
}

static void test_big_integers(void)
{
    static const char text[] =
        "{\"model_max_length\": 1000000000000000019884624838656, \"n\": 512}";
    json_t *root = NULL;
    size_t n = 0;
    double x = 0;

    CHECK(parse(text, sizeof(text) - 1, &root, NULL) == BERTH_OK,
          "an integer of 31 digits");
    EQUAL_INT(berth_json_get_number(root, "x", "model_max_length", 0, 1e308, &x,
                                    NULL, NULL),
              BERTH_OK, "1e30 is a number: status");
    NEAR(x, 1e30, 0, "1e30 is a number: value");
    EQUAL_INT(berth_json_get_size(root, "x", "n", 0, 1000, &n, NULL, NULL),
              BERTH_OK, "the largest size: status");
    EQUAL_SIZE(n, 512, "the largest size: n");
    CHECK(!berth_json_as_size(json_object_get(root, "model_max_length"), &n),
          "1e30 is no size: refused");
    EQUAL_SIZE(n, 512, "1e30 is no size: n");
    CHECK(!berth_json_as_size(NULL, &n), "a missing value is no size");
    json_decref(root);
}

static void test_describe(void)
{
    char buf[16];
    json_t *s = json_string("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");

    CHECK(strcmp(berth_json_describe(NULL, buf, sizeof(buf)), "nothing") == 0,
          "a missing value is described as nothing");
    CHECK(strcmp(berth_json_describe(s, buf, sizeof(buf)),
                 "\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9...\"") == 0,
          "a long string is cut between characters: %s", buf);
    CHECK(strcmp(berth_json_describe(s, buf, 5), "\"...") == 0,
          "a description is cut to its buffer");
    json_decref(s);
}

int main(void)
{
    static const char text[] =
        "{\"three\": 3, \"real three\": 3.0, \"half\": 3.5, \"negative\": -1,"
        " \"zero\": 0, \"large\": 101, \"huge\": 9223372036854775807,"
        " \"text\": \"big\", \"yes\": true, \"list\": [1], \"object\": {},"
        " \"null\": null, \"nul\": \"a\\u0000b\"}";
    json_t *root = NULL;

    test_refused();
    test_nul();
    test_truncated();
    test_deep();
    test_python();
    test_python_refused();
    CHECK(parse(text, sizeof(text) - 1, &root, NULL) == BERTH_OK,
          "a document with one of each type is JSON");
    test_sizes(root);
    test_numbers(root);
    test_others(root);
    json_decref(root);
    test_big_integers();
    test_describe();
    return tap_done();
}
