/*
 * test_window.c - truncation and windows: expected values were worked out by
 * hand, those of pairs also with tokenizers' truncate_encodings in mind: the
 * shorter text keeps all if it can.
 */
#include "tokenizer/window.h"

#include "tests/tap.h"

static void test_fit(void)
{
    static const struct {
        const char *title;
        enum berth_truncation truncation;
        size_t n[2];
        bool pair;
        size_t room;
        size_t want[2];
    } cases[] = {
        {"all fits", BERTH_TRUNCATE_LONGEST, {3, 4}, true, 7, {3, 4}},
        {"all fits, only_first", BERTH_TRUNCATE_FIRST, {3, 4}, true, 7, {3, 4}},
        {"no pair: B is not counted",
         BERTH_TRUNCATE_LONGEST,
         {3, 4},
         false,
         3,
         {3, 0}},
        {"one text is cut", BERTH_TRUNCATE_LONGEST, {9, 0}, false, 4, {4, 0}},
        {"no room at all", BERTH_TRUNCATE_LONGEST, {9, 9}, true, 0, {0, 0}},
        {"the shorter A keeps all",
         BERTH_TRUNCATE_LONGEST,
         {2, 9},
         true,
         8,
         {2, 6}},
        {"the shorter B keeps all",
         BERTH_TRUNCATE_LONGEST,
         {9, 2},
         true,
         8,
         {6, 2}},
        {"both are halved", BERTH_TRUNCATE_LONGEST, {9, 9}, true, 8, {4, 4}},
        {"the odd token is the longer text's, B",
         BERTH_TRUNCATE_LONGEST,
         {8, 9},
         true,
         7,
         {3, 4}},
        {"the odd token is the longer text's, A",
         BERTH_TRUNCATE_LONGEST,
         {9, 8},
         true,
         7,
         {4, 3}},
        {"of equal texts the odd token is B's",
         BERTH_TRUNCATE_LONGEST,
         {9, 9},
         true,
         7,
         {3, 4}},
        {"a shorter text over half the room is halved, too",
         BERTH_TRUNCATE_LONGEST,
         {5, 9},
         true,
         8,
         {4, 4}},
        {"only_first takes all from A",
         BERTH_TRUNCATE_FIRST,
         {9, 4},
         true,
         6,
         {2, 4}},
        {"only_second takes all from B",
         BERTH_TRUNCATE_SECOND,
         {4, 9},
         true,
         6,
         {4, 2}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t out[2] = {99, 99};

        EQUAL_INT(berth_window_fit(cases[i].truncation, cases[i].n,
                                   cases[i].pair, cases[i].room, out, NULL),
                  BERTH_OK, "%s: status", cases[i].title);
        EQUAL_SIZE(out[0], cases[i].want[0], "%s: tokens of A", cases[i].title);
        EQUAL_SIZE(out[1], cases[i].want[1], "%s: tokens of B", cases[i].title);
    }
}

/* tokenizers refuses to cut a text to nothing. */
static void test_refused(void)
{
    static const struct {
        const char *words;
        enum berth_truncation truncation;
        size_t n[2];
        bool pair;
    } cases[] = {
        {"first text may be cut: expected more than 4 tokens in it, found 4",
         BERTH_TRUNCATE_FIRST,
         {4, 6},
         true},
        {"second text may be cut: expected more than 4 tokens in it, found 3",
         BERTH_TRUNCATE_SECOND,
         {7, 3},
         true},
        {"expected a pair, found one text",
         BERTH_TRUNCATE_SECOND,
         {10, 0},
         false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct berth_error err = {0};
        size_t out[2];

        EQUAL_INT(berth_window_fit(cases[i].truncation, cases[i].n,
                                   cases[i].pair, 6, out, &err),
                  BERTH_ERR_ARGUMENT, "refusal %zu: status", i);
        HAS_TEXT(err.message, cases[i].words, "refusal %zu: message", i);
    }
}

static void test_count(void)
{
    static const struct {
        size_t n, size, overlap, want;
    } cases[] = {
        {0, 4, 0, 1},  {4, 4, 0, 1},  {5, 4, 0, 2}, {8, 4, 0, 2}, {9, 4, 0, 3},
        {10, 4, 2, 4}, {11, 4, 2, 5}, {5, 4, 3, 2}, {7, 4, 3, 4}, {3, 4, 4, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        EQUAL_SIZE(
            berth_window_count(cases[i].n, cases[i].size, cases[i].overlap),
            cases[i].want, "%zu tokens in windows of %zu that share %zu",
            cases[i].n, cases[i].size, cases[i].overlap);
}

static void equal_range(struct berth_range got, size_t begin, size_t end,
                        const char *title)
{
    EQUAL_SIZE(got.begin, begin, "%s: begin", title);
    EQUAL_SIZE(got.end, end, "%s: end", title);
}

static void test_part(void)
{
    equal_range(berth_window_part(3, 4, 1, false, 0), 0, 3,
                "what fits is one window");
    equal_range(berth_window_part(3, 4, 1, true, 0), 0, 3,
                "what fits is one window from the right, too");
    equal_range(berth_window_part(11, 4, 1, false, 0), 0, 4,
                "window 0 of 11 tokens from the left");
    equal_range(berth_window_part(11, 4, 1, false, 2), 6, 10,
                "window 2 of 11 tokens from the left");
    equal_range(berth_window_part(11, 4, 1, false, 3), 9, 11,
                "the last window of 11 tokens is short");
    equal_range(berth_window_part(11, 4, 1, true, 0), 7, 11,
                "window 0 of 11 tokens from the right");
    equal_range(berth_window_part(11, 4, 1, true, 3), 0, 2,
                "the last window from the right holds the first tokens");
}

static void test_centre(void)
{
    equal_range(berth_window_centre(4, 5, 3), 0, 4, "all fits around token 3");
    equal_range(berth_window_centre(20, 5, 10), 8, 13,
                "token 10 in the middle of five");
    equal_range(berth_window_centre(20, 4, 10), 8, 12,
                "token 10 right of the middle of four");
    equal_range(berth_window_centre(20, 5, 1), 0, 5, "token 1: no left side");
    equal_range(berth_window_centre(20, 5, 19), 15, 20,
                "token 19: no right side");
}

int main(void)
{
    test_fit();
    test_refused();
    test_count();
    test_part();
    test_centre();
    return tap_done();
}
