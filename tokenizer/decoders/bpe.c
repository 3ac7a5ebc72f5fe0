/*
 * bpe.c - low, er</w>, now</w> is "lower now".
 */
#include "tokenizer/decoders/bpe.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct decoder {
    size_t n; /* bytes of the suffix */
    char suffix[];
};

static bool add(const void *self, const char *token, size_t n,
                struct berth_token_place place, struct berth_string *text)
{
    const struct decoder *d = self;

    while (n > 0) {
        const char *mark = memmem(token, n, d->suffix, d->n);
        size_t before = mark != NULL ? (size_t)(mark - token) : n;
        size_t taken = mark != NULL ? before + d->n : n;

        if (!berth_string_add(text, token, before) ||
            (mark != NULL && !berth_string_add(text, " ", !place.last)))
            return false;
        token += taken;
        n -= taken;
    }
    return true;
}

bool berth_bpe_decoder(const char *suffix, struct berth_decoder *out)
{
    size_t n = strlen(suffix);
    struct decoder *d = malloc(sizeof(*d) + n + 1);

    if (d == NULL)
        return false;
    d->n = n;
    memcpy(d->suffix, suffix, n + 1);
    *out = (struct berth_decoder){.add = add, .free = free, .self = d};
    return true;
}
