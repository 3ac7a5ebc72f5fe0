/*
 * decode.c - ids back to text.
 */
#include "tokenizer/spelling.h"

#include "lib/status.h"
#include "tokenizer/decoders/clean_up.h"

#include <stdlib.h>

/* Special by what is written: a special token that normalising has changed is
 * none, in the reference. */
static bool is_special(const struct berth_added *added, const char *token,
                       size_t n)
{
    const struct berth_added_token *found =
        berth_added_by_content(added, token, n);

    return found != NULL && found->special;
}

/* The tokens of ids, without special ones if they are to be skipped. */
static bool gather(const struct berth_tokenizer *tokenizer, const int32_t *ids,
                   size_t n, bool skip_special, struct berth_pieces *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t n_token = 0;
        bool special;
        const char *token =
            berth_spelling(tokenizer, ids[i], &n_token, &special);

        if (token == NULL ||
            (skip_special && is_special(&tokenizer->added, token, n_token)))
            continue;
        if (!berth_pieces_add(out, token, n_token))
            return false;
    }
    return true;
}

/* Without a decoder tokens are joined with blanks. */
static bool join(const struct berth_pieces *tokens, struct berth_pieces *text)
{
    for (size_t i = 0; i < tokens->n; i++) {
        struct berth_span token = berth_piece(tokens, i);

        if ((i > 0 && !berth_string_add(&text->text, " ", 1)) ||
            !berth_pieces_add(text, tokens->text.bytes + token.begin,
                              token.end - token.begin))
            return false;
    }
    return true;
}

static bool decode(const struct berth_tokenizer *tokenizer,
                   const struct berth_pieces *tokens, struct berth_pieces *text)
{
    const struct berth_decoder *decoder = &tokenizer->decoder;
    bool ok = tokens->n == 0; /* then there is nothing to ask a decoder */

    if (!ok)
        ok = decoder->run != NULL ? decoder->run(decoder->self, tokens, text)
                                  : join(tokens, text);
    return ok && berth_string_add(&text->text, "", 0);
}

/* Ends a call: the text becomes the caller's, or memory was out. */
static enum berth_status hand_over(bool ok, struct berth_pieces *tokens,
                                   struct berth_pieces *text, char **out,
                                   size_t *out_len, struct berth_error *err)
{
    if (ok) {
        *out = text->text.bytes;
        *out_len = text->text.n;
        text->text.bytes = NULL;
    }
    berth_pieces_free(tokens);
    berth_pieces_free(text);
    return ok ? BERTH_OK
              : berth_fail(err, BERTH_ERR_MEMORY, "text: out of memory");
}

enum berth_status
berth_tokenizer_decode(const struct berth_tokenizer *tokenizer, size_t n_ids,
                       const int32_t *ids, size_t n, bool skip_special,
                       char **out, size_t *out_len, struct berth_error *err)
{
    size_t n_known = tokenizer->facts.n_tokens;
    size_t limit = n_ids > n_known ? n_ids : n_known;
    struct berth_pieces tokens = {.n = 0}, text = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= limit)
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "id: expected 0 to %zu, found %d", limit - 1,
                              (int)ids[i]);
    }
    bool ok = gather(tokenizer, ids, n, skip_special, &tokens) &&
              decode(tokenizer, &tokens, &text);

    if (ok && tokenizer->cleans_up)
        berth_clean_up_text(&text.text, 0);
    return hand_over(ok, &tokens, &text, out, out_len, err);
}

enum berth_status berth_tokenizer_join(const struct berth_tokenizer *tokenizer,
                                       const char *const *tokens,
                                       const size_t *sizes, size_t n,
                                       char **out, size_t *out_len,
                                       struct berth_error *err)
{
    struct berth_pieces pieces = {.n = 0}, text = {.n = 0};
    bool ok = true;

    for (size_t i = 0; i < n && ok; i++)
        ok = berth_pieces_add(&pieces, tokens[i], sizes[i]);
    ok = ok && decode(tokenizer, &pieces, &text);
    return hand_over(ok, &pieces, &text, out, out_len, err);
}
