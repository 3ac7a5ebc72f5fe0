/*
 * test_precompiled.c - a text through a character map. What is expected is what
 * tokenizers 0.23 make of the same map.
 */
#include "tests/tokenizer/normalizing.h"
#include "tokenizer/load/base64.h"
#include "tokenizer/normalizers/precompiled.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>

enum {
    NODES = 64,
    MAP_MAX = 4 + 4 * 256 * NODES + 256
};

static const struct {
    const char *key, *text;
} entries[] = {
    {"\xef\xac\x81", "fi"},  {"\xc2\xad", ""},          {"\t", " "},
    {"\xe3\x80\x80", " "},   {"e\xcc\x81", "\xc3\xa9"}, {"q", "QUE"},
    {"\xe2\x80\xa6", "..."}, {"\xcc\x81", ""},          {"\xe1\xba\x9b", "s"},
    {"\r\n", "\n"},
};

static const struct normalizing_row rows[] = {
    {"", "", ""},
    {"a b", "a b", "0-1 1-2 2-3"},
    {"a\tb", "a b", "0-1 1-2 2-3"},
    {"\xef\xac\x81x", "fix", "0-3 0-3 3-4"},
    {"a\xe3\x80\x80"
     "b",
     "a b", "0-1 1-4 4-5"},
    {"e\xcc\x81x", "\xc3\xa9x", "0-1 3-4"},
    {"a\xcc\x81x", "ax", "0-1 3-4"},
    {"\xc2\xad"
     "ab",
     "ab", "0-2 2-3"},
    {"\xc2\xad\xef\xac\x81"
     "b",
     "fib", "0-2 0-2 2-5"},
    {"a\xc2\xad"
     "b",
     "ab", "0-1 3-4"},
    {"q\xc2\xad"
     "b",
     "QUEb", "0-1 0-1 1-3 3-4"},
    {"q\xc2\xad\xc2\xad"
     "b",
     "QUEb", "0-1 0-1 1-3 5-6"},
    {"q\xcc\x81"
     "b",
     "QUEb", "0-1 1-3 1-3 3-4"},
    {"aq\xc2\xad", "aQUE", "0-1 1-2 1-2 2-4"},
    {"e\xcc\x81\xcc\x81x", "\xc3\xa9x", "0-1 5-6"},
    {"e\xcc\xa3\xcc\x81x", "e\xcc\xa3x", "0-1 1-3 5-6"},
    {"\xe2\x80\xa6\xc2\xad\xe2\x80\xa6", "......", "0-3 0-3 3-5 5-8 5-8 5-8"},
    {"\r\n\r\nq\r", "\n\nQUE\r", "0-1 2-3 4-5 4-5 4-5 5-6"},
    {"\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xcc\x81q",
     "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7QUE",
     "0-3 3-6 6-9 11-12 11-12 11-12"},
    {"\xe0\xa4\x95\xcc\x81q", "\xe0\xa4\x95QUE", "0-3 5-6 5-6 5-6"},
    {"\xed\x95\x9c\xcc\x81q", "\xed\x95\x9cQUE", "0-3 5-6 5-6 5-6"},
    {"\xd8\x80"
     "e",
     "\xd8\x80"
     "e",
     "0-2 2-3"},
    {"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9q",
     "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9QUE",
     "0-4 4-7 7-11 11-12 11-12 11-12"},
    {"x\xe2\x80\x8dq\xe1\xba\x9b", "x\xe2\x80\x8dQUEs",
     "0-1 1-4 4-5 4-5 4-5 5-8"},
};

static void put_u32(unsigned char *out, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

/* A trie in which each node has a block of 256 units of its own: its child for
 * c is at c in it, its value at 0. Returns the bytes of the map. */
static size_t make_map(unsigned char *map)
{
    uint32_t units[256 * NODES] = {256u << 10}, n_nodes = 1, used = 0;
    char texts[256];
    size_t size = sizeof(units);

    for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
        uint32_t node = 256, at = 0;

        for (const char *c = entries[i].key; *c != '\0'; c++) {
            at = node ^ (unsigned char)*c;
            if (units[at] == 0)
                units[at] = (at ^ 256 * ++n_nodes) << 10 | (unsigned char)*c;
            node = at ^ units[at] >> 10;
        }
        units[at] |= 256; /* a key ends here */
        units[node] = UINT32_C(1) << 31 | used;
        memcpy(texts + used, entries[i].text, strlen(entries[i].text) + 1);
        used += (uint32_t)strlen(entries[i].text) + 1;
    }
    put_u32(map, (uint32_t)size);
    for (size_t i = 0; i < 256 * NODES; i++)
        put_u32(map + 4 + 4 * i, units[i]);
    memcpy(map + 4 + size, texts, used);
    return 4 + size + used;
}

static void check_refused(const unsigned char *map, size_t n, const char *want)
{
    struct berth_normalizer stage;
    struct berth_error err = {0};

    EQUAL_INT(berth_precompiled_normalizer(map, n, "x: key 'y'", &stage, &err),
              BERTH_ERR_FORMAT, "a map of %zu bytes is refused", n);
    CHECK(strstr(err.message, want) != NULL, "\"%s\" in \"%s\"", want,
          err.message);
}

/* Units that point anywhere: nothing is read outside the map, and the text
 * stays UTF-8. */
static void check_wild(unsigned char *map, size_t n)
{
    struct berth_normalizer stage;
    struct berth_flow flow = {0};
    static const char text[] = "a\xcc\x81 \xef\xac\x81 q\r\n\xe3\x80\x80";
    uint32_t seed = 1;
    size_t bad = 0;

    for (size_t round = 0; round < 200; round++) {
        for (size_t i = 4; i < 4 + 4 * 512; i++) {
            seed = seed * 1664525 + 1013904223;
            if (round % 2 == 0 || seed >> 28 == 0)
                map[i] = (unsigned char)(seed >> 20);
        }
        if (berth_precompiled_normalizer(map, n, "x", &stage, NULL) !=
                BERTH_OK ||
            !stage.run(stage.self, text, 0, sizeof(text) - 1, &flow)) {
            bad++;
            continue;
        }
        for (size_t i = 0; i < flow.n; i++)
            bad += flow.origin[i].end > sizeof(text) - 1;
        bad += berth_utf8_error((unsigned char *)flow.bytes, flow.n) < flow.n;
        stage.free(stage.self);
    }
    EQUAL_SIZE(bad, 0, "200 wild maps: bad places or bytes");
    berth_flow_free(&flow);
}

/* A value that points into U+00E9. */
static void check_inside(unsigned char *map, size_t n)
{
    static const struct normalizing_row kept[] = {{"e\xcc\x81", "e", "0-1"}};
    struct berth_normalizer stage;
    size_t at = 4;

    /* The unit that leads to it, by its value: after "fi", "", " " and " ". */
    while (at < 4 + 4 * 256 * NODES &&
           !(map[at] == 8 && map[at + 1] == 0 && map[at + 3] == 0x80))
        at += 4;
    EQUAL_SIZE(map[at], 8, "the value of e and an acute");
    map[at] = 9;
    EQUAL_INT(berth_precompiled_normalizer(map, n, "x", &stage, NULL), BERTH_OK,
              "a value inside a character");
    normalizing_check("inside", &stage, 1, kept, 1);
    map[at] = 8;
}

static void check_base64(const char *text, const char *want)
{
    unsigned char out[16] = {0};
    size_t n;
    bool ok = berth_base64_decode(text, strlen(text), out, &n);

    CHECK(ok == (want != NULL), "base64 \"%s\"", text);
    if (ok && want != NULL)
        CHECK(n == strlen(want) && memcmp(out, want, n) == 0,
              "base64 \"%s\" is \"%s\"", text, want);
}

int main(void)
{
    unsigned char *map = calloc(1, MAP_MAX);
    size_t n = map != NULL ? make_map(map) : 0;
    struct berth_normalizer stage;
    struct berth_error err = {0};

    EQUAL_INT(berth_precompiled_normalizer(map, n, "x", &stage, &err), BERTH_OK,
              "a map %s", err.message);
    normalizing_check("map", &stage, 1, rows, sizeof(rows) / sizeof(*rows));
    check_refused(map, 3, "a size of 0 in 3 bytes");
    check_refused(map, 5000, "found a size of 65536 in 5000 bytes");
    map[n - 2] = 0xff;
    check_refused(map, n, "whose texts are UTF-8");
    map[n - 2] = 'x';
    check_inside(map, n);
    check_wild(map, n);
    free(map);
    check_base64("", "");
    check_base64("YQ==", "a");
    check_base64("YWI=", "ab");
    check_base64("YWJjZA==", "abcd");
    check_base64("YR==", NULL);
    check_base64("YWJ=", NULL);
    check_base64("YQ=", NULL);
    check_base64("YQ==YQ==", NULL);
    check_base64("Y===", NULL);
    check_base64("YW-j", NULL);
    return tap_done();
}
