/*
 * test_unigram.c - the best path through a word, against one that is found by
 * trying all of them.
 */
#include "tests/tap.h"
#include "tests/tokenizer/flow.h"
#include "tokenizer/subwords/unigram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A vocabulary of pieces, one a line, with scores. */
struct model {
    struct berth_vocab vocab;
    struct berth_subwords stage;
};

static bool open_model(struct model *m, const char *lines, const double *scores,
                       struct berth_unigram_rules rules)
{
    struct berth_blob file = {.data = (const unsigned char *)lines,
                              .size = strlen(lines)};
    double *copy;
    bool ok;

    *m = (struct model){0};
    if (berth_vocab_read_text(&file, "v", &m->vocab, NULL) != BERTH_OK)
        return false;
    free(m->vocab.table.slots); /* it is indexed another way */
    copy = malloc(m->vocab.n_ids * sizeof(*copy));
    memcpy(copy, scores, m->vocab.n_ids * sizeof(*copy));
    rules.scores = copy;
    ok = berth_vocab_index_pieces(&m->vocab, "v", NULL) == BERTH_OK &&
         berth_unigram(&m->vocab, &rules, &m->stage);
    if (!ok)
        free(copy);
    return ok;
}

static void close_model(struct model *m)
{
    if (m->stage.free != NULL)
        m->stage.free(m->stage.self);
    berth_vocab_free(&m->vocab);
}

/* The tokens of a word: "2:0-3 0:3-4" for ids and places. */
static void cut(const struct model *m, const char *word, size_t n, char *out,
                size_t size)
{
    struct berth_flow flow = {0};
    struct berth_side side = {0};
    size_t used = 0;
    bool ok = flow_set_word(&flow, word, n) &&
              m->stage.cut(m->stage.self, &flow, &side);

    out[0] = '\0';
    for (size_t i = 0; ok && i < side.n && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%d:%zu-%zu",
                                 i > 0 ? " " : "", (int)side.ids[i],
                                 side.spans[i].begin, side.spans[i].end);
    flow_free_side(&side);
    berth_flow_free(&flow);
}

static void check_words(const char *title, const char *lines,
                        const double *scores, struct berth_unigram_rules rules,
                        const char *const (*cases)[2], size_t n)
{
    struct model m;

    if (CHECK(open_model(&m, lines, scores, rules), "%s: a model", title)) {
        for (size_t i = 0; i < n; i++) {
            char found[256];

            cut(&m, cases[i][0], strlen(cases[i][0]), found, sizeof(found));
            EQUAL_TEXT(found, cases[i][1], "%s: \"%s\"", title, cases[i][0]);
        }
    }
    close_model(&m);
}

#define WORDS(title, lines, scores, unk_id, bytes, cases)                      \
    check_words(title, lines, scores,                                          \
                (struct berth_unigram_rules){NULL, unk_id, bytes}, cases,      \
                sizeof(cases) / sizeof(*(cases)))

static void check_best(void)
{
    static const double scores[] = {0, 0, 0, 0, 0, 1, 2, 5, 10};
    static const char *const cases[][2] = {
        {"abcd", "8:0-4"},
        {"abcdacdxx", "8:0-4 1:4-5 5:5-7 0:7-9"},
        {"abcab", "7:0-3 6:3-5"},
        {"x", "0:0-1"},
        {"xax\xc3\xa9"
         "b",
         "0:0-1 1:1-2 0:2-5 2:5-6"},
        {"<unk>", "0:0-5"},
        {"x<unk>x", "0:0-7"},
    };

    WORDS("the example of the reference",
          "<unk>\na\nb\nc\nd\ncd\nab\nabc\nabcd\n", scores, 0, false, cases);
}

/* Of equal sums the longest last piece counts. */
static void check_ties(void)
{
    static const double scores[] = {-9, -1, -1, -1, -1, -2, -2, -3};
    static const char *const cases[][2] = {
        {"ab", "5:0-2"},
        {"bc", "6:0-2"},
        {"abc", "7:0-3"},
        {"abcc", "7:0-3 3:3-4"},
    };

    WORDS("equal sums", "<unk>\na\nb\nc\nd\nab\nbc\nabc\n", scores, 0, false,
          cases);
}

/* An unknown character costs 10 more than the worst piece: -60 here. */
static void check_unknown(void)
{
    static const double scores[] = {0, -50, -1, -40, -3};
    static const char *const cases[][2] = {
        {"xy", "1:0-2"},
        {"xya", "1:0-2 4:2-3"},
        {"ay", "4:0-1 0:1-2"},
        {"\xe4\xb8\xad", "0:0-3"},
    };

    WORDS("unknown", "<unk>\nxy\nb\nxx\na\n", scores, 0, false, cases);
}

/* Where that is a gain, 90 here, a piece may be parted into what is unknown,
 * which is then that piece again. */
static void check_joined(void)
{
    static const double scores[] = {200, 100, 150};
    static const char *const cases[][2] = {
        {"xy", "1:0-2"}, {"xyx", "0:0-3"}, {"xya", "1:0-2 2:2-3"}};

    WORDS("unknown together", "<unk>\nxy\na\n", scores, 0, false, cases);
}

static void check_bytes(void)
{
    static const double scores[] = {0, -1, -2, -3, -4};
    static const char *const cases[][2] = {
        {"a", "1:0-1"},
        {"a\xc3\xa9"
         "a",
         "1:0-1 3:1-3 2:1-3 1:3-4"},
        {"\xc3\xa9\xc3\xa9", "3:0-4 2:0-4 3:0-4 2:0-4"},
        {"\xc3\xa8", "0:0-2"},
    };

    WORDS("byte fallback", "<unk>\na\n<0xA9>\n<0xC3>\nb\n", scores, 0, true,
          cases);
}

/* Without an unknown token only words that need it have id -1. */
static void check_none(void)
{
    static const double scores[] = {-1, -2};
    static const char *const cases[][2] = {{"ab", "0:0-1 1:1-2"},
                                           {"axx", "0:0-1 -1:1-3"}};

    WORDS("no unknown token", "a\nb\n", scores, -1, false, cases);
}

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

/* The best way to cut word[at ..], by trying all: its sum, from the left. */
static void try_all(const struct model *m, const double *scores,
                    const char *word, size_t n, size_t at, double sum,
                    double *best)
{
    if (at == n && (isnan(*best) || sum > *best))
        *best = sum;
    for (size_t end = at + 1; end <= n; end++) {
        int32_t id = berth_vocab_id(&m->vocab, word + at, end - at);

        if (id >= 0)
            try_all(m, scores, word, n, end, sum + scores[id], best);
    }
}

static double sum_of(const struct model *m, const double *scores,
                     const char *word, size_t n)
{
    struct berth_flow flow = {0};
    struct berth_side side = {0};
    double sum = 0;

    if (flow_set_word(&flow, word, n) &&
        m->stage.cut(m->stage.self, &flow, &side)) {
        for (size_t i = 0; i < side.n; i++)
            sum += scores[side.ids[i]];
    }
    flow_free_side(&side);
    berth_flow_free(&flow);
    return sum;
}

/* Vocabularies of random pieces of a and b, in which every word has a path. */
static void check_random(void)
{
    uint64_t state = 14;
    size_t bad = 0, tried = 0;

    for (int round = 0; round < 200; round++) {
        char lines[512] = "<unk>\na\nb\n";
        double scores[64] = {-90, -3, -4};
        size_t used = strlen(lines);
        struct model m;

        for (size_t i = 3; i < 24; i++) {
            scores[i] = -(double)(next(&state) % 64) / 8;
            for (size_t k = 2 + next(&state) % 6; k > 0; k--)
                lines[used++] = "ab"[next(&state) % 2];
            lines[used++] = '\n';
        }
        lines[used] = '\0';
        if (!open_model(&m, lines, scores,
                        (struct berth_unigram_rules){NULL, 0, false}))
            bad++;
        for (size_t i = 0; i < 50; i++) {
            char word[14];
            size_t n = 1 + next(&state) % (sizeof(word) - 1);
            double best = (double)NAN;

            for (size_t k = 0; k < n; k++)
                word[k] = "ab"[next(&state) % 2];
            try_all(&m, scores, word, n, 0, 0, &best);
            bad += sum_of(&m, scores, word, n) != best;
            tried++;
        }
        close_model(&m);
    }
    EQUAL_SIZE(bad, 0,
               "%zu words of 200 random vocabularies have the largest "
               "sum",
               tried);
}

/* A word of a million bytes, which has a token for every two. */
static void check_long(void)
{
    enum {
        LONG = 1 << 20
    };
    static const double scores[] = {0, -2, -3, -1};
    char *word = malloc(LONG);
    struct berth_flow flow = {0};
    struct berth_side side = {0};
    struct model m;

    for (size_t i = 0; word != NULL && i < LONG; i++)
        word[i] = "ab"[i % 2];
    if (CHECK(word != NULL &&
                  open_model(&m, "<unk>\na\nb\nab\n", scores,
                             (struct berth_unigram_rules){NULL, 0, false}) &&
                  flow_set_word(&flow, word, LONG) &&
                  m.stage.cut(m.stage.self, &flow, &side),
              "a word of 1 MiB is cut"))
        EQUAL_SIZE(side.n, LONG / 2, "a word of 1 MiB: tokens");
    flow_free_side(&side);
    berth_flow_free(&flow);
    close_model(&m);
    free(word);
}

int main(void)
{
    check_best();
    check_ties();
    check_unknown();
    check_joined();
    check_bytes();
    check_none();
    check_random();
    check_long();
    return tap_done();
}
