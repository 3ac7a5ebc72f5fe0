/*
 * pretokenize.c - stage 2: split at white space, isolate punctuation.
 */
#include "tokenizer/pretokenize.h"

#include "tokenizer/utf8.h"

/* W a letter of a word, S white space, P punctuation, - not ASCII. */
enum kind {
    W = 0,
    S,
    P
};

static const unsigned char ascii_kind[128] = {
    W, W, W, W, W, W, W, W, W, S, S, S, S, S, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, S, P, P, P, P, P, P, P, P, P, P, P,
    P, P, P, P, W, W, W, W, W, W, W, W, W, W, P, P, P, P, P, P, P, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, P, P, P, P, P, P, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, P, P, P, P, W};

/* What stands at bytes + at, and how long it is. */
static enum kind kind_at(const char *bytes, size_t at, size_t n, size_t *size)
{
    const unsigned char *s = (const unsigned char *)bytes;
    uint32_t cp;

    if (s[at] < 0x80) {
        *size = 1;
        return (enum kind)ascii_kind[s[at]];
    }
    *size = berth_utf8_decode(s + at, n - at, &cp);
    if (berth_char_is_space(cp))
        return S;
    return berth_char_class(cp) == BERTH_CHAR_PUNCT ? P : W;
}

/* Where the run of ASCII of one kind that begins at bytes + at ends. */
static size_t skip(const char *bytes, size_t at, size_t n, enum kind kind)
{
    while (at < n && (unsigned char)bytes[at] < 0x80 &&
           ascii_kind[(unsigned char)bytes[at]] == kind)
        at++;
    return at;
}

bool berth_pretokenize(const char *bytes, size_t at, size_t n, size_t *begin,
                       size_t *end)
{
    enum kind kind = S;
    size_t size = 0;

    while (kind == S) {
        at = skip(bytes, at + size, n, S);
        if (at == n)
            return false;
        kind = kind_at(bytes, at, n, &size);
    }
    *begin = at;
    at += size;
    while (kind == W) {
        at = skip(bytes, at, n, W);
        if (at == n)
            break;
        kind = kind_at(bytes, at, n, &size);
        if (kind == W)
            at += size;
    }
    *end = at;
    return true;
}
