/*
 * tag_tokens.c - the tokens of a text out of its windows, and which of them go
 * on a word.
 */
#include "cli/labels/tag.h"

#include <string.h>

#include "cli/base/utf8.h"
#include "cli/labels/logits.h"

static size_t count_characters(const char *s, size_t size)
{
    size_t n = 0;
    bool bad;

    for (size_t at = 0; at < size; n++)
        at += utf8_next(s + at, size - at, &bad);
    return n;
}

/*
 * The two rules of gather_pre_entities(). Where the vocabulary marks tokens
 * that go on a word, such a token is longer than its text. Elsewhere a word
 * begins after a blank, or with one, so that "(Paris)," is a single word.
 */
static bool continues(const struct tag *self, const struct field *text,
                      const struct tagged *t)
{
    const char *begin = text->data + t->span.begin;

    if (self->session.facts->marks_subwords)
        return count_characters(t->word, t->size) !=
               count_characters(begin, t->span.end - t->span.begin);
    return t->span.begin > 0 && begin[-1] != ' ' &&
           (t->span.begin == text->size || *begin != ' ');
}

/* A token; i counts all of the item. */
static struct tagged make(const struct tag *self, const struct item *item,
                          size_t i)
{
    const struct field *text = &item->record.text;
    struct tagged t = {.span = item->offsets[i]};
    struct berth_token token;

    if (item->ids[i] == self->session.facts->unk_id) {
        t.word = text->data + t.span.begin;
        t.size = t.span.end - t.span.begin;
        return t;
    }
    berth_token_get(self->session.model, item->ids[i], &token);
    t.word = token.text;
    t.size = token.size;
    t.continues = continues(self, text, &t);
    return t;
}

/* How many tokens are put before a text. */
static size_t count_leading(const struct item *item)
{
    size_t n = 0;

    while (n < item->n_tokens && item->special[n])
        n++;
    return n;
}

bool tag_tokens(const struct tag *self, struct item *item, struct tagged **out,
                size_t *n)
{
    const size_t leading = count_leading(item);
    const bool backward = item_is_backward(item);
    struct tagged *tokens =
        pieces_array(item->pieces, item->n_tokens + 1, sizeof(*tokens));

    if (tokens == NULL)
        return false;
    *out = tokens;
    *n = 0;
    for (size_t k = 0; k < item->n_windows; k++) {
        const size_t w = backward ? item->n_windows - 1 - k : k;
        const struct berth_span own =
            item_owned(item, self->session.tokenize.overlap, w);

        for (size_t i = own.begin; i < own.end; i++) {
            float *scores = (float *)item->results[w] + i * self->n;
            struct tagged t = make(self, item, item->windows[w].start + i);

            logits_softmax(scores, self->n, scores);
            t.scores = scores;
            t.index = leading + *n;
            tokens[(*n)++] = t;
        }
    }
    return true;
}
