/*
 * best.c - a heap whose first text is the worst: it is the one that a better
 * text takes the place of.
 */
#include "cli/base/best.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"

static bool is_better(const struct best_text *a, const struct best_text *b)
{
    return a->score > b->score || (a->score == b->score && a->order < b->order);
}

static void swap(struct best_text *a, struct best_text *b)
{
    const struct best_text kept = *a;

    *a = *b;
    *b = kept;
}

/* The last one moves up to where it belongs. */
static void rise(struct best *best)
{
    struct best_text *t = best->texts;

    for (size_t i = best->n - 1; i > 0 && is_better(&t[(i - 1) / 2], &t[i]);
         i = (i - 1) / 2)
        swap(&t[i], &t[(i - 1) / 2]);
}

/* The first one moves down, below all that are worse. */
static void sink(struct best *best)
{
    struct best_text *t = best->texts;

    for (size_t i = 0, worst = 0;; i = worst) {
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < best->n;
             child++)
            if (is_better(&t[worst], &t[child]))
                worst = child;
        if (worst == i)
            return;
        swap(&t[i], &t[worst]);
    }
}

bool best_admits(const struct best *best, float score, size_t order)
{
    const struct best_text text = {.score = score, .order = order};

    return best->k > 0 &&
           (best->n < best->k || is_better(&text, &best->texts[0]));
}

static char *copy_of(const struct best_text *text)
{
    char *copy = malloc(text->size + 1);

    if (copy != NULL && text->size > 0)
        memcpy(copy, text->text, text->size);
    return copy;
}

/* A new one at the end, or in place of the worst. */
void best_add(struct best *best, const struct best_text *text)
{
    const bool full = best->n == best->k;
    struct best_text new = *text;

    if (!best_admits(best, text->score, text->order))
        return;
    struct best_text *texts =
        full ? best->texts
             : array_room(best->texts, best->n, &best->room, sizeof(*texts));

    if (texts != NULL)
        best->texts = texts;
    if (texts == NULL || (new.text = copy_of(text)) == NULL) {
        best->failed = true;
        return;
    }
    if (full) {
        free(texts[0].text);
        texts[0] = new;
        sink(best);
    } else {
        texts[best->n++] = new;
        rise(best);
    }
}

static int best_first(const void *a, const void *b)
{
    return is_better(a, b) ? -1 : is_better(b, a);
}

void best_sort(struct best *best)
{
    if (best->n > 0)
        qsort(best->texts, best->n, sizeof(*best->texts), best_first);
}

void best_sort_again(struct best *best, size_t k)
{
    for (size_t i = 0; i < best->n; i++)
        best->texts[i].score = best->texts[i].again;
    best_sort(best);
    while (best->n > k)
        free(best->texts[--best->n].text);
}

void best_free(struct best *best)
{
    for (size_t i = 0; i < best->n; i++)
        free(best->texts[i].text);
    free(best->texts);
    *best = (struct best){0};
}
