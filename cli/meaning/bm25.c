/*
 * bm25.c - an inverted index of the words of queries.
 */
#include "cli/meaning/bm25.h"

#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"

static const double k1 = 1.2, b_ = 0.75;

/* A line with a word, and how often it is there. */
struct posting {
    uint32_t line;
    uint32_t count;
};

struct bm25_word {
    const char *text; /* (size) behind the struct, or borrowed for a look-up */
    size_t size;
    struct posting *postings; /* (n) in the order of lines */
    size_t n, room;
};

static int compare(const void *a, const void *b)
{
    const struct bm25_word *x = a, *y = b;

    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return memcmp(x->text, y->text, x->size);
}

static struct bm25_word *find(const struct bm25 *b, const char *text,
                              size_t size)
{
    const struct bm25_word key = {.text = text, .size = size};
    void *found = tfind(&key, &b->tree, compare);

    return found != NULL ? *(struct bm25_word **)found : NULL;
}

const struct bm25_word *bm25_want(struct bm25 *b, const char *word, size_t size)
{
    struct bm25_word *w = find(b, word, size);

    if (w != NULL)
        return w;
    struct bm25_word **words = array_room((void *)b->words, b->n_words,
                                          &b->words_room, sizeof(*words));

    if (words == NULL)
        return NULL;
    b->words = words;
    w = calloc(1, sizeof(*w) + size);
    if (w == NULL)
        return NULL;
    memcpy(w + 1, word, size);
    w->text = (const char *)(w + 1);
    w->size = size;
    if (tsearch(w, &b->tree, compare) == NULL) {
        free(w);
        return NULL;
    }
    b->words[b->n_words++] = w;
    return w;
}

bool bm25_line(struct bm25 *b)
{
    uint32_t *lengths =
        array_room(b->lengths, b->n_lines, &b->lines_room, sizeof(*lengths));

    if (lengths == NULL || b->n_lines == UINT32_MAX)
        return false;
    b->lengths = lengths;
    b->lengths[b->n_lines++] = 0;
    return true;
}

bool bm25_see(struct bm25 *b, const char *word, size_t size)
{
    struct bm25_word *w = find(b, word, size);
    const uint32_t line = (uint32_t)(b->n_lines - 1);

    b->lengths[line]++;
    if (w == NULL)
        return true;
    if (w->n > 0 && w->postings[w->n - 1].line == line) {
        w->postings[w->n - 1].count++;
        return true;
    }
    struct posting *postings =
        array_room(w->postings, w->n, &w->room, sizeof(*postings));

    if (postings == NULL)
        return false;
    w->postings = postings;
    postings[w->n++] = (struct posting){line, 1};
    return true;
}

void bm25_cut(struct bm25 *b, size_t n)
{
    for (size_t i = 0; i < b->n_words; i++) {
        struct bm25_word *w = b->words[i];

        while (w->n > 0 && w->postings[w->n - 1].line >= n)
            w->n--;
    }
    b->n_lines = n;
}

void bm25_scores(const struct bm25 *b, const struct bm25_word *const *query,
                 size_t n, double *scores)
{
    const double n_lines = (double)b->n_lines;
    double total = 0;

    for (size_t i = 0; i < b->n_lines; i++) {
        scores[i] = 0;
        total += b->lengths[i];
    }
    for (size_t i = 0; i < n; i++) {
        const struct bm25_word *w = query[i];
        const double with = (double)w->n;
        const double idf = log(1 + (n_lines - with + 0.5) / (with + 0.5));

        for (const struct posting *p = w->postings; p < w->postings + w->n;
             p++) {
            const double f = p->count;
            const double length = b->lengths[p->line] / (total / n_lines);

            scores[p->line] +=
                idf * f * (k1 + 1) / (f + k1 * (1 - b_ + b_ * length));
        }
    }
}

void bm25_free(struct bm25 *b)
{
    for (size_t i = 0; i < b->n_words; i++) {
        tdelete(b->words[i], &b->tree, compare);
        free(b->words[i]->postings);
        free(b->words[i]);
    }
    free((void *)b->words);
    free(b->lengths);
}
