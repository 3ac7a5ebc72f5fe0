/*
 * bert.c - stage 2: split at white space, isolate punctuation.
 */
#include "tokenizer/splitters/bert.h"

#include "tokenizer/unicode/utf8.h"

/* W a letter of a word, S white space, P punctuation. */
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

/* Where the word that begins at bytes + at with this character ends. */
static size_t word_end(const char *bytes, size_t at, size_t n, struct step step)
{
    at += step.size;
    while (step.kind == W) {
        at = skip(bytes, at, n, W);
        if (at == n)
            break;
        step = step_at(bytes, at, n);
        if (step.kind == W)
            at += step.size;
    }
    return at;
}

static bool run(const void *self, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const char *bytes = flow->bytes;

    (void)self; /* it has no settings */
    for (;;) {
        struct step step;
        size_t at = skip(bytes, begin, end, S);

        if (at == end)
            return true;
        step = step_at(bytes, at, end);
        begin = at + step.size;
        if (step.kind == S) /* a wide one */
            continue;
        begin = word_end(bytes, at, end, step);
        if (!berth_flow_word(flow, at, begin))
            return false;
    }
}

struct berth_splitter berth_bert_splitter(void)
{
    return (struct berth_splitter){.run = run, .rules = 1};
}
