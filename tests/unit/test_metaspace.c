/*
 * test_metaspace.c - blanks that words hold, and whole words as tokens.
 */
#include "tests/tap.h"
#include "tests/tokenizer/flow.h"
#include "tokenizer/decoders/metaspace.h"
#include "tokenizer/splitters/metaspace.h"
#include "tokenizer/subwords/wordlevel.h"

#include <stdlib.h>
#include <string.h>

#define MARK "\xe2\x96\x81"

/* All bytes of a character come from all of it. */
static void join_places(struct berth_flow *flow)
{
    for (size_t i = 0, end; i < flow->n; i = end) {
        for (end = i + 1;
             end < flow->n && ((unsigned char)flow->bytes[end] & 0xc0) == 0x80;)
            end++;
        for (size_t k = i; k < end; k++)
            flow->origin[k] = (struct berth_origin){(uint32_t)i, (uint32_t)end};
    }
}

/* The words of text[begin ..] with their places, "_" for the mark. */
static void split(const char *text, size_t begin, enum berth_prepend prepend,
                  bool whole, char *out, size_t size)
{
    struct berth_splitter splitter = {0};
    struct berth_flow flow = {0};
    size_t n = strlen(text), used = 0;
    bool ok = flow_set_word(&flow, text, n) &&
              berth_metaspace_splitter(MARK, prepend, !whole, &splitter);

    join_places(&flow);
    flow.n_words = 0;
    out[0] = '\0';
    ok = ok && splitter.run(splitter.self, begin, n, &flow);
    for (size_t i = 0; ok && i < flow.n_words; i++) {
        struct berth_span word = flow.words[i];

        used +=
            (size_t)snprintf(out + used, size - used, "%s", i > 0 ? "|" : "");
        for (size_t at = word.begin; at < word.end; at++) {
            bool mark = strncmp(flow.bytes + at, MARK, 3) == 0;

            used += (size_t)snprintf(out + used, size - used, "%c",
                                     mark ? '_' : flow.bytes[at]);
            at += mark ? 2 : 0;
        }
        used += (size_t)snprintf(out + used, size - used, ":%u-%u",
                                 (unsigned)flow.origin[word.begin].begin,
                                 (unsigned)flow.origin[word.end - 1].end);
    }
    splitter.free(splitter.self);
    berth_flow_free(&flow);
}

static void check_split(void)
{
    static const struct {
        const char *text;
        size_t begin;
        enum berth_prepend prepend;
        bool whole;
        const char *want;
    } cases[] = {
        {"new york", 0, BERTH_PREPEND_ALWAYS, false, "_new:0-3|_york:3-8"},
        {"new york", 0, BERTH_PREPEND_NEVER, false, "new:0-3|_york:3-8"},
        {"new york", 0, BERTH_PREPEND_FIRST, false, "_new:0-3|_york:3-8"},
        {"new york", 4, BERTH_PREPEND_FIRST, false, "york:4-8"},
        {"new york", 4, BERTH_PREPEND_ALWAYS, false, "_york:4-8"},
        {"new york", 0, BERTH_PREPEND_ALWAYS, true, "_new_york:0-8"},
        {" a", 0, BERTH_PREPEND_ALWAYS, false, "_a:0-2"},
        {MARK "a", 0, BERTH_PREPEND_ALWAYS, false, "_a:0-4"},
        {"a  b", 0, BERTH_PREPEND_ALWAYS, false, "_a:0-1|_:1-2|_b:2-4"},
        {"a" MARK MARK "b ", 0, BERTH_PREPEND_NEVER, false,
         "a:0-1|_:1-4|_b:4-8|_:8-9"},
        {"a\tb\xc2\xa0"
         "c",
         0, BERTH_PREPEND_NEVER, false,
         "a\tb\xc2\xa0"
         "c:0-6"},
        {" ", 0, BERTH_PREPEND_ALWAYS, false, "_:0-1"},
        {"\xe2\x96", 0, BERTH_PREPEND_NEVER, false, "\xe2\x96:0-2"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char found[256];

        split(cases[i].text, cases[i].begin, cases[i].prepend, cases[i].whole,
              found, sizeof(found));
        EQUAL_TEXT(found, cases[i].want, "words of \"%s\", case %zu",
                   cases[i].text, i);
    }
}

/* Tokens to text; the first one's marks are nothing, if a prefix was put. */
static void check_decode(void)
{
    static const char *const tokens[] = {MARK MARK "a" MARK "b", MARK "c", "d",
                                         MARK};
    static const char *const want[] = {"  a b c"
                                       "d ",
                                       "ab c"
                                       "d "};

    for (int prefixed = 0; prefixed < 2; prefixed++) {
        struct berth_decoder decoder = {0};
        struct berth_pieces in = {.n = 0}, out = {.n = 0};
        bool ok = berth_metaspace_decoder(MARK, prefixed != 0, &decoder);

        for (size_t i = 0; ok && i < 4; i++)
            ok = berth_pieces_add(&in, tokens[i], strlen(tokens[i]));
        if (CHECK(ok && decoder.run(decoder.self, &in, &out),
                  "tokens are decoded"))
            EQUAL_TEXT(out.text.bytes, want[prefixed], "prefixed %d: text",
                       prefixed);
        berth_pieces_free(&in);
        berth_pieces_free(&out);
        decoder.free(decoder.self);
    }
}

static void check_wordlevel(void)
{
    static const char text[] = "[U]\nnew\n";
    struct berth_blob file = {.data = (const unsigned char *)text,
                              .size = sizeof(text) - 1};
    struct berth_vocab v;
    struct berth_subwords stage = {0};
    struct berth_flow flow = {0};
    struct berth_side side = {0};

    if (!CHECK(berth_vocab_read_text(&file, "v", &v, NULL) == BERTH_OK &&
                   berth_wordlevel(&v, "[U]", &stage) &&
                   flow_set_word(&flow, "newyork", 7),
               "a vocabulary of words"))
        return;
    flow.n_words = 0;
    CHECK(berth_flow_word(&flow, 0, 3) && berth_flow_word(&flow, 3, 7) &&
              stage.cut(stage.self, &flow, &side),
          "two words are cut");
    EQUAL_SIZE(side.n, 2, "one token a word: n");
    EQUAL_INT(side.ids[0], 1, "a word of the vocabulary: id");
    EQUAL_INT(side.ids[1], 0, "another: id");
    EQUAL_SIZE(side.spans[1].begin, 3, "another: begin");
    EQUAL_SIZE(side.spans[1].end, 7, "another: end");
    flow_free_side(&side);
    berth_flow_free(&flow);
    stage.free(stage.self);
    berth_vocab_free(&v);
}

int main(void)
{
    check_split();
    check_decode();
    check_wordlevel();
    return tap_done();
}
