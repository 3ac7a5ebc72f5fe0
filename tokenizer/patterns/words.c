/*
 * words.c - the patterns of words, by hand. Each looks at a character at most
 * three times.
 */
#include "tokenizer/patterns/words.h"

#include "tokenizer/unicode/char_sets.h"
#include "tokenizer/unicode/utf8.h"

#include <stdint.h>

enum {
    KINDS = BERTH_SET_LETTER | BERTH_SET_NUMBER | BERTH_SET_SPACE
};

/* A character: which of KINDS, of which it is at most one, and its bytes. 0
 * bytes: there is none. */
struct step {
    unsigned kind;
    size_t size;
};

static struct step step_at(const char *bytes, size_t at, size_t end)
{
    const unsigned char *s = (const unsigned char *)bytes + at;
    uint32_t cp;
    size_t size;

    if (at == end)
        return (struct step){BERTH_SET_SPACE, 0};
    if (*s < 0x80)
        return (struct step){berth_ascii_sets[*s] & KINDS, 1};
    size = berth_utf8_read(s, &cp);
    return (struct step){berth_char_sets_wide(cp) & KINDS, size};
}

/* Where the run ends of characters of a kind, which may be 0: none of KINDS.
 * It has at most max. */
static size_t run_end(const char *bytes, size_t at, size_t end, unsigned kind,
                      size_t max)
{
    for (size_t i = 0; i < max && at < end; i++) {
        struct step step = step_at(bytes, at, end);

        if (step.kind != kind)
            break;
        at += step.size;
    }
    return at;
}

/* \s+(?!\S)|\s+ : all of the white space, but for its last character where
 * something comes after it and it is not alone. */
static size_t space_end(const char *bytes, size_t at, size_t end)
{
    size_t last = at, begin = at;

    for (;;) {
        struct step step = step_at(bytes, at, end);

        if (step.size == 0)
            return end;
        if (step.kind != BERTH_SET_SPACE)
            return last > begin ? last : at;
        last = at;
        at += step.size;
    }
}

/* Bytes of a contraction after its apostrophe; 0: it is none. fold: as they
 * are in any case, with U+017F for s. */
static size_t contraction(const char *bytes, size_t n, bool fold)
{
    const char bit = fold ? 0x20 : 0; /* of small letters */
    char a = n > 0 ? (char)(bytes[0] | bit) : '\0';
    char b = n > 1 ? (char)(bytes[1] | bit) : '\0';

    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return 1;
    if ((b == 'e' && (a == 'r' || a == 'v')) || (a == 'l' && b == 'l'))
        return 2;
    return fold && n > 1 && bytes[0] == '\xc5' && bytes[1] == '\xbf' ? 2 : 0;
}

static size_t contraction_end(const char *bytes, size_t at, size_t end,
                              bool fold)
{
    size_t more =
        bytes[at] == '\'' ? contraction(bytes + at + 1, end - at - 1, fold) : 0;

    return more > 0 ? at + 1 + more : at;
}

size_t berth_gpt2_end(const char *bytes, size_t at, size_t end)
{
    size_t stop = contraction_end(bytes, at, end, false);
    struct step step;

    if (stop > at)
        return stop;
    stop = at + (bytes[at] == ' ');
    step = step_at(bytes, stop, end);
    if (step.kind == BERTH_SET_SPACE)
        return space_end(bytes, at, end);
    return run_end(bytes, stop + step.size, end, step.kind, SIZE_MAX);
}

static size_t line_end(const char *bytes, size_t at, size_t end)
{
    while (at < end && (bytes[at] == '\r' || bytes[at] == '\n'))
        at++;
    return at;
}

/* \s*[\r\n]+ : white space up to the last end of a line in it; at: none. */
static size_t last_line_end(const char *bytes, size_t at, size_t end)
{
    size_t last = at;

    for (;;) {
        struct step step = step_at(bytes, at, end);

        if (step.size == 0 || step.kind != BERTH_SET_SPACE)
            return last;
        at += step.size;
        if (bytes[at - 1] == '\r' || bytes[at - 1] == '\n')
            last = at;
    }
}

size_t berth_llama3_end(const char *bytes, size_t at, size_t end, size_t digits)
{
    size_t stop = contraction_end(bytes, at, end, true);
    struct step step = step_at(bytes, at, end), next;

    if (stop > at)
        return stop;
    stop = at + step.size;
    if (step.kind == BERTH_SET_LETTER)
        return run_end(bytes, stop, end, BERTH_SET_LETTER, SIZE_MAX);
    if (step.kind == BERTH_SET_NUMBER)
        return run_end(bytes, at, end, BERTH_SET_NUMBER, digits);
    next = step_at(bytes, stop, end);
    if (next.kind == BERTH_SET_LETTER && bytes[at] != '\r' && bytes[at] != '\n')
        return run_end(bytes, stop, end, BERTH_SET_LETTER, SIZE_MAX);
    if (step.kind == 0 || (bytes[at] == ' ' && next.kind == 0))
        return line_end(bytes, run_end(bytes, stop, end, 0, SIZE_MAX), end);
    stop = last_line_end(bytes, at, end);
    return stop > at ? stop : space_end(bytes, at, end);
}
