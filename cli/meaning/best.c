/*
 * best.c - a sorted list of k lines: k is small, and few lines enter late.
 */
#include "cli/meaning/best.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"
#include "cli/base/top.h"

static bool is_before(const void *a, const void *b, const void *arg)
{
    const struct best_line *x = a;
    const struct best_line *y = b;

    (void)arg;
    return x->hit.score > y->hit.score ||
           (x->hit.score == y->hit.score && x->order < y->order);
}

bool best_admits(const struct best *best, float score, size_t order)
{
    const struct best_line line = {.hit.score = score, .order = order};

    return best->k > 0 && (best->n < best->k ||
                           is_before(&line, &best->lines[best->n - 1], NULL));
}

void best_add(struct best *best, const struct hit *hit, size_t order)
{
    if (!best_admits(best, hit->score, order))
        return;
    char *text = malloc(hit->size + 1);

    if (best->n == best->k)
        free((void *)(uintptr_t)best->lines[--best->n].hit.text);
    struct best_line *lines =
        array_room(best->lines, best->n, &best->room, sizeof(*lines));

    if (lines != NULL)
        best->lines = lines;
    if (text == NULL || lines == NULL) {
        free(text);
        best->failed = true;
        return;
    }
    memcpy(text, hit->text, hit->size);
    struct best_line line = {*hit, order};

    line.hit.text = text;
    best->n = top_insert(best->lines, best->n, best->k, &line, sizeof(line),
                         is_before, NULL);
}

void best_free(struct best *best)
{
    for (size_t i = 0; i < best->n; i++)
        free((void *)(uintptr_t)best->lines[i].hit.text);
    free(best->lines);
    *best = (struct best){0};
}
