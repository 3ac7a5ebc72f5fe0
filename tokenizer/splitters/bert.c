/*
 * bert.c - stage 2: split at white space, isolate punctuation.
 */
#include "tokenizer/splitters/bert.h"

#include "tokenizer/unicode/utf8.h"

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

/* A character: what it is, and its bytes. */
struct step {
    enum kind kind;
    size_t size;
};

static struct step wide_step(const unsigned char *s, size_t n)
{
    uint32_t cp;
    size_t size = berth_utf8_decode(s, n, &cp);

    if (berth_char_is_space(cp))
        return (struct step){S, size};
    return (struct step){berth_char_class(cp) == BERTH_CHAR_PUNCT ? P : W,
                         size};
}

static struct step step_at(const char *bytes, size_t at, size_t n)
{
    const unsigned char *s = (const unsigned char *)bytes + at;

    return *s < 0x80 ? (struct step){(enum kind)ascii_kind[*s], 1}
                     : wide_step(s, n - at);
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
    struct step step = {S, 0};

    while (step.kind == S) {
        at = skip(bytes, at + step.size, n, S);
        if (at == n)
            return false;
        step = step_at(bytes, at, n);
    }
    *begin = at;
    at += step.size;
    while (step.kind == W) {
        at = skip(bytes, at, n, W);
        if (at == n)
            break;
        step = step_at(bytes, at, n);
        if (step.kind == W)
            at += step.size;
    }
    *end = at;
    return true;
}
