/*
 * decode.c - ids back to text.
 */
#include "tokenizer/spelling.h"

#include "lib/status.h"

#include <stdlib.h>

/* Without a decoder tokens are joined with blanks. */
static bool add_token(const struct berth_decoder *decoder, const char *token,
                      size_t n, bool first, struct berth_string *text)
{
    if (decoder->add != NULL)
        return decoder->add(decoder->self, token, n, first, text);
    return (first || berth_string_add(text, " ", 1)) &&
           berth_string_add(text, token, n);
}

enum berth_status
berth_tokenizer_decode(const struct berth_tokenizer *tokenizer, size_t n_ids,
                       const int32_t *ids, size_t n, bool skip_special,
                       char **out, size_t *out_len, struct berth_error *err)
{
    size_t n_known = tokenizer->facts.n_tokens;
    size_t limit = n_ids > n_known ? n_ids : n_known;
    struct berth_string text = {0};
    bool ok = berth_string_add(&text, "", 0);
    bool first = true;

    for (size_t i = 0; ok && i < n; i++) {
        const char *token;
        size_t n_token = 0;
        bool special;

        if (ids[i] < 0 || (size_t)ids[i] >= limit) {
            free(text.bytes);
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "id: expected 0 to %zu, found %d", limit - 1,
                              (int)ids[i]);
        }
        token = berth_spelling(tokenizer, ids[i], &n_token, &special);
        if (token == NULL || (skip_special && special))
            continue;
        ok = add_token(&tokenizer->decoder, token, n_token, first, &text);
        first = false;
    }
    if (!ok) {
        free(text.bytes);
        return berth_fail(err, BERTH_ERR_MEMORY, "text: out of memory");
    }
    *out = text.bytes;
    *out_len = text.n;
    return BERTH_OK;
}
