/*
 * clean_up.c - closes blanks up, one rule after the other.
 */
#include "tokenizer/decoders/clean_up.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    const char *from, *to;
    bool token_alone; /* not of a whole text */
} rules[] = {
    {" .", ".", false},     {" ?", "?", false},          {" !", "!", false},
    {" ,", ",", false},     {" ' ", "'", false},         {" n't", "n't", false},
    {" 'm", "'m", false},   {" do not", " don't", true}, {" 's", "'s", false},
    {" 've", "'ve", false}, {" 're", "'re", false},
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

static void apply(struct berth_string *text, size_t begin, bool token)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        if (token || !rules[i].token_alone)
            replace(text, begin, rules[i].from, rules[i].to);
    }
}

void berth_clean_up_token(struct berth_string *text, size_t begin)
{
    apply(text, begin, true);
}

void berth_clean_up_text(struct berth_string *text, size_t begin)
{
    apply(text, begin, false);
}
