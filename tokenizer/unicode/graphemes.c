/*
 * graphemes.c - clusters, from left to right: whether the next character joins
 * is said by the last one, and by what three rules remember.
 */
#include "tokenizer/unicode/graphemes.h"

#include "tokenizer/unicode/utf8.h"

#include <stdbool.h>

/* What has been seen of a cluster. */
struct cluster {
    enum berth_grapheme_kind last;
    bool odd;       /* an odd number of regional indicators: half a flag */
    bool picture;   /* a picture, and maybe what extends it ... */
    bool glued;     /* ... and then a ZWJ */
    bool consonant; /* a consonant, and maybe what extends it ... */
    bool linked;    /* ... with a linker among that */
};

static bool is_within(uint32_t cp, uint32_t first, uint32_t last)
{
    return cp >= first && cp <= last;
}

static enum berth_grapheme_kind ascii_kind(uint32_t cp)
{
    if (cp == '\r')
        return BERTH_GRAPHEME_CR;
    if (cp == '\n')
        return BERTH_GRAPHEME_LF;
    return cp < 0x20 || cp == 0x7f ? BERTH_GRAPHEME_CONTROL
                                   : BERTH_GRAPHEME_OTHER;
}

/* Hangul, and letters of Kirat Rai that are vowels as Hangul's are. */
static enum berth_grapheme_kind hangul_kind(uint32_t cp)
{
    if (is_within(cp, 0xac00, 0xd7a3))
        return (cp - 0xac00) % 28 == 0 ? BERTH_GRAPHEME_LV : BERTH_GRAPHEME_LVT;
    if (is_within(cp, 0x1100, 0x115f) || is_within(cp, 0xa960, 0xa97c))
        return BERTH_GRAPHEME_L;
    if (is_within(cp, 0x1160, 0x11a7) || is_within(cp, 0xd7b0, 0xd7c6) ||
        cp == 0x16d63 || is_within(cp, 0x16d67, 0x16d6a))
        return BERTH_GRAPHEME_V;
    if (is_within(cp, 0x11a8, 0x11ff) || is_within(cp, 0xd7cb, 0xd7fb))
        return BERTH_GRAPHEME_T;
    return BERTH_GRAPHEME_OTHER;
}

static enum berth_grapheme_kind kind_of(uint32_t cp)
{
    enum berth_grapheme_kind kind;

    if (cp < 0x80)
        return ascii_kind(cp);
    /* Most of Latin, and most of Chinese and Japanese. */
    if (is_within(cp, 0xc0, 0x2ff) || is_within(cp, 0x309b, 0x3296) ||
        is_within(cp, 0x329a, 0xa66e))
        return BERTH_GRAPHEME_OTHER;
    if (is_within(cp, 0x1f1e6, 0x1f1ff))
        return BERTH_GRAPHEME_REGIONAL;
    kind = hangul_kind(cp);
    return kind != BERTH_GRAPHEME_OTHER ? kind : berth_grapheme_kind(cp);
}

/* GB6 to GB8 of UAX 29. */
static bool joins_hangul(enum berth_grapheme_kind last,
                         enum berth_grapheme_kind kind)
{
    switch (last) {
    case BERTH_GRAPHEME_L:
        return kind == BERTH_GRAPHEME_L || kind == BERTH_GRAPHEME_V ||
               kind == BERTH_GRAPHEME_LV || kind == BERTH_GRAPHEME_LVT;
    case BERTH_GRAPHEME_LV:
    case BERTH_GRAPHEME_V:
        return kind == BERTH_GRAPHEME_V || kind == BERTH_GRAPHEME_T;
    case BERTH_GRAPHEME_LVT:
    case BERTH_GRAPHEME_T:
        return kind == BERTH_GRAPHEME_T;
    default:
        return false;
    }
}

static bool is_break(enum berth_grapheme_kind kind)
{
    return kind >= BERTH_GRAPHEME_CR && kind <= BERTH_GRAPHEME_CONTROL;
}

/* GB3 to GB13: whether a character joins the cluster before it. */
static bool joins(const struct cluster *cluster, enum berth_grapheme_kind kind)
{
    if (is_break(cluster->last) || is_break(kind))
        return cluster->last == BERTH_GRAPHEME_CR && kind == BERTH_GRAPHEME_LF;
    if ((kind >= BERTH_GRAPHEME_ZWJ && kind <= BERTH_GRAPHEME_SPACING) ||
        cluster->last == BERTH_GRAPHEME_PREPEND)
        return true;
    if (kind == BERTH_GRAPHEME_PICTURE)
        return cluster->glued;
    if (kind == BERTH_GRAPHEME_CONSONANT)
        return cluster->linked;
    if (kind == BERTH_GRAPHEME_REGIONAL)
        return cluster->odd;
    return joins_hangul(cluster->last, kind);
}

static void take(struct cluster *cluster, enum berth_grapheme_kind kind)
{
    bool extends =
        kind >= BERTH_GRAPHEME_EXTEND && kind <= BERTH_GRAPHEME_LINKER;
    bool within = kind == BERTH_GRAPHEME_EXTEND_CONJUNCT ||
                  kind == BERTH_GRAPHEME_ZWJ || kind == BERTH_GRAPHEME_LINKER;

    cluster->odd = kind == BERTH_GRAPHEME_REGIONAL && !cluster->odd;
    cluster->glued = kind == BERTH_GRAPHEME_ZWJ && cluster->picture;
    cluster->picture =
        kind == BERTH_GRAPHEME_PICTURE || (extends && cluster->picture);
    cluster->consonant =
        kind == BERTH_GRAPHEME_CONSONANT || (within && cluster->consonant);
    cluster->linked = cluster->consonant && kind != BERTH_GRAPHEME_CONSONANT &&
                      (cluster->linked || kind == BERTH_GRAPHEME_LINKER);
    cluster->last = kind;
}

static void look_up(const char *text, size_t at,
                    struct berth_grapheme_known *known)
{
    uint32_t cp;

    known->at = at;
    known->size = berth_utf8_read((const unsigned char *)text + at, &cp);
    known->kind = kind_of(cp);
}

size_t berth_grapheme_end(const char *text, size_t at, size_t end,
                          struct berth_grapheme_known *known)
{
    struct cluster cluster = {.odd = false};

    if (known->at != at || known->size == 0)
        look_up(text, at, known);
    for (at += known->size; at < end; at += known->size) {
        enum berth_grapheme_kind last = known->kind;

        look_up(text, at, known);
        if ((last | known->kind) == BERTH_GRAPHEME_OTHER)
            break;
        take(&cluster, last);
        if (!joins(&cluster, known->kind))
            break;
    }
    return at;
}
