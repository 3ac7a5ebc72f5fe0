/*
 * decode.c - ids back to text, as Hugging Face's WordPiece decoder does.
 *
 * Its clean-up looks at one token at a time, the blank in front of it counted:
 * " ." closes up, but "it ' s" stays.
 */
#include "tokenizer/spelling.h"
#include "tokenizer/tokens.h"

#include "lib/status.h"

#include <stdlib.h>
#include <string.h>

struct text {
    char *bytes;
    size_t n;
    size_t capacity;
};

static bool append(struct text *text, const char *bytes, size_t n)
{
    char *grown = berth_grown(text->bytes, &text->capacity, text->n + n + 1, 1);

    if (grown == NULL)
        return false;
    text->bytes = grown;
    memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = '\0';
    return true;
}

/* Every from in bytes [begin, n) of the text becomes to, which is shorter. */
static void replace(struct text *text, size_t begin, const char *from,
                    const char *to)
{
    size_t n_from = strlen(from), n_to = strlen(to);
    size_t out = begin;

    for (size_t at = begin; at < text->n;) {
        if (text->n - at >= n_from &&
            memcmp(text->bytes + at, from, n_from) == 0) {
            memcpy(text->bytes + out, to, n_to);
            out += n_to;
            at += n_from;
        } else {
            text->bytes[out++] = text->bytes[at++];
        }
    }
    text->n = out;
    text->bytes[out] = '\0';
}

/* Source: cleanup() of tokenizers decoders/wordpiece.rs. */
static void clean_up(struct text *text, size_t begin)
{
    static const char *const rules[][2] = {
        {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
        {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
        {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        replace(text, begin, rules[i][0], rules[i][1]);
}

/* The token as the decoder's i-th. */
static bool add_token(const struct berth_decoder *decoder, struct text *text,
                      const char *token, size_t n, bool first)
{
    size_t begin = text->n;
    bool glued = decoder->prefix != NULL && n >= decoder->prefix_length &&
                 memcmp(token, decoder->prefix, decoder->prefix_length) == 0;
    size_t skip = glued && !first ? decoder->prefix_length : 0;

    if (!first && !glued && !append(text, " ", 1))
        return false;
    if (!append(text, token + skip, n - skip))
        return false;
    if (decoder->prefix != NULL && decoder->cleanup)
        clean_up(text, begin);
    return true;
}

enum berth_status
berth_tokenizer_decode(const struct berth_tokenizer *tokenizer, size_t n_ids,
                       const int32_t *ids, size_t n, bool skip_special,
                       char **out, size_t *out_len, struct berth_error *err)
{
    size_t n_known = tokenizer->facts.n_tokens;
    size_t limit = n_ids > n_known ? n_ids : n_known;
    struct text text = {0};
    bool ok = append(&text, "", 0);
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
        ok = add_token(&tokenizer->decoder, &text, token, n_token, first);
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
