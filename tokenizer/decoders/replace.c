/*
 * replace.c - each mark of a token, from left to right.
 */
#include "tokenizer/decoders/replace.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct decoder {
    struct berth_mark mark; /* in block */
    char block[];
};

static bool replace(const char *token, size_t n, const char *mark,
                    const char *with, struct berth_string *text)
{
    size_t n_mark = strlen(mark), n_with = strlen(with);

    while (n > 0) {
        const char *at = n_mark > 0 ? memmem(token, n, mark, n_mark) : NULL;
        size_t before = at != NULL ? (size_t)(at - token) : n;
        size_t taken = at != NULL ? before + n_mark : n;

        if (!berth_string_add(text, token, before) ||
            (at != NULL && !berth_string_add(text, with, n_with)))
            return false;
        token += taken;
        n -= taken;
    }
    return true;
}

static bool run(const void *self, const struct berth_pieces *tokens,
                struct berth_pieces *text)
{
    const struct berth_mark *mark = &((const struct decoder *)self)->mark;

    for (size_t i = 0; i < tokens->n; i++) {
        struct berth_span token = berth_piece(tokens, i);
        const char *with = i == 0 ? mark->first : mark->other;

        if (i + 1 == tokens->n)
            with = mark->last != NULL ? mark->last : with;
        if (!replace(tokens->text.bytes + token.begin, token.end - token.begin,
                     mark->mark, with, &text->text) ||
            !berth_pieces_end(text))
            return false;
    }
    return true;
}

/* The text at the end of what the block holds. */
static const char *copy(const char *text, char **end)
{
    size_t size = strlen(text) + 1;

    memcpy(*end, text, size);
    *end += size;
    return *end - size;
}

bool berth_replace_decoder(const struct berth_mark *mark,
                           struct berth_decoder *out)
{
    const char *last = mark->last != NULL ? mark->last : "";
    struct decoder *d =
        malloc(sizeof(*d) + strlen(mark->mark) + strlen(mark->first) +
               strlen(mark->other) + strlen(last) + 4);
    char *end;

    if (d == NULL)
        return false;
    end = d->block;
    d->mark.mark = copy(mark->mark, &end);
    d->mark.first = copy(mark->first, &end);
    d->mark.other = copy(mark->other, &end);
    d->mark.last = mark->last != NULL ? copy(last, &end) : NULL;
    *out = (struct berth_decoder){.run = run, .free = free, .self = d};
    return true;
}
