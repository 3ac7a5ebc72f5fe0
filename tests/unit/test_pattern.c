/*
 * test_pattern.c - tokens by their text, by /regex/, by their position; and
 * patterns that would need too much memory.
 */
#include "cli/frame/pattern.h"

#include "tests/messages.h"
#include "tests/tap.h"

static void test_kinds(void)
{
    static const struct {
        const char *text;
        bool numbers;
        enum pattern_kind want;
    } cases[] = {
        {"word", false, PATTERN_TEXT},   {"7", false, PATTERN_TEXT},
        {"7", true, PATTERN_POSITION},   {"/a/", false, PATTERN_REGEX},
        {"/a/", true, PATTERN_REGEX},    {"/", false, PATTERN_TEXT},
        {"//", false, PATTERN_TEXT},     {"/a", false, PATTERN_TEXT},
        {"a/", false, PATTERN_TEXT},     {"", false, PATTERN_TEXT},
        {"007", true, PATTERN_POSITION}, {"///", false, PATTERN_REGEX},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pattern p;

        if (!CHECK(pattern_parse("o", cases[i].text, cases[i].numbers, &p),
                   "'%s' is a pattern", cases[i].text))
            continue;
        EQUAL_INT(p.kind, cases[i].want, "'%s'%s: kind", cases[i].text,
                  cases[i].numbers ? " among numbers" : "");
        pattern_free(&p);
    }
}

static void test_matches(void)
{
    static const struct {
        const char *pattern;
        bool numbers;
        const char *token;
        size_t position;
        bool want;
    } cases[] = {
        {"the", false, "the", 3, true},
        {"the", false, "then", 3, false}, /* all of the token */
        {"th.", false, "the", 3, false},
        {"", false, "", 0, true},
        {"/he/", false, "then", 3, true}, /* anywhere in it */
        {"/^he/", false, "then", 3, false},
        {"/^th.(n|m)$/", false, "then", 3, true},
        {"/a{2,3}/", false, "baab", 0, true},
        {"/a{2,3}/", false, "bab", 0, false},
        {"/[]x]/", false, "a]", 0, true},
        {"/THE/", false, "the", 0, false},
        {"3", true, "then", 3, true},
        {"3", true, "3", 4, false},
        {"3", false, "3", 4, true},
        {"010", true, "x", 10, true}, /* decimal */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pattern p;

        if (!CHECK(pattern_parse("o", cases[i].pattern, cases[i].numbers, &p),
                   "'%s' is a pattern", cases[i].pattern))
            continue;
        EQUAL_INT(pattern_matches(&p, cases[i].token, cases[i].position),
                  cases[i].want, "'%s' of token '%s' at %zu", cases[i].pattern,
                  cases[i].token, cases[i].position);
        pattern_free(&p);
    }
}

static void refused(const char *text, bool numbers, const char *words)
{
    struct pattern p;

    messages_begin();
    bool parsed = pattern_parse("hide", text, numbers, &p);
    const char *said = messages_end();

    CHECK(!parsed, "'%.20s' is refused", text);
    HAS_TEXT(said, "berth: --hide: '", "'%.20s': the option is named", text);
    HAS_TEXT(said, words, "'%.20s': the reason", text);
    pattern_free(&p); /* harmless, as there is nothing to free */
}

static void test_refused(void)
{
    refused("x", true, "is neither a position nor a /regex/");
    refused("", true, "is neither a position nor a /regex/");
    refused("-1", true, "is neither a position nor a /regex/");
    refused("3a", true, "is neither a position nor a /regex/");
    refused("99999999999999999999", true,
            "is neither a position nor a /regex/");
    refused("/(a/", false, "'/(a/': ");
    refused("/[a/", false, "'/[a/': ");
}

/* A pattern of n bytes "a", or n groups in each other, as /regex/. */
static const char *repeated(char open, char close, size_t n)
{
    static char text[4096];

    text[0] = '/';
    memset(text + 1, open, n);
    text[n + 1] = 'a';
    memset(text + n + 2, close, n);
    strcpy(text + 2 * n + 2, "/");
    return text;
}

static bool is_light(const char *text)
{
    struct pattern p;

    messages_begin();
    bool parsed = pattern_parse("o", text, false, &p);

    HAS_TEXT(messages_end(), parsed ? "" : "too large a pattern",
             "%.30s: the only reason is its size", text);
    if (parsed)
        pattern_free(&p);
    return parsed;
}

/* Places when each repetition is written out: a{m,n} has n + 1 of its piece,
 * a+ has 2; a group adds one. At most 5000, 1000 bytes, 100 groups deep. */
static void test_weight(void)
{
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        {"/a{1,255}/", true},
        {"/(a{1,100}){1,40}/", true},     /* 102 * 41 = 4182 */
        {"/(a{1,100}){1,48}/", true},     /* 102 * 49 = 4998 */
        {"/(a{1,100}){1,49}/", false},    /* 102 * 50 = 5100 */
        {"/([a-z]{1,100}){1,48}/", true}, /* a bracket is one place */
        {"/([]a]{1,100}){1,48}/", true},
        {"/([a-z]{1,100}){1,49}/", false},
        {"/(\\a{1,100}){1,48}/", true}, /* so is an escape */
        {"/((((((((a+)+)+)+)+)+)+)+)+/", true},
        {"/((a{1,100}){1,100}){1,100}/", false},
        {"/[{1,99999}]/", true}, /* no repetition */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        EQUAL_INT(is_light(cases[i].text), cases[i].want, "%s is taken",
                  cases[i].text);
    EQUAL_INT(is_light(repeated('(', ')', 100)), true, "100 groups are taken");
    EQUAL_INT(is_light(repeated('(', ')', 101)), false,
              "101 groups are too many");
    EQUAL_INT(is_light(repeated('b', 'c', 499)), true, "999 bytes are taken");
    EQUAL_INT(is_light(repeated('b', 'c', 500)), false,
              "1001 bytes are too many");
}

int main(void)
{
    test_kinds();
    test_matches();
    test_refused();
    test_weight();
    return tap_done();
}
