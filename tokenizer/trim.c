/*
 * trim.c - a token's leading and trailing blanks are left out of its place.
 *
 * They are counted in the token's spelling, white space and U+0120 (a blank of
 * byte-level tokens), and as many characters of the text go. An added token
 * that takes in white space is spelled as in the text.
 */
#include "tokenizer/trim.h"

#include "tokenizer/unicode/utf8.h"

enum {
    BYTE_LEVEL_BLANK = 0x120
};

static bool is_blank(uint32_t cp)
{
    return cp == BYTE_LEVEL_BLANK || berth_char_is_space(cp);
}

/* Whether a blank may begin or end with this byte: most tokens end in a letter
 * of ASCII. */
static bool may_be_blank(unsigned char byte)
{
    return byte <= ' ' || byte >= 0x80;
}

static size_t count_leading(const char *token, size_t n)
{
    const unsigned char *s = (const unsigned char *)token;
    size_t count = 0;

    for (size_t at = 0; at < n && may_be_blank(s[at]); count++) {
        uint32_t cp;

        at += berth_utf8_decode(s + at, n - at, &cp);
        if (!is_blank(cp))
            break;
    }
    return count;
}

static size_t count_trailing(const char *token, size_t n)
{
    const unsigned char *s = (const unsigned char *)token;
    size_t count = 0;

    for (; n > 0 && may_be_blank(s[n - 1]); count++) {
        uint32_t cp;

        n -= berth_utf8_decode_before(s, n, &cp);
        if (!is_blank(cp))
            break;
    }
    return count;
}

/* So many characters before end, but not before begin; a text that has fewer is
 * left alone. */
static size_t step_back(const unsigned char *text, struct berth_span span,
                        size_t count)
{
    size_t at = span.end;
    uint32_t cp;

    for (; count > 0 && at > 0; count--)
        at -= berth_utf8_decode_before(text, at, &cp);
    if (count > 0)
        return span.end;
    return at > span.begin ? at : span.begin;
}

/* How a token is spelled; NULL: it is not. */
static const char *spelled(const struct berth_tokenizer *tokenizer, int32_t id,
                           const char *text, struct berth_span span, size_t *n)
{
    const struct berth_added_token *added =
        berth_added_by_id(&tokenizer->added, id);
    const char *token;

    if (added == NULL) {
        token = berth_vocab_text(&tokenizer->vocab, id);
        *n = token != NULL ? tokenizer->vocab.words[id].length : 0;
        return token;
    }
    *n = added->pattern_length;
    if (id == tokenizer->subwords.unk_id || (!added->lstrip && !added->rstrip))
        return added->pattern;
    *n = span.end - span.begin;
    return text + span.begin;
}

struct berth_span berth_trim(const struct berth_tokenizer *tokenizer,
                             int32_t id, const char *text,
                             struct berth_span span, bool first)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = 0, leading, trailing;
    const char *token = spelled(tokenizer, id, text, span, &n);
    uint32_t cp;

    if (token == NULL)
        return span;
    leading = count_leading(token, n);
    trailing = count_trailing(token, n);

    /* That one blank may be the splitter's own. */
    if (leading == 1 && tokenizer->trim == BERTH_TRIM_BUT_PREFIX &&
        (first || span.begin == 0))
        leading = 0;
    for (; leading > 0 && span.begin < span.end; leading--)
        span.begin +=
            berth_utf8_decode(s + span.begin, span.end - span.begin, &cp);
    span.end = step_back(s, span, trailing);
    return span;
}
