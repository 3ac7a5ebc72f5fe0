/*
 * nearest.c - the distance of Damerau and Levenshtein, where no letter is
 * changed twice.
 */
#include "cli/base/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    SHORTEST_BEGINNING = 3 /* bytes: fewer begin too many names */
};

static unsigned char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a')
                                : (unsigned char)c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool starts_with(const char *s, size_t size, const char *begin,
                        size_t n_begin)
{
    size_t i = 0;

    while (i < n_begin && i < size && lower(s[i]) == lower(begin[i]))
        i++;
    return i == n_begin && n_begin >= SHORTEST_BEGINNING;
}

/* Of two names that are not too long. rows[i % 3][j] is the distance of the
 * first i letters of a from the first j of b: a swap looks two rows back. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t rows[3][NEAREST_LONGEST + 1];

    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);

            row[j] = least(least(row[j - 1], above[j]) + 1,
                           above[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[n_a % 3][n_b];
}

struct nearest nearest_of(const char *word)
{
    return (struct nearest){.word = word, .size = strlen(word)};
}

/* As many as there is room for, and "..." for the others. */
static void list_name(struct nearest *n, const char *name, size_t size)
{
    static const char more[] = ", ...";
    const char *comma = n->n_list > 0 ? ", " : "";
    char *at = n->list + n->n_list;

    if (n->n_list == NEAREST_LIST)
        return;
    if (n->n_list + strlen(comma) + size + sizeof(more) > NEAREST_LIST) {
        snprintf(at, sizeof(more), "%s...", comma);
        n->n_list = NEAREST_LIST;
        return;
    }
    snprintf(at, NEAREST_LIST - n->n_list, "%s%.*s", comma, (int)size, name);
    n->n_list += strlen(at);
}

void nearest_try(struct nearest *n, const char *name, size_t size)
{
    list_name(n, name, size);
    if (n->size > NEAREST_LONGEST || size > NEAREST_LONGEST)
        return;
    const size_t most = (size > n->size ? size : n->size) / 3;
    size_t far = distance(n->word, n->size, name, size);

    if (far > most && (starts_with(name, size, n->word, n->size) ||
                       starts_with(n->word, n->size, name, size)))
        far += NEAREST_LONGEST; /* behind all that are near */
    else if (far > most)
        return;
    if (n->name[0] != '\0' && far >= n->distance)
        return;
    snprintf(n->name, sizeof(n->name), "%.*s", (int)size, name);
    n->distance = far;
}

const char *nearest_phrase(struct nearest *n)
{
    n->phrase[0] = '\0';
    if (n->name[0] != '\0')
        snprintf(n->phrase, sizeof(n->phrase), "; the nearest is '%s'",
                 n->name);
    return n->phrase;
}
