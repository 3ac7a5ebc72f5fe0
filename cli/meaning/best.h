/*
 * best.h - the k best of many lines, best first.
 */
#ifndef CLI_MEANING_BEST_H
#define CLI_MEANING_BEST_H

#include "cli/meaning/hits.h"

/* A line that is kept; of equal scores the one with the lower order first. */
struct best_line {
    struct hit hit; /* its text is owned */
    size_t order;
};

/* Start with {.k = ...}. */
struct best {
    size_t k;
    size_t n;
    size_t room;
    struct best_line *lines; /* (n) best first */
    bool failed;             /* memory was out */
};

/* best_admits - whether such a line would be kept. */
bool best_admits(const struct best *best, float score, size_t order);

/* best_add - keeps a copy of hit, where it is admitted. */
void best_add(struct best *best, const struct hit *hit, size_t order);

void best_free(struct best *best);

#endif
