/*
 * decode.c - ids back to text.
 */
#include "tokenizer/spelling.h"

#include "lib/status.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Without a decoder tokens are joined with blanks. */
static bool add_token(const struct berth_decoder *decoder, const char *token,
                      size_t n, struct berth_token_place place,
                      struct berth_string *text)
{
    if (decoder->add != NULL)
        return decoder->add(decoder->self, token, n, place, text);
    return (place.first || berth_string_add(text, " ", 1)) &&
           berth_string_add(text, token, n);
}

/* What is not UTF-8 becomes U+FFFD, in a text of its own. */
static bool make_utf8(struct berth_string *text)
{
    const unsigned char *s = (const unsigned char *)text->bytes;
    struct berth_string out = {0};
    bool ok;

    if (berth_utf8_error(s, text->n) == text->n)
        return true;
    ok = berth_string_add(&out, "", 0);
    for (size_t at = 0; ok && at < text->n;) {
        char c[BERTH_UTF8_MAX];
        uint32_t cp;

        at += berth_utf8_decode(s + at, text->n - at, &cp);
        ok = berth_string_add(&out, c, berth_utf8_encode(cp, c));
    }
    free(text->bytes);
    *text = out;
    return ok;
}

/* What is left of ids: those that have a token, special ones only if they are
 * wanted. */
struct decoding {
    const struct berth_tokenizer *tokenizer;
    const int32_t *ids;
    size_t n;
    bool skip_special;
};

/* The token of ids[i]; NULL: it is left out. */
static const char *token_at(const struct decoding *d, size_t i, size_t *n)
{
    bool special;
    const char *token = berth_spelling(d->tokenizer, d->ids[i], n, &special);

    return d->skip_special && special ? NULL : token;
}

static bool add_tokens(const struct decoding *d, struct berth_string *text)
{
    size_t n_token, last = 0;
    bool ok = berth_string_add(text, "", 0);
    bool first = true;

    for (size_t i = 0; i < d->n; i++) {
        if (token_at(d, i, &n_token) != NULL)
            last = i;
    }
    for (size_t i = 0; ok && i < d->n; i++) {
        const char *token = token_at(d, i, &n_token);

        if (token == NULL)
            continue;
        ok = add_token(&d->tokenizer->decoder, token, n_token,
                       (struct berth_token_place){first, i == last}, text);
        first = false;
    }
    return ok && (!d->tokenizer->decoder.bytes || make_utf8(text));
}

enum berth_status
berth_tokenizer_decode(const struct berth_tokenizer *tokenizer, size_t n_ids,
                       const int32_t *ids, size_t n, bool skip_special,
                       char **out, size_t *out_len, struct berth_error *err)
{
    const struct decoding d = {tokenizer, ids, n, skip_special};
    size_t n_known = tokenizer->facts.n_tokens;
    size_t limit = n_ids > n_known ? n_ids : n_known;
    struct berth_string text = {0};

    for (size_t i = 0; i < n; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= limit)
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "id: expected 0 to %zu, found %d", limit - 1,
                              (int)ids[i]);
    }
    if (!add_tokens(&d, &text)) {
        free(text.bytes);
        return berth_fail(err, BERTH_ERR_MEMORY, "text: out of memory");
    }
    *out = text.bytes;
    *out_len = text.n;
    return BERTH_OK;
}
