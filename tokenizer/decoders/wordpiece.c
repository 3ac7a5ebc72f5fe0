/*
 * wordpiece.c - tokens back to text, as Hugging Face's WordPiece decoder does.
 *
 * un, ##done, ! is "undone!": the mark goes, and its clean-up closes up " !".
 * That looks at one token at a time, the blank in front of it counted: " ." is
 * a token with its blank, but of it, ', s no token with its blank is " ' ", and
 * "it ' s" stays.
 */
#include "tokenizer/decoders/wordpiece.h"

#include "tokenizer/decoders/clean_up.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct decoder {
    bool cleanup;
    size_t n;      /* bytes of the prefix */
    char prefix[]; /* of a token that continues a word */
};

static bool add(const struct decoder *decoder, const char *token, size_t n,
                bool first, struct berth_string *text)
{
    size_t begin = text->n;
    bool glued =
        n >= decoder->n && memcmp(token, decoder->prefix, decoder->n) == 0;
    size_t skip = glued && !first ? decoder->n : 0;

    if (!first && !glued && !berth_string_add(text, " ", 1))
        return false;
    if (!berth_string_add(text, token + skip, n - skip))
        return false;
    if (decoder->cleanup)
        berth_clean_up_token(text, begin);
    return true;
}

static bool run(const void *self, const struct berth_pieces *tokens,
                struct berth_pieces *text)
{
    for (size_t i = 0; i < tokens->n; i++) {
        struct berth_span token = berth_piece(tokens, i);

        if (!add(self, tokens->text.bytes + token.begin,
                 token.end - token.begin, i == 0, &text->text) ||
            !berth_pieces_end(text))
            return false;
    }
    return true;
}

bool berth_wordpiece_decoder(const char *prefix, bool cleanup,
                             struct berth_decoder *out)
{
    size_t n = strlen(prefix);
    struct decoder *decoder = malloc(sizeof(*decoder) + n + 1);

    if (decoder == NULL)
        return false;
    decoder->cleanup = cleanup;
    decoder->n = n;
    memcpy(decoder->prefix, prefix, n);
    *out = (struct berth_decoder){.run = run, .free = free, .self = decoder};
    return true;
}
