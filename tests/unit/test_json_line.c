/*
 * test_json_line.c - lines of JSON: the values that are asked for come out as
 * they are written, and the same lines are accepted and refused as by jansson.
 */
#include <jansson.h>
#include <string.h>

#include "cli/input/json_line.h"
#include "tests/tap.h"

/* The value of key k as it goes out; "!..." when the line or it is bad. */
static const char *value_of(const char *line, size_t size)
{
    static char out[512];
    struct json_wanted k = {.key = "k\"\xc3\xa9", .key_size = 4};
    struct json_fault fault;
    struct buffer b = {0};
    const char *data = "", *why;
    size_t n = 0;

    if (!json_line_scan(line, size, &k, 1, &fault)) {
        snprintf(out, sizeof(out), "!%zu %s", fault.at,
                 fault.what != NULL ? fault.what : "no object");
        return out;
    }
    if (k.kind == JSON_KIND_NONE)
        return "!none";
    buffer_reserve(&b, json_line_room(&k) + 1);
    const char *before = b.data;

    why = k.kind == JSON_KIND_STRING ? json_line_text(&k, &b, &data, &n)
                                     : json_line_value(&k, &b, &data, &n);
    if (why != NULL)
        snprintf(out, sizeof(out), "!%s", why);
    else
        snprintf(out, sizeof(out), "%d %.*s", k.kind, (int)n, data);
    if (b.data != before)
        return "!the buffer has moved";
    buffer_free(&b);
    return out;
}

static void expect(const char *line, const char *want)
{
    const char *got = value_of(line, strlen(line));

    if (!CHECK(strcmp(got, want) == 0, "%s", line))
        printf("# got %s, expected %s\n", got, want);
}

static void check_values(void)
{
    expect("{\"k\\\"\\u00e9\":9007199254740993}", "4 9007199254740993");
    expect("{\"k\\\"\xc3\xa9\" : 18446744073709551615 }",
           "4 18446744073709551615");
    expect("{\"k\\\"\xc3\xa9\":1.0}", "4 1.0");
    expect("{\"k\\\"\xc3\xa9\":-0}", "4 -0");
    expect("{\"k\\\"\xc3\xa9\":0.10,\"x\":1e400}", "4 0.10");
    expect("{\"k\\\"\xc3\xa9\":1E+400}", "4 1E+400");
    expect("{\"k\\\"\xc3\xa9\":{ \"a b\" : [ 1.0 ,{}, \"\\\" ]\" ] , \"k\":2}}",
           "1 {\"a b\":[1.0,{},\"\\\" ]\"],\"k\":2}");
    expect("{\"k\\\"\xc3\xa9\":[NaN,NaN,-Infinity]}", "2 [null,null,null]");
    expect("{\"k\\\"\xc3\xa9\":-Infinity}", "7 -Infinity");
    expect("{\"k\\\"\xc3\xa9\":1,\"k\\\"\xc3\xa9\":\"z\\u00e9\\ud83d\\ude00\"}",
           "3 z\xc3\xa9\xf0\x9f\x98\x80");
    expect("{\"o\":{\"k\\\"\xc3\xa9\":1},\"k\\\"\\u00e9x\":2,\"k\":3}",
           "!none");
    expect("{\"\\ud800\":1,\"\\u0000\":NaN,\"\xff\":\"\xff\",\"k\\\"\xc3\xa9\":"
           "\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"}",
           "3 \b\f\n\r\t/\\\"");
    expect("{\"k\\\"\xc3\xa9\":\"\\ud800\"}", "!has half of a surrogate pair");
    expect("{\"k\\\"\xc3\xa9\":\"\\ud800\\ud800\"}",
           "!has half of a surrogate pair");
    expect("{\"k\\\"\xc3\xa9\":\"\xff\"}", "!is not UTF-8");
    expect("{\"k\\\"\xc3\xa9\":[\"\xff\"]}", "!is not UTF-8");
}

static void check_faults(void)
{
    expect("", "!1 the line ends too early");
    expect("[1]", "!4 no object");
    expect("{\"a\":1} x", "!9 something follows the value");
    expect("{\"a\":01}", "!7 ',' or '}' is missing");
    expect("{\"a\":nan}", "!6 no value begins like this");
    expect("{\"a\":1.}", "!8 a digit is missing");
    expect("{\"a\":\"\t\"}", "!7 a control character within a string");
    expect("{\"a\":\"\\x\"}", "!7 a backslash begins no escape of JSON");
    expect("{\"a\":\"\\u12g4\"}", "!7 \\u needs four hexadecimal digits");
    expect("{\"a\":\"b", "!8 a string is not closed");
    expect("{\"a\":[1,]}", "!9 no value begins like this");
    expect("{\"a\":1,}", "!8 a key in quotes is missing");
    expect("{\"a\" 1}", "!6 ':' is missing behind a key");
    expect("{\"a\":[1", "!8 the line ends too early");
}

static void check_depth(void)
{
    enum {
        MORE = 3
    };
    static char line[2 * (JSON_LINE_DEPTH + MORE) + 16];
    struct json_wanted k = {.key = "k", .key_size = 1};
    struct json_fault fault;

    for (size_t n = JSON_LINE_DEPTH - 1; n <= JSON_LINE_DEPTH; n++) {
        size_t size = (size_t)snprintf(line, sizeof(line), "{\"k\":");

        memset(line + size, '[', n);
        memset(line + size + n, ']', n);
        size += 2 * n;
        line[size++] = '}';
        bool ok = json_line_scan(line, size, &k, 1, &fault);

        CHECK(ok == (n < JSON_LINE_DEPTH), "%zu brackets", n);
        CHECK(!ok || k.size == 2 * n, "%zu brackets: bytes of the value", n);
    }
    CHECK(strcmp(fault.what, "nested deeper than 10000") == 0, "told in words");
}

static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(*state >> 33);
}

/* A good line with up to four bytes set, dropped or doubled. */
static size_t make_line(unsigned long long *state, char *to)
{
    static const char good[] =
        "{\"a\":[1,-2.5e+3,{}],\"b\":{\"c\\n\\u0041\":true,\"d\":null},"
        "\"e\":[[],0],\"f\":\"x y\"}";
    static const char bytes[] = "{}[]\":,\\ \t0123459eE.+-tfnulabr/\n\r\x01z";
    size_t size = sizeof(good) - 1;

    memcpy(to, good, size);
    for (unsigned n = next_random(state) % 5; n > 0; n--) {
        size_t at = next_random(state) % size;

        switch (next_random(state) % 3) {
        case 0:
            to[at] = bytes[next_random(state) % (sizeof(bytes) - 1)];
            break;
        case 1:
            memmove(to + at, to + at + 1, size - at - 1);
            size--;
            break;
        default:
            memmove(to + at + 1, to + at, size - at);
            size++;
        }
    }
    return size;
}

static void check_against_jansson(void)
{
    enum {
        LINES = 200000
    };
    unsigned long long state = 1;
    struct json_wanted a = {.key = "a", .key_size = 1};
    struct json_fault fault;
    unsigned taken = 0, differ = 0;

    for (int i = 0; i < LINES; i++) {
        char line[128];
        size_t size = make_line(&state, line);
        json_error_t error = {0};
        json_t *json = json_loadb(
            line, size,
            JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
        bool ok = json_line_scan(line, size, &a, 1, &fault);
        bool found = ok && a.kind != JSON_KIND_NONE;
        /* jansson takes no NUL in a key, and no number beyond a double. */
        bool other = json_error_code(&error) == json_error_numeric_overflow ||
                     memmem(line, size, "\\u0000", 6) != NULL;

        taken += ok;
        if (!other && (ok != json_is_object(json) ||
                       found != (json_object_get(json, "a") != NULL))) {
            if (differ++ == 0)
                printf("# %.*s\n", (int)size, line);
        }
        json_decref(json);
    }
    CHECK(taken > LINES / 10 && taken < LINES * 9 / 10,
          "%u of %d lines are good", taken, LINES);
    CHECK(differ == 0, "jansson says the same of all but %u", differ);
}

static void put_key(void *arg, const char *key, size_t size)
{
    buffer_printf(arg, "%.*s,", (int)size, key);
}

static void check_keys(void)
{
    static const char line[] =
        "{\"a\":1,\"b\\n\":{\"c\":[{\"d\":2}]},\"a\":[3]}";
    struct buffer b = {0};

    json_line_keys(line, strlen(line), put_key, &b);
    json_line_keys("{}", 2, put_key, &b);
    EQUAL_BYTES(b.data, b.size, "a,b\\n,a,", 8,
                "the keys of the outermost object, as they are written");
    buffer_free(&b);
}

int main(void)
{
    check_keys();
    check_values();
    check_faults();
    check_depth();
    check_against_jansson();
    return tap_done();
}
