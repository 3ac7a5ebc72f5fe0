/*
 * best.c - a sorted list of k lines: k is small, and few lines enter late.
 */
#include "cli/meaning/best.h"

#include <stdlib.h>
#include <string.h>

static bool is_before(float score, size_t order, const struct best_line *b)
{
    return score > b->hit.score || (score == b->hit.score && order < b->order);
}

bool best_admits(const struct best *best, float score, size_t order)
{
    return best->k > 0 && (best->n < best->k ||
                           is_before(score, order, &best->lines[best->n - 1]));
}

static bool make_room(struct best *best)
{
    size_t room = best->room > 0 ? 2 * best->room : 16;

    if (best->n < best->room)
        return true;
    struct best_line *lines = realloc(best->lines, room * sizeof(*lines));

    if (lines == NULL)
        return false;
    best->lines = lines;
    best->room = room;
    return true;
}

void best_add(struct best *best, const struct hit *hit, size_t order)
{
    if (!best_admits(best, hit->score, order))
        return;
    char *text = malloc(hit->size + 1);

    if (best->n == best->k)
        free((void *)(uintptr_t)best->lines[--best->n].hit.text);
    if (text == NULL || !make_room(best)) {
        free(text);
        best->failed = true;
        return;
    }
    memcpy(text, hit->text, hit->size);
    size_t low = 0, high = best->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (is_before(hit->score, order, &best->lines[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    memmove(best->lines + low + 1, best->lines + low,
            (best->n - low) * sizeof(*best->lines));
    best->lines[low] = (struct best_line){*hit, order};
    best->lines[low].hit.text = text;
    best->n++;
}

void best_free(struct best *best)
{
    for (size_t i = 0; i < best->n; i++)
        free((void *)(uintptr_t)best->lines[i].hit.text);
    free(best->lines);
    *best = (struct best){0};
}
