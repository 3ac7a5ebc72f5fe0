/*
 * test_normalize.c - stages 1 and 2: what a text becomes, from which bytes, and
 * where it is split.
 */
#include "tests/tap.h"
#include "tests/tokenizer/flow.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/splitters/bert.h"

#include <string.h>

enum {
    ALL = 64
};

/* origins: one hexadecimal digit a byte, '+' from 16. */
static void check(const struct berth_bert_rules *rules, const char *text,
                  size_t n, const char *want, const char *origins)
{
    struct berth_normalizer stage = {0};
    struct berth_flow got = {0};
    char found[ALL] = {0};
    bool ok = berth_bert_normalizer(rules, &stage) &&
              stage.run(stage.self, text, 0, n, &got) &&
              got.n == strlen(want) && got.n < ALL &&
              (got.n == 0 || memcmp(got.bytes, want, got.n) == 0);

    for (size_t i = 0; i < got.n && i + 1 < ALL; i++)
        found[i] =
            "0123456789abcdef+"[got.origin[i].begin < 16 ? got.origin[i].begin
                                                         : 16];
    CHECK(ok, "\"%s\" from %s, found \"%.*s\" %s: bytes", want, origins,
          (int)got.n, got.bytes != NULL ? got.bytes : "", found);
    EQUAL_TEXT(found, origins, "\"%s\" from %s, found \"%.*s\" %s: origins",
               want, origins, (int)got.n, got.bytes != NULL ? got.bytes : "",
               found);
    berth_flow_free(&got);
    stage.free(stage.self);
}

#define TEXT(s) (s), sizeof(s) - 1

static void check_normalize(void)
{
    const struct berth_bert_rules uncased = {.clean = true,
                                             .chinese = true,
                                             .strip_accents = true,
                                             .lowercase = true};
    const struct berth_bert_rules cased = {.clean = true, .chinese = true};
    const struct berth_bert_rules none = {0};
    const struct berth_bert_rules first = {
        .lower_first = true, .clean = true, .chinese = true};
    const struct berth_bert_rules strip = {.strip_accents = true};

    check(&uncased, TEXT(""), "", "");
    check(&uncased, TEXT("Ab\tC\r\n"), "ab c  ", "012345");
    check(&uncased,
          TEXT("a\0b\x01"
               "c\x7f"
               "d"),
          "abcd", "0246");
    check(&uncased, TEXT("\xc3\x89t\xc3\xa9"), "ete", "023");
    check(&uncased, TEXT("e\xcc\x81o"), "eo", "03");
    check(&uncased,
          TEXT("a\xe4\xb8\xad"
               "b"),
          "a \xe4\xb8\xad b", "0111114");
    check(&uncased,
          TEXT("a\xff\xe4\xb8"
               "b\xed\xa0\x80"
               "c"),
          "abc", "048");
    check(&uncased,
          TEXT("x\xc2\xa0y\xe2\x80\x8b"
               "z"),
          "x yz", "0137");
    check(&uncased, TEXT("\xc4\xb0"), "i", "0");
    check(&cased, TEXT("\xc3\x89\xc4\xb0"), "\xc3\x89\xc4\xb0", "0022");
    check(&first, TEXT("\xc3\x89\xc4\xb0Z"), "\xc3\xa9i\xcc\x87z", "002224");
    check(&none, TEXT("A\t\xff\xc3\x89"), "A\t\xef\xbf\xbd\xc3\x89", "0122233");
    /* U+302E (class 224, kept) and U+0327 (202, dropped) change places: the
     * first place in the text belongs to the one that comes first. */
    check(&strip, TEXT("a\xe3\x80\xae\xcc\xa7"), "a\xe3\x80\xae", "0444");
    check(&strip, TEXT("a\xcc\xa7\xe3\x80\xae"), "a\xe3\x80\xae", "0333");
}

static void check_long_marks(void)
{
    const struct berth_bert_rules rules = {.strip_accents = true};
    struct berth_normalizer stage = {0};
    struct berth_flow got = {0};
    enum {
        MARKS = 200000
    };
    static char text[2 * MARKS + 8];
    size_t n = 0;

    text[n++] = 'a';
    for (size_t i = 0; i < MARKS; i++, n += 2)
        memcpy(text + n, i % 2 == 0 ? "\xcc\x81" : "\xcc\xa7", 2);
    memcpy(text + n, "\xe3\x80\xae", 3);
    CHECK(berth_bert_normalizer(&rules, &stage),
          "100000 marks: bert_normalizer");
    CHECK(stage.run(stage.self, text, 0, n + 3, &got),
          "100000 marks: normalized");
    EQUAL_SIZE(got.n, 4, "100000 marks: n");
    EQUAL_SIZE(got.origin[1].begin, 1 + 2 * (MARKS / 2),
               "100000 marks: origin[1].begin");
    EQUAL_SIZE(got.origin[1].end, 3 + 2 * (MARKS / 2),
               "100000 marks: origin[1].end");
    berth_flow_free(&got);
    stage.free(stage.self);
}

static void check_words(const char *text, const char *want)
{
    const struct berth_splitter stage = berth_bert_splitter();
    struct berth_flow flow = {0};
    char found[ALL] = {0};
    size_t n = strlen(text), used = 0;

    CHECK(flow_set_word(&flow, text, n), "a flow of %zu bytes", n);
    flow.n_words = 0;
    CHECK(stage.run(stage.self, 0, n, &flow), "it is split");
    for (size_t i = 0; i < flow.n_words; i++) {
        const struct berth_span *word = &flow.words[i];

        if (used > 0)
            found[used++] = '|';
        memcpy(found + used, text + word->begin, word->end - word->begin);
        used += word->end - word->begin;
    }
    CHECK(strcmp(found, want) == 0, "\"%s\" is split into %s", text, found);
    berth_flow_free(&flow);
}

int main(void)
{
    check_normalize();
    check_long_marks();
    check_words("", "");
    check_words("  \t ", "");
    check_words("one", "one");
    check_words(" one  two ", "one|two");
    check_words("don't!?", "don|'|t|!|?");
    check_words("[MASK]", "[|MASK|]");
    check_words("a\xe2\x80\x94"
                "b",
                "a|\xe2\x80\x94|b");
    check_words("a\xe3\x80\x80\xe3\x80\x82", "a|\xe3\x80\x82");
    check_words("\xc3\xa9\xe2\x82\xac 1", "\xc3\xa9\xe2\x82\xac|1");
    return tap_done();
}
