/*
 * test_nearest.c - the name that a mistyped word is taken for.
 */
#include "cli/base/nearest.h"

#include "tests/tap.h"

#include <string.h>

/* The nearest of names, which end with NULL; "": none. */
static const char *find(const char *word, const char *const *names)
{
    static struct nearest n;

    n = nearest_of(word);

    for (; *names != NULL; names++)
        nearest_try(&n, *names, strlen(*names));
    return n.name;
}

static void test_words(void)
{
    static const char *const names[] = {
        "embed", "fill-mask",  "csv", "tsv",        "jsonl",      "text",
        "title", "head-stats", "a",   "max-tokens", "min-tokens", NULL};
    static const struct {
        const char *word, *want;
    } cases[] = {
        {"embd", "embed"},          /* one left out */
        {"embbed", "embed"},        /* one put in */
        {"ember", "embed"},         /* one replaced */
        {"emebd", "embed"},         /* two swapped: one, not two */
        {"cvs", "csv"},             /* nearer than tsv */
        {"EMBED", "embed"},         /* capitals are the same */
        {"fillmask", "fill-mask"},  /* a third of nine are three */
        {"flilmsk", "fill-mask"},   /* three: as far as it goes */
        {"flilmk", ""},             /* four */
        {"json", "jsonl"},          /* near, and a beginning */
        {"head", "head-stats"},     /* a beginning only */
        {"titles-of-all", "title"}, /* or what a name begins */
        {"fi", ""},                 /* too short to be one */
        {"b", ""},                  /* nothing of it is left */
        {"A", "a"},
        {"max-token", "max-tokens"},  /* not min-tokens, three away */
        {"mix-tokens", "max-tokens"}, /* the first of two that are as near */
        {"", ""},
        {"quite another", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        EQUAL_TEXT(find(cases[i].word, names), cases[i].want,
                   "the nearest of '%s' is '%s'", cases[i].word, cases[i].want);
}

/* 96 bytes are compared, 97 are not. */
static void test_long(void)
{
    char word[NEAREST_LONGEST + 2], name[NEAREST_LONGEST + 2];

    memset(word, 'x', sizeof(word));
    memset(name, 'x', sizeof(name));
    word[NEAREST_LONGEST] = '\0';
    name[NEAREST_LONGEST - 1] = '\0';
    const char *const names[] = {name, NULL};

    EQUAL_TEXT(find(word, names), name, "a word of 96 bytes has a nearest");
    word[NEAREST_LONGEST] = 'x';
    word[NEAREST_LONGEST + 1] = '\0';
    EQUAL_TEXT(find(word, names), "", "a word of 97 bytes has none");
    word[3] = '\0';
    name[NEAREST_LONGEST - 1] = 'x';
    name[NEAREST_LONGEST + 1] = '\0';
    EQUAL_TEXT(find(word, names), "", "a name of 97 bytes is none");
}

static void test_phrase(void)
{
    struct nearest n = nearest_of("cvs");

    nearest_try(&n, "npy", 3);
    EQUAL_TEXT(nearest_phrase(&n), "", "no name is near: nothing is said");
    nearest_try(&n, "csv|tsv", 3);
    EQUAL_TEXT(nearest_phrase(&n), "; the nearest is 'csv'",
               "a name that does not end in NUL");
}

static void test_list(void)
{
    struct nearest n = nearest_of("x");

    EQUAL_TEXT(n.list, "", "no name was tried");
    nearest_try(&n, "one", 3);
    nearest_try(&n, "", 0);
    nearest_try(&n, "three", 5);
    EQUAL_TEXT(n.list, "one, , three", "the names that were tried");
    for (int i = 0; i < 100; i++)
        nearest_try(&n, "name", 4);
    CHECK(strlen(n.list) < NEAREST_LIST &&
              strlen(n.list) >= NEAREST_LIST - sizeof(", name"),
          "as many as there is room for: %zu bytes", strlen(n.list));
    EQUAL_TEXT(n.list + strlen(n.list) - 11, ", name, ...",
               "and a mark that there are more");
    n = nearest_of("x");
    char name[NEAREST_LIST];

    memset(name, 'y', sizeof(name));
    nearest_try(&n, name, sizeof(name));
    nearest_try(&n, "z", 1);
    EQUAL_TEXT(n.list, "...", "a first name without room");
}

int main(void)
{
    test_list();
    test_words();
    test_long();
    test_phrase();
    return tap_done();
}
