/*
 * test_json_set.c - keys of a JSON text are set and taken out, and nothing else
 * of it changes.
 */
#include "lib/json_set.h"

#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *value, *want;
} cases[] = {
    {"{}", "1", "{\n  \"k\": 1\n}\n"},
    {" { } ", NULL, " {\n}\n"},
    {"{\"a\": 1}", "\"x\"", "{\"a\": 1,\n  \"k\": \"x\"\n}\n"},
    {"{\"k\": 1}", "2", "{\n  \"k\": 2\n}\n"},
    {"{\"k\": 1}", NULL, "{\n}\n"},
    {"{\n  \"a\": 1e-12,\n  \"k\": [1, {\"k\": 2}],\n  \"b\": NaN\n}\n", "3",
     "{\n  \"a\": 1e-12,\n  \"b\": NaN,\n  \"k\": 3\n}\n"},
    {"{\"k\": 1, \"a\": {\"k\": 2}, \"k\": 3}", "4",
     "{ \"a\": {\"k\": 2},\n  \"k\": 4\n}\n"},
    {"{\"a\": \"}, \\\"k\\\": 1, {\", \"kk\": \"\\\\\", \"k\": \"}\"}", "5",
     "{\"a\": \"}, \\\"k\\\": 1, {\", \"kk\": \"\\\\\",\n  \"k\": 5\n}\n"},
    {"{\"a\": \"k\", \"\": \"\", \"b\":[]}", "6",
     "{\"a\": \"k\", \"\": \"\", \"b\":[],\n  \"k\": 6\n}\n"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const size_t n = strlen(cases[i].text);
        /* Exactly its bytes: a read past them is seen. */
        char *text = malloc(n);
        memcpy(text, cases[i].text, n);
        char *got = berth_json_set(text, n, "k", cases[i].value);

        EQUAL_TEXT(got, cases[i].want, "text %zu with k %s", i,
                   cases[i].value != NULL ? cases[i].value : "taken out");
        free(got);
        free(text);
    }
    return tap_done();
}
