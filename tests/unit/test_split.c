/*
 * test_split.c - splitting at patterns: parted by | is what tokenizers 0.23
 * make of the same pattern and behavior.
 */
#include "tests/tap.h"
#include "tests/tokenizer/flow.h"
#include "tokenizer/splitters/sequence.h"
#include "tokenizer/splitters/split.h"

enum {
    ALL = 256
};

static const struct row {
    enum {
        STRING,
        REGEX
    } kind;
    const char *pattern;
    enum berth_split_behavior behavior;
    bool invert;
    const char *text, *want;
} rows[] = {
    {STRING, "-", BERTH_SPLIT_REMOVED, false, "a--b-", "a|b"},
    {STRING, "-", BERTH_SPLIT_REMOVED, true, "a--b-", "-|-|-"},
    {STRING, "-", BERTH_SPLIT_ISOLATED, false, "a--b-", "a|-|-|b|-"},
    {STRING, "-", BERTH_SPLIT_ISOLATED, true, "a--b-", "a|-|-|b|-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, false, "a--b-", "a-|-|b-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, true, "a--b-", "a|-|-b|-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, false, "a--b-", "a|-|-b|-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, true, "a--b-", "a-|-|b-"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, false, "a--b-", "a|--|b|-"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, true, "a--b-", "a|--|b|-"},
    {STRING, "-", BERTH_SPLIT_REMOVED, false, "--a", "a"},
    {STRING, "-", BERTH_SPLIT_REMOVED, true, "--a", "-|-"},
    {STRING, "-", BERTH_SPLIT_ISOLATED, false, "--a", "-|-|a"},
    {STRING, "-", BERTH_SPLIT_ISOLATED, true, "--a", "-|-|a"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, false, "--a", "-|-|a"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, true, "--a", "-|-a"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, false, "--a", "-|-a"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, true, "--a", "-|-|a"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, false, "--a", "--|a"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, true, "--a", "--|a"},
    {STRING, "-", BERTH_SPLIT_REMOVED, false, "-", ""},
    {STRING, "-", BERTH_SPLIT_REMOVED, true, "-", "-"},
    {STRING, "-", BERTH_SPLIT_ISOLATED, false, "-", "-"},
    {STRING, "-", BERTH_SPLIT_ISOLATED, true, "-", "-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, false, "-", "-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, true, "-", "-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, false, "-", "-"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, true, "-", "-"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, false, "-", "-"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, true, "-", "-"},
    {STRING, "-", BERTH_SPLIT_REMOVED, false, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_REMOVED, true, "ab", ""},
    {STRING, "-", BERTH_SPLIT_ISOLATED, false, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_ISOLATED, true, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, false, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, true, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, false, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, true, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, false, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, true, "ab", "ab"},
    {STRING, "-", BERTH_SPLIT_REMOVED, false, "", ""},
    {STRING, "-", BERTH_SPLIT_REMOVED, true, "", ""},
    {STRING, "-", BERTH_SPLIT_ISOLATED, false, "", ""},
    {STRING, "-", BERTH_SPLIT_ISOLATED, true, "", ""},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, false, "", ""},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS, true, "", ""},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, false, "", ""},
    {STRING, "-", BERTH_SPLIT_MERGED_WITH_NEXT, true, "", ""},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, false, "", ""},
    {STRING, "-", BERTH_SPLIT_CONTIGUOUS, true, "", ""},
    {STRING, "ab", BERTH_SPLIT_ISOLATED, false, "aabab", "a|ab|ab"},
    {STRING, "a", BERTH_SPLIT_ISOLATED, false, "", ""},
    {REGEX, " ", BERTH_SPLIT_ISOLATED, false, "a  b c", "a| | |b| |c"},
    {REGEX, " +", BERTH_SPLIT_ISOLATED, false, "a  b c", "a|  |b| |c"},
    {REGEX, " {2,}", BERTH_SPLIT_ISOLATED, false, "a  b c   d",
     "a|  |b c|   |d"},
    {REGEX, "\\n", BERTH_SPLIT_ISOLATED, false, "a\n\nb\r", "a|\n|\n|b\r"},
    {REGEX, "[\\n\\r\\t]", BERTH_SPLIT_ISOLATED, false, "a\n\rb \tc",
     "a|\n|\r|b |\t|c"},
    {REGEX, "\\s", BERTH_SPLIT_ISOLATED, false, "a\xe3\x80\x80\n b",
     "a|\xe3\x80\x80|\n| |b"},
    {REGEX, "\\s+", BERTH_SPLIT_ISOLATED, false, "a\xe3\x80\x80\n b c",
     "a|\xe3\x80\x80\n |b| |c"},
    {REGEX, "\\s{2,}", BERTH_SPLIT_ISOLATED, false, "a\xe3\x80\x80\n b c",
     "a|\xe3\x80\x80\n |b c"},
    {REGEX, "\\s{2,}|[\\n\\r\\t]", BERTH_SPLIT_ISOLATED, false,
     "a\xe3\x80\x80\n b\nc d\xc2\xa0"
     "e \tf",
     "a|\xe3\x80\x80\n |b|\n|c d\xc2\xa0"
     "e| \t|f"},
    {REGEX, "\\p{N}", BERTH_SPLIT_ISOLATED, false, "12\xd9\xa3\xc2\xbdx3",
     "1|2|\xd9\xa3|\xc2\xbd|x|3"},
    {REGEX, "\\p{N}+", BERTH_SPLIT_ISOLATED, false, "12\xd9\xa3\xc2\xbdx3",
     "12\xd9\xa3\xc2\xbd|x|3"},
    {REGEX, "\\p{N}{1,3}", BERTH_SPLIT_ISOLATED, false, "1234567x89",
     "123|456|7|x|89"},
    {REGEX,
     "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| "
     "?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
     BERTH_SPLIT_ISOLATED, false, "I'd 1234", "I|'d| 1234"},
    {REGEX,
     "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| "
     "?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
     BERTH_SPLIT_ISOLATED, false, "I'd 1234", "I|'d| 1234"},
    {REGEX,
     "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
     "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
     BERTH_SPLIT_ISOLATED, false, "I'D 1234", "I|'D| |123|4"},
    {REGEX,
     "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
     "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
     BERTH_SPLIT_ISOLATED, false, "I'D 1234", "I|'D| |1|2|3|4"},
};

static bool make(const struct row *row, struct berth_splitter *out)
{
    const struct berth_text_pattern string =
        berth_pattern_string(row->pattern, strlen(row->pattern));
    const struct berth_text_pattern *pattern =
        row->kind == STRING ? &string : berth_pattern_regex(row->pattern);

    return pattern != NULL &&
           berth_split_splitter(pattern, row->behavior, row->invert, out);
}

/* Words before begin stay. */
static void check(const struct berth_splitter *stage, const char *name,
                  const char *text, const char *want)
{
    struct berth_flow flow = {0};
    char found[ALL] = "";
    size_t n = strlen(text), used = 0;

    CHECK(flow_set_word(&flow, text, n), "a flow of %zu bytes", n);
    CHECK(stage->run(stage->self, 0, n, &flow), "%s: it is split", name);
    EQUAL_SIZE(flow.words[0].end, n, "%s: the word before stays", name);
    for (size_t i = 1; i < flow.n_words; i++) {
        const struct berth_span *word = &flow.words[i];

        if (i > 1)
            found[used++] = '|';
        memcpy(found + used, text + word->begin, word->end - word->begin);
        used += word->end - word->begin;
    }
    EQUAL_TEXT(found, want, "%s of \"%s\"", name, text);
    berth_flow_free(&flow);
}

static void check_sequence(void)
{
    const struct row dash = {STRING, "-", BERTH_SPLIT_MERGED_WITH_PREVIOUS,
                             false,  "",  ""};
    const struct row b = {STRING, "b", BERTH_SPLIT_ISOLATED, false, "", ""};
    struct berth_splitter steps[3], inner, stage;

    CHECK(make(&dash, &steps[0]) && make(&b, &steps[1]), "two splitters");
    CHECK(berth_splitter_sequence(steps + 1, 1, &inner), "a sequence of one");
    steps[1] = berth_whitespace_splitter();
    steps[2] = inner;
    CHECK(berth_splitter_sequence(steps, 3, &stage), "a sequence");
    check(&stage, "-, words, b", "ab-b c-- d", "a|b|-|b|c|-|-|d");
    check(&stage, "-, words, b", "  ", "");
    stage.free(stage.self);
    CHECK(berth_splitter_sequence(steps, 0, &stage), "an empty sequence");
    check(&stage, "nothing", "a b", "a b");
    stage.free(stage.self);
}

int main(void)
{
    const struct berth_splitter words = berth_whitespace_splitter();

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct berth_splitter stage;
        char name[ALL];
        bool ok = make(&rows[i], &stage);

        snprintf(name, sizeof(name), "\"%.40s\" %d%s", rows[i].pattern,
                 (int)rows[i].behavior, rows[i].invert ? " inverted" : "");
        CHECK(ok, "%s is made", name);
        if (!ok)
            continue;
        check(&stage, name, rows[i].text, rows[i].want);
        stage.free(stage.self);
    }
    check(&words, "words", "a_1b--c\xc3\xa9 \xe3\x80\x80!?\xcc\x81x\xc2\xbd",
          "a_1b|--|c\xc3\xa9|!?|\xcc\x81x|\xc2\xbd");
    check_sequence();
    CHECK(berth_pattern_regex("[a-z]+") == NULL, "[a-z]+ is not known");
    return tap_done();
}
