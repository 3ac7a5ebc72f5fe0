/*
 * wordpiece.c - tokens back to text, as Hugging Face's WordPiece decoder does.
 *
 * un, ##done, ! is "undone!": the mark goes, and its clean-up closes up " !".
 * That looks at one token at a time, the blank in front of it counted: " ." is
 * a token with its blank, but of it, ', s no token with its blank is " ' ", and
 * "it ' s" stays.
 */
#include "tokenizer/decoders/wordpiece.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct decoder {
    bool cleanup;
    size_t n;      /* bytes of the prefix */
    char prefix[]; /* of a token that continues a word */
};

/* Every from in bytes [begin, n) of the text becomes to, which is shorter. */
static void replace(struct berth_string *text, size_t begin, const char *from,
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
static void clean_up(struct berth_string *text, size_t begin)
{
    static const char *const rules[][2] = {
        {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
        {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
        {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        replace(text, begin, rules[i][0], rules[i][1]);
}

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
        clean_up(text, begin);
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
