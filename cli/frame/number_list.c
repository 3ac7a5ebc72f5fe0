/*
 * number_list.c - lists of numbers: "0,2-3,-1".
 */
#include "cli/frame/number_list.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"

/* "N", "N-M" or, for the last, "-1" at *p, all below limit; moves *p past it.
 */
static bool parse_range(const char **p, size_t limit, size_t *from, size_t *to)
{
    char *end;

    if (strncmp(*p, "-1", 2) == 0) {
        *from = *to = limit - 1;
        *p += 2;
        return true;
    }
    if (**p < '0' || **p > '9')
        return false;
    *from = strtoul(*p, &end, 10);
    *to = *from;
    if (*end == '-') {
        const char *second = end + 1;

        if (*second < '0' || *second > '9')
            return false;
        *to = strtoul(second, &end, 10);
    }
    *p = end;
    return *from <= *to && *to < limit;
}

/* Marks each number of the list in chosen (limit). */
static bool parse_list(const char *text, size_t limit, bool *chosen)
{
    size_t from, to;

    for (const char *p = text;; p++) {
        if (!parse_range(&p, limit, &from, &to))
            return false;
        for (size_t i = from; i <= to; i++)
            chosen[i] = true;
        if (*p == '\0')
            return true;
        if (*p != ',')
            return false;
    }
}

bool number_list_parse(const char *option, const char *text, size_t limit,
                       struct number_list *list)
{
    bool *chosen = calloc(limit + 1, sizeof(*chosen));
    bool ok = chosen != NULL;

    list->items = calloc(limit + 1, sizeof(*list->items));
    if (!ok || list->items == NULL) {
        message_error("out of memory");
        free(chosen);
        return false;
    }
    if (text != NULL && !parse_list(text, limit, chosen)) {
        message_usage("--%s: '%s' is no list of numbers from 0 to %zu", option,
                      text, limit - 1);
        ok = false;
    }
    for (size_t i = 0; i < limit; i++)
        if (text == NULL || chosen[i])
            list->items[list->n++] = i;
    free(chosen);
    return ok;
}
