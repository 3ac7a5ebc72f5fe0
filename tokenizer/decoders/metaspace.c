/*
 * metaspace.c - _new, _york is "new york".
 */
#include "tokenizer/decoders/metaspace.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct decoder {
    bool prefixed;
    size_t n; /* bytes of the mark */
    char mark[];
};

static bool add(const void *self, const char *token, size_t n,
                struct berth_token_place place, struct berth_string *text)
{
    const struct decoder *d = self;
    size_t blank = place.first && d->prefixed ? 0 : 1;

    while (n > 0) {
        const char *mark = memmem(token, n, d->mark, d->n);
        size_t before = mark != NULL ? (size_t)(mark - token) : n;
        size_t taken = mark != NULL ? before + d->n : n;

        if (!berth_string_add(text, token, before) ||
            (mark != NULL && !berth_string_add(text, " ", blank)))
            return false;
        token += taken;
        n -= taken;
    }
    return true;
}

bool berth_metaspace_decoder(const char *mark, bool prefixed,
                             struct berth_decoder *out)
{
    size_t n = strlen(mark);
    struct decoder *d = malloc(sizeof(*d) + n + 1);

    if (d == NULL)
        return false;
    d->prefixed = prefixed;
    d->n = n;
    memcpy(d->mark, mark, n + 1);
    *out = (struct berth_decoder){.add = add, .free = free, .self = d};
    return true;
}
