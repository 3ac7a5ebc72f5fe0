/*
 * filter.c - every character that is left keeps its own place.
 */
#include "tokenizer/normalizers/filter.h"

#include "tokenizer/normalizers/rewrite.h"
#include "tokenizer/unicode/char_sets.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>

/* What becomes of a character. */
enum fate {
    KEPT = 0,
    DROPPED,
    BLANK
};

/* The stage. */
struct filter {
    enum fate (*fate_of)(uint32_t cp);
};

static enum fate accent_fate(uint32_t cp)
{
    return (berth_char_sets(cp) & BERTH_SET_ACCENT) != 0 ? DROPPED : KEPT;
}

static enum fate nmt_fate(uint32_t cp)
{
    if (cp == '\t' || cp == '\n' || cp == '\f' || cp == '\r' || cp == 0x1680 ||
        (cp >= 0x200b && cp <= 0x200f) || cp == 0x2028 || cp == 0x2029 ||
        cp == 0x2581 || cp == 0xfeff || cp == BERTH_REPLACEMENT)
        return BLANK;
    if ((cp > 0 && cp < 0x20) || cp == 0x7f || cp == 0x8f || cp == 0x9f)
        return DROPPED;
    return KEPT;
}

/* Where the run of characters that are kept ends; *fate is of the one there,
 * *size its bytes. */
static size_t kept_end(const struct filter *filter, const char *text, size_t at,
                       size_t end, enum fate *fate, size_t *size)
{
    for (*fate = KEPT; at < end; at += *size) {
        uint32_t cp;

        *size = berth_utf8_read((const unsigned char *)text + at, &cp);
        *fate = filter->fate_of(cp);
        if (*fate != KEPT)
            break;
    }
    return at;
}

static bool run(const void *self, const char *text, size_t begin, size_t end,
                struct berth_flow *flow)
{
    struct berth_rewrite w = berth_rewrite_start(text, begin, end, flow);

    while (w.at < end) {
        enum fate fate;
        size_t size, stop = kept_end(self, text, w.at, end, &fate, &size);

        if (!berth_rewrite_keep(&w, stop - w.at))
            return false;
        if (fate == DROPPED)
            berth_rewrite_drop(&w, 1);
        else if (fate == BLANK && !berth_rewrite_put(&w, " ", 1, false))
            return false;
    }
    return true;
}

static bool keeps(const void *self, const char *bytes, size_t n)
{
    enum fate fate;
    size_t size;

    return kept_end(self, bytes, 0, n, &fate, &size) == n;
}

static bool make(enum fate (*fate_of)(uint32_t cp), uint64_t rules,
                 struct berth_normalizer *out)
{
    struct filter *filter = malloc(sizeof(*filter));

    if (filter == NULL)
        return false;
    filter->fate_of = fate_of;
    *out = (struct berth_normalizer){.run = run,
                                     .keeps = keeps,
                                     .free = free,
                                     .self = filter,
                                     .rules = berth_rules_add(0, rules)};
    return true;
}

bool berth_strip_accents_normalizer(struct berth_normalizer *out)
{
    return make(accent_fate, 'a', out);
}

bool berth_nmt_normalizer(struct berth_normalizer *out)
{
    return make(nmt_fate, 'n', out);
}
