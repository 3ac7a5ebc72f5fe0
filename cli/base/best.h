/*
 * best.h - the k best of many texts, in memory that does not grow with the
 * rest.
 */
#ifndef CLI_BASE_BEST_H
#define CLI_BASE_BEST_H

#include <stdbool.h>
#include <stddef.h>

/* A text that is kept; of equal scores the one with the lower order is better.
 */
struct best_text {
    float score; /* a number */
    float again; /* of best_sort_again() */
    size_t order;
    char *text; /* (size) owned */
    size_t size;
};

/* Start with {.k = ...}. */
struct best {
    size_t k; /* SIZE_MAX: all */
    size_t n;
    size_t room;
    struct best_text *texts; /* (n) a heap, the worst first, until sorted */
    bool failed;             /* memory was out */
};

/* best_admits - whether such a text would be kept. */
bool best_admits(const struct best *best, float score, size_t order);

/* best_add - keeps a copy of it, where it is admitted. */
void best_add(struct best *best, const struct best_text *text);

/* best_sort - the best first; nothing is added after that. */
void best_sort(struct best *best);

/* best_sort_again - the same by their other score, and only the first k stay.
 */
void best_sort_again(struct best *best, size_t k);

void best_free(struct best *best);

#endif
