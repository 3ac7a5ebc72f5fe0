/*
 * test_matcher.c - many patterns in a text against looking for each of them,
 * and the added tokens and long pieces that are found so.
 */
#include "tests/tap.h"
#include "tests/tokenizer/flow.h"
#include "tokenizer/added.h"
#include "tokenizer/subwords/matcher.h"
#include "tokenizer/subwords/wordpiece.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 3000,
    TEXT = 90,
    PATTERNS = 24,
    LENGTH = 12
};

/* A generator of Knuth; the same numbers in every run. */
static unsigned below(uint64_t *state, unsigned n)
{
    *state =
        *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33) % n;
}

/* n bytes of the first letters; few letters make long common parts. */
static void fill(uint64_t *state, char *out, size_t n, unsigned letters)
{
    for (size_t i = 0; i < n; i++)
        out[i] =
            (char)((letters == 256 ? 0 : 'a') + (int)below(state, letters));
}

/* The longest pattern at text + at, of equal ones that of the least value. */
static uint32_t longest_at(const struct berth_pattern *patterns, size_t n,
                           const char *text, size_t n_text, size_t at)
{
    const struct berth_pattern *best = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct berth_pattern *p = &patterns[i];

        if (p->n > n_text - at || memcmp(text + at, p->bytes, p->n) != 0)
            continue;
        if (best == NULL || p->n > best->n ||
            (p->n == best->n && p->value < best->value))
            best = p;
    }
    return best != NULL ? best->value : BERTH_NO_MATCH;
}

/* Places where the matcher and the search one by one differ. */
static size_t differences(const struct berth_matcher *m,
                          const struct berth_pattern *patterns, size_t n,
                          const char *text, size_t n_text, size_t begin,
                          size_t end)
{
    uint32_t found[TEXT];
    size_t bad = 0;

    berth_matcher_find(m, text, n_text, begin, end, found);
    for (size_t i = begin; i < end; i++)
        bad += found[i - begin] != longest_at(patterns, n, text, n_text, i);
    return bad;
}

/* No pattern begins at a place that is skipped. */
static bool skips_well(const struct berth_matcher *m,
                       const struct berth_pattern *patterns, size_t n,
                       const char *text, size_t n_text)
{
    for (size_t at = 0; at < n_text; at++) {
        size_t next = berth_matcher_skip(m, text, n_text, at);

        if (next < at || next > n_text)
            return false;
        for (; at < next; at++) {
            if (longest_at(patterns, n, text, n_text, at) != BERTH_NO_MATCH)
                return false;
        }
    }
    return true;
}

static void check_random(unsigned letters)
{
    uint64_t state = letters;
    size_t bad = 0, failed = 0;

    for (int round = 0; round < ROUNDS; round++) {
        char bytes[PATTERNS][LENGTH], text[TEXT];
        struct berth_pattern patterns[PATTERNS];
        struct berth_matcher m;
        size_t n = 1 + below(&state, PATTERNS);
        size_t n_text = below(&state, TEXT + 1);
        size_t begin = below(&state, (unsigned)n_text + 1);
        size_t end = begin + below(&state, (unsigned)(n_text - begin) + 1);

        fill(&state, text, n_text, letters);
        for (size_t i = 0; i < n; i++) {
            size_t size = 1 + below(&state, LENGTH);

            fill(&state, bytes[i], size, letters);
            patterns[i] = (struct berth_pattern){bytes[i], size, (uint32_t)i};
        }
        failed += !berth_matcher_build(patterns, n, &m);
        bad += differences(&m, patterns, n, text, n_text, 0, n_text);
        bad += differences(&m, patterns, n, text, n_text, begin, end);
        bad += !skips_well(&m, patterns, n, text, n_text);
        berth_matcher_free(&m);
    }
    EQUAL_INT(bad, 0,
              "%u letters: %zu places differ in %d texts: places that differ",
              letters, bad, ROUNDS);
    EQUAL_INT(failed, 0,
              "%u letters: %zu places differ in %d texts: texts that failed",
              letters, bad, ROUNDS);
}

static void check_empty(void)
{
    struct berth_matcher m;
    uint32_t found[3] = {0};

    CHECK(berth_matcher_build(NULL, 0, &m), "no pattern: matcher_build");
    EQUAL_SIZE(m.n_nodes, 0, "no pattern: n_nodes");
    berth_matcher_find(&m, "abc", 3, 0, 3, found);
    EQUAL_INT(found[0], BERTH_NO_MATCH, "a matcher without patterns: found[0]");
    EQUAL_INT(found[2], BERTH_NO_MATCH, "a matcher without patterns: found[2]");
    EQUAL_INT(berth_matcher_skip(&m, "abc", 3, 1), 3,
              "a matcher without patterns: skips all");
    berth_matcher_free(&m);
}

/* "a<n>" for each n, n_tokens of them, with the ids n. */
static bool put_numbered(struct berth_added *added, int n_tokens)
{
    struct berth_error err;

    for (int i = 0; i < n_tokens; i++) {
        char content[16];
        struct berth_added_token token = {.content = content, .id = i};

        token.length = (size_t)snprintf(content, sizeof(content), "a%d", i);
        if (berth_added_put(added, &token, &err) != BERTH_OK)
            return false;
    }
    return true;
}

static void check_added_lookup(void)
{
    struct berth_added added = {0};
    struct berth_normalizer none = {0};
    struct berth_added_token again = {
        .content = (char *)(uintptr_t) "a4711", .length = 5, .special = true};
    struct berth_error err;
    const struct berth_added_token *found;
    const int n = 50000;

    CHECK(put_numbered(&added, n), "%d tokens, one put twice: put_numbered", n);
    EQUAL_INT(berth_added_put(&added, &again, &err), BERTH_OK,
              "%d tokens, one put twice: status", n);
    EQUAL_INT(berth_added_finish(&added, &none, &err), BERTH_OK,
              "%d tokens, one put twice: status", n);
    EQUAL_SIZE(added.n, (size_t)n, "%d tokens, one put twice: tokens", n);
    found = berth_added_by_content(&added, "a4711", 5);
    CHECK(found != NULL, "a token put twice: found");
    EQUAL_INT(found->id, 4711, "a token put twice: found->id");
    CHECK(found->special, "a token put twice: found->special");
    CHECK(berth_added_by_id(&added, n - 1) ==
              berth_added_by_content(&added, "a49999", 6),
          "by id and by content: added_by_id");
    CHECK(berth_added_by_id(&added, n - 1) != NULL,
          "by id and by content: added_by_id");
    CHECK(berth_added_by_id(&added, n) == NULL,
          "by id and by content: no added_by_id");
    CHECK(berth_added_by_id(&added, -1) == NULL,
          "by id and by content: no added_by_id");
    CHECK(berth_added_by_content(&added, "a", 1) == NULL &&
              berth_added_by_content(&added, "a50000", 6) == NULL,
          "what was not put is not found");
    berth_added_free(&added);
}

/* The longest wins at each place, in blocks too. */
static void check_added_find(void)
{
    struct berth_added added = {0};
    struct berth_normalizer none = {0};
    struct berth_added_cursor cursor = {0};
    struct berth_added_match match;
    struct berth_error err;
    char text[4096];
    size_t n = 0, at = 0, count = 0, wrong = 0;

    CHECK(put_numbered(&added, 1000),
          "1000 tokens of one first byte: put_numbered");
    EQUAL_INT(berth_added_finish(&added, &none, &err), BERTH_OK,
              "1000 tokens of one first byte: status");
    cursor.found = malloc(added.block * sizeof(*cursor.found));
    for (int i = 0; i < 400; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "a%d aa ", i);
    while (berth_added_find(&added, &added.raw, &cursor, text, n, at, at, false,
                            &match)) {
        wrong += match.token->id != (int32_t)count++;
        at = match.next;
    }
    EQUAL_INT(count, 400, "%zu found, %zu wrong: found", count, wrong);
    EQUAL_INT(wrong, 0, "%zu found, %zu wrong: wrong", count, wrong);
    free(cursor.found);
    berth_added_free(&added);
}

/* The pieces of a word of n bytes in the place of those of side. */
static size_t cut(const struct berth_subwords *stage, const char *word,
                  size_t n, struct berth_side *side)
{
    struct berth_flow flow = {0};

    side->n = 0;
    if (!flow_set_word(&flow, word, n) || !stage->cut(stage->self, &flow, side))
        side->n = 0;
    berth_flow_free(&flow);
    return side->n;
}

/* A vocabulary of "a", a long piece that nearly matches everywhere, and one
 * that does. */
static void check_long_pieces(void)
{
    static char file[4000], word[3000];
    const struct berth_wordpiece_rules rules = {"##", "[U]", 1000000};
    struct berth_subwords stage = {0};
    struct berth_side side = {0};
    struct berth_blob blob = {.data = (const unsigned char *)file, .size = 0};
    struct berth_vocab v;
    struct berth_error err;
    size_t n;

    memset(word, 'a', sizeof(word));
    blob.size = (size_t)snprintf(file, sizeof(file),
                                 "[U]\na\n##a\n##%.2000sb\n##%.100sc\n##b\n",
                                 word, word);
    EQUAL_INT(berth_vocab_read_text(&blob, "v", &v, &err), BERTH_OK,
              "long pieces: status");
    EQUAL_INT(berth_wordpiece(&v, &rules, "v", &stage, &err), BERTH_OK,
              "long pieces: status");
    n = cut(&stage, word, sizeof(word), &side);
    EQUAL_SIZE(n, sizeof(word), "%zu pieces of the letter alone: n", n);
    EQUAL_INT(side.ids[0], 1, "%zu pieces of the letter alone: side.ids[0]", n);
    EQUAL_INT(side.ids[n - 1], 2,
              "%zu pieces of the letter alone: side.ids[n - 1]", n);
    word[2500] = 'b';
    word[2800] = 'c';
    n = cut(&stage, word, 2801, &side);
    EQUAL_SIZE(n, 500 + 1 + 199 + 1, "%zu pieces, two of them long: n", n);
    EQUAL_INT(side.ids[500], 3, "%zu pieces, two of them long: side.ids[500]",
              n);
    EQUAL_SIZE(side.spans[500].begin, 500,
               "%zu pieces, two of them long: side.spans[500].begin", n);
    EQUAL_SIZE(side.spans[500].end, 2501,
               "%zu pieces, two of them long: side.spans[500].end", n);
    EQUAL_INT(side.ids[n - 1], 4,
              "%zu pieces, two of them long: side.ids[n - 1]", n);
    EQUAL_SIZE(side.spans[n - 1].begin, 2700,
               "%zu pieces, two of them long: side.spans[n - 1].begin", n);
    word[2999] = 'd';
    n = cut(&stage, word, sizeof(word), &side);
    EQUAL_SIZE(n, 1, "a word with an unknown part: n");
    EQUAL_INT(side.ids[0], 0, "a word with an unknown part: side.ids[0]");
    EQUAL_SIZE(side.spans[0].end, sizeof(word),
               "a word with an unknown part: side.spans[0].end");
    flow_free_side(&side);
    stage.free(stage.self);
    berth_vocab_free(&v);
}

int main(void)
{
    check_random(1);
    check_random(2);
    check_random(3);
    check_random(26);
    check_random(256);
    check_empty();
    check_added_lookup();
    check_added_find();
    check_long_pieces();
    return tap_done();
}
