/*
 * bm25.h - how well lines match a query by its words, when all lines are known:
 * of each line only its length and the words of queries in it are kept.
 *
 *     sum over the words w of the query of
 *         log(1 + (N - n(w) + .5) / (n(w) + .5))
 *         * f(w) (k1 + 1) / (f(w) + k1 (1 - b + b length / average length))
 *
 * with f(w) occurrences of w in the line, n(w) of the N lines with w, k1 = 1.2
 * and b = .75. A word that the query has twice counts twice.
 *
 * Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25
 * and Beyond, 2009; the logarithm is that of Lucene, which is never negative.
 */
#ifndef CLI_MEANING_BM25_H
#define CLI_MEANING_BM25_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bm25_word;

/* Start with {0}. */
struct bm25 {
    void *tree;               /* of words: tsearch() */
    struct bm25_word **words; /* (n_words) of all queries, owned */
    size_t n_words, words_room;
    uint32_t *lengths; /* (n_lines) words of each line */
    size_t n_lines, lines_room;
};

/* bm25_want - a word of a query; before the first line. NULL: memory is out. */
const struct bm25_word *bm25_want(struct bm25 *b, const char *word,
                                  size_t size);

/* bm25_line - a line begins; bm25_see - it has this word. False when memory is
 * out. */
bool bm25_line(struct bm25 *b);
bool bm25_see(struct bm25 *b, const char *word, size_t size);

/* bm25_cut - only the first n lines were. */
void bm25_cut(struct bm25 *b, size_t n);

/* bm25_scores - of all lines (n_lines) for a query of n words; 0: it has none
 * of them. */
void bm25_scores(const struct bm25 *b, const struct bm25_word *const *query,
                 size_t n, double *scores);

void bm25_free(struct bm25 *b);

#endif
