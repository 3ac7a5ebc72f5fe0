/*
 * test_bm25.c - scores by hand, and lines that are taken back.
 */
#include "cli/meaning/bm25.h"

#include "tests/tap.h"

#include <math.h>
#include <string.h>

enum {
    MOST = 8 /* lines */
};

/* Words parted by blanks. */
static void add_line(struct bm25 *b, const char *line)
{
    bm25_line(b);
    for (const char *p = line; *p != '\0';) {
        size_t n = strcspn(p, " ");

        bm25_see(b, p, n);
        p += n + (p[n] == ' ');
    }
}

static double part(double n_lines, double with, double f, double length)
{
    return log(1 + (n_lines - with + 0.5) / (with + 0.5)) * f * 2.2 /
           (f + 1.2 * (0.25 + 0.75 * length));
}

static void near(double found, double expected, const char *what)
{
    CHECK(fabs(found - expected) < 1e-12, "%s: %g, expected %g", what, found,
          expected);
}

static void test_scores(void)
{
    struct bm25 b = {0};
    const struct bm25_word *query[3];
    double scores[MOST];

    query[0] = bm25_want(&b, "full", 4);
    query[1] = bm25_want(&b, "disk", 4);
    query[2] = bm25_want(&b, "full", 4);
    CHECK(query[0] == query[2], "a word is one word");
    add_line(&b, "a full full disk");
    add_line(&b, "ful fulll");
    add_line(&b, "");
    add_line(&b, "the disk");
    EQUAL_SIZE(b.n_lines, 4, "lines");
    bm25_scores(&b, query, 3, scores);
    near(scores[0], 2 * part(4, 1, 2, 4 / 2.0) + part(4, 2, 1, 4 / 2.0),
         "two words, one of them twice and asked for twice");
    near(scores[1], 0, "words that only begin so");
    near(scores[2], 0, "no words");
    near(scores[3], part(4, 2, 1, 2 / 2.0), "one word");
    bm25_scores(&b, query, 0, scores);
    near(scores[0], 0, "nothing is asked for");
    bm25_free(&b);
}

static void test_cut(void)
{
    struct bm25 b = {0};
    const struct bm25_word *disk = bm25_want(&b, "disk", 4);
    double want[MOST], scores[MOST];

    add_line(&b, "a disk");
    bm25_scores(&b, &disk, 1, want);
    add_line(&b, "disk disk disk");
    add_line(&b, "no");
    bm25_cut(&b, 1);
    bm25_scores(&b, &disk, 1, scores);
    near(scores[0], want[0], "lines that were taken back do not count");
    add_line(&b, "one disk");
    bm25_scores(&b, &disk, 1, scores);
    near(scores[1], part(2, 2, 1, 1), "nor do they for lines after them");
    bm25_cut(&b, 0);
    EQUAL_SIZE(b.n_lines, 0, "no line is left");
    bm25_scores(&b, &disk, 1, scores);
    bm25_free(&b);
}

int main(void)
{
    test_scores();
    test_cut();
    return tap_done();
}
