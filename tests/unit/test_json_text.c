/*
 * test_json_text.c - JSON in pieces: strings, numbers that keep their double,
 * base64.
 */
#include "models/files/json_text.h"

#include "tests/tap.h"

#include <jansson.h>

/* What is written by put, as text; free(). */
static char *written(void (*put)(FILE *out, const void *arg), const void *arg)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    put(out, arg);
    fclose(out);
    return text;
}

static void put_string(FILE *out, const void *arg)
{
    berth_json_put(out, "##", arg, strlen(arg));
}

static void put_number(FILE *out, const void *arg)
{
    berth_json_put_number(out, *(const double *)arg);
}

static void put_bytes(FILE *out, const void *arg)
{
    berth_base64_put(out, arg, strlen(arg));
}

static void test_strings(void)
{
    static const char s[] = "a\"b\\c\n\x01\x7f\xc3\xa9";
    char *text = written(put_string, s);
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

    EQUAL_TEXT(text, "\"##a\\u0022b\\u005cc\\u000a\\u0001\x7f\xc3\xa9\"",
               "a string: text");
    EQUAL_TEXT(json_string_value(json) + 2, s, "a string: read back");
    json_decref(json);
    free(text);
}

static void test_numbers(void)
{
    static const struct {
        float x;
        const char *text;
    } cases[] = {{0, "0.0"},
                 {-0.0f, "-0.0"},
                 {1, "1.0"},
                 {-10000, "-10000.0"},
                 {0.5f, "0.5"},
                 {-3.25f, "-3.25"},
                 {123456.75f, "123456.75"},
                 {-0.0078125f, "-0.0078125"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const double x = (double)cases[i].x;
        char *text = written(put_number, &x);

        EQUAL_TEXT(text, cases[i].text, "a number");
        free(text);
    }
}

/* Each is the double that it was, as strtod() of the C locale reads it. */
static void test_round_trips(void)
{
    uint32_t seed = 20181011;
    size_t n_wrong = 0;

    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        const double x =
            (double)((float)seed / 4294967296.0f * (i % 2 ? -20.0f : 3e4f));
        char *text = written(put_number, &x);

        n_wrong += strtod(text, NULL) != x;
        free(text);
    }
    EQUAL_SIZE(n_wrong, 0, "20000 numbers that are another double");
}

static void test_base64(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}}; /* RFC 4648, 10 */

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *text = written(put_bytes, cases[i][0]);

        EQUAL_TEXT(text, cases[i][1], "base64 of '%s'", cases[i][0]);
        free(text);
    }
}

int main(void)
{
    test_strings();
    test_numbers();
    test_round_trips();
    test_base64();
    return tap_done();
}
