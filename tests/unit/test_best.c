/*
 * test_best.c - the k best texts, against sorting them all.
 */
#include "cli/base/best.h"

#include "tests/tap.h"

enum {
    N = 200
};

/* Scores that come again: 0 to 16. */
static float score_of(size_t i)
{
    return (float)(i * 7919 % 17);
}

static void add(struct best *best, size_t i)
{
    char text[32];
    const size_t size =
        (size_t)snprintf(text, sizeof(text), "line %zu of all", i);

    best_add(best, &(struct best_text){.score = score_of(i),
                                       .again = -(float)i,
                                       .order = i,
                                       .text = text,
                                       .size = size});
    memset(text, 'x', sizeof(text)); /* what was kept is a copy */
}

/* How many of the N lines come before line i. */
static size_t rank_of(size_t i)
{
    size_t rank = 0;

    for (size_t j = 0; j < N; j++)
        rank +=
            score_of(j) > score_of(i) || (score_of(j) == score_of(i) && j < i);
    return rank;
}

/* Lines come in another order than their own: 0, 63, 126, ... */
static void test_best(size_t k)
{
    struct best best = {.k = k};
    const size_t want = k < N ? k : N;
    size_t wrong = 0, wrong_text = 0;

    for (size_t i = 0; i < N; i++)
        add(&best, i * 63 % N);
    EQUAL_SIZE(best.n, want, "%zu best: lines that were kept", k);
    best_sort(&best);
    for (size_t i = 0; i < best.n; i++) {
        const struct best_text *kept = &best.texts[i];
        char text[32];
        const int n =
            snprintf(text, sizeof(text), "line %zu of all", kept->order);

        wrong += rank_of(kept->order) != i;
        wrong_text += kept->size != (size_t)n ||
                      memcmp(kept->text, text, kept->size) != 0;
    }
    EQUAL_SIZE(wrong, 0, "%zu best: lines that stand elsewhere when sorted", k);
    EQUAL_SIZE(wrong_text, 0, "%zu best: texts of other lines", k);
    EQUAL_INT(best.failed, false, "%zu best: failed", k);
    best_free(&best);
    CHECK(best.texts == NULL, "%zu best: nothing is left after free", k);
}

/* Of the 20 best, the 3 that came first. */
static void test_again(void)
{
    struct best best = {.k = 20};
    size_t first[3], n = 0;

    for (size_t i = 0; i < N; i++)
        add(&best, i);
    for (size_t i = 0; i < N && n < 3; i++)
        if (rank_of(i) < best.k)
            first[n++] = i;
    best_sort_again(&best, 3);
    EQUAL_SIZE(best.n, 3, "texts that stay");
    for (size_t i = 0; i < best.n; i++)
        EQUAL_SIZE(best.texts[i].order, first[i], "text %zu by its other score",
                   i);
    best_sort_again(&best, 5);
    EQUAL_SIZE(best.n, 3, "texts where there are fewer");
    best_free(&best);
}

static void test_admits(void)
{
    struct best best = {.k = 2}, none = {.k = 0};

    EQUAL_INT(best_admits(&none, 9, 0), false, "none is admitted where k is 0");
    EQUAL_INT(best_admits(&best, -9, 0), true, "any is while there is room");
    best_add(&best, &(struct best_text){.score = 5, .order = 10});
    best_add(&best, &(struct best_text){.score = 3, .order = 20});
    EQUAL_INT(best_admits(&best, 2.5f, 1), false, "a lower score");
    EQUAL_INT(best_admits(&best, 3.5f, 30), true, "a higher score");
    EQUAL_INT(best_admits(&best, 3, 21), false, "an equal score, later");
    EQUAL_INT(best_admits(&best, 3, 19), true, "an equal score, earlier");
    EQUAL_INT(best_admits(&best, NAN, 0), false, "no number");
    best_free(&best);
}

int main(void)
{
    static const size_t sizes[] = {0, 1, 2, 16, 17, 100, N, N + 1, SIZE_MAX};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        test_best(sizes[i]);
    test_again();
    test_admits();
    return tap_done();
}
