/*
 * mask_meant.c - finds what other programs and people write for a mask.
 */
#include "cli/predict/mask_meant.h"

#include <string.h>
#include <strings.h>

static const char opening[] = "[<{(";
static const char closing[] = "]>})";

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* The end of the bracket that begins at p; NULL: no mask is in it. */
static const char *bracket_end(const char *p, const char *end)
{
    static const char *const words[] = {"mask", "blank"};
    const char *bracket = *p != '\0' ? strchr(opening, *p) : NULL;

    if (bracket == NULL)
        return NULL;
    p = skip_blanks(p + 1, end);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        const size_t n = strlen(words[i]);

        if ((size_t)(end - p) < n || strncasecmp(p, words[i], n) != 0)
            continue;
        const char *last = skip_blanks(p + n, end);

        if (last < end && *last == closing[bracket - opening])
            return last + 1;
    }
    return NULL;
}

const char *mask_meant(const char *text, size_t n, size_t *size)
{
    const char *end = text + n;

    for (const char *p = text; p < end; p++) {
        const char *last = bracket_end(p, end);

        if (last == NULL && *p == '_') {
            for (last = p; last < end && *last == '_';)
                last++;
            if (last - p < 2)
                last = NULL;
        }
        if (last == NULL)
            continue;
        *size = (size_t)(last - p);
        return p;
    }
    return NULL;
}
