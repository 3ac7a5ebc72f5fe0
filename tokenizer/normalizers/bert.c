/*
 * bert.c - stage 1 of BERT: clean, space Chinese, strip accents, lower-case.
 *
 * Each character goes through all steps before the next is looked at: U+00C9 is
 * no control character, not Chinese, becomes E and an acute, of which the acute
 * is dropped, and E becomes e. Only combining marks wait for their
 * neighbours, as canonical order may swap them.
 */
#include "tokenizer/normalizers/bert.h"

#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>

/* The stage. */
struct normalizer {
    struct berth_bert_rules rules;
    unsigned char ascii[128];      /* what a character becomes */
    unsigned char ascii_kept[128]; /* 1, or 0 where it is dropped */
};

/* A mark of which it is not known yet where it goes. */
struct pending {
    uint32_t cp;
    struct berth_origin origin;
    uint8_t combining; /* canonical combining class, not 0 */
    bool first;        /* not made by decomposing the character before it: the
                          acute of "e" U+0301, not that of U+00E9 */
};

/* One run of the stage. */
struct work {
    const struct normalizer *stage;
    struct berth_flow *flow;
    struct pending *pending; /* in flow->normalizing */
    size_t n_pending;
    bool survivor; /* a pending mark is not Mn and will be kept */
};

static bool put(struct berth_flow *flow, uint32_t cp,
                struct berth_origin origin)
{
    size_t n;

    if (!berth_flow_reserve(flow, BERTH_UTF8_MAX))
        return false;
    n = berth_utf8_encode(cp, flow->bytes + flow->n);
    for (size_t i = 0; i < n; i++)
        flow->origin[flow->n + i] = origin;
    flow->n += n;
    return true;
}

static bool put_lower(struct work *w, uint32_t cp, struct berth_origin origin)
{
    uint32_t lower[BERTH_LOWERED_MAX];
    size_t n;

    if (!w->stage->rules.lowercase)
        return put(w->flow, cp, origin);
    n = berth_char_lower(cp, lower);
    for (size_t i = 0; i < n; i++) {
        if (!put(w->flow, lower[i], origin))
            return false;
    }
    return true;
}

/* The next of the pending marks, from i on, that is in the text itself. */
static size_t next_first(const struct work *w, size_t i)
{
    while (i < w->n_pending && !w->pending[i].first)
        i++;
    return i;
}

/*
 * Writes the pending marks in canonical order: by class, of equal classes as
 * they came; those of Mn are dropped.
 *
 * As in the reference the marks are swapped but not their origins: the mark
 * that is written first gets the place of the one that came first. In
 *
 *     bytes  0  1..3             4..5
 *            a  U+302E (224)     U+0327 (202)
 *
 * the cedilla, of the lower class, comes first now. It takes 1-4 and is
 * dropped; U+302E, which is kept, takes 4-6, the second place. What a
 * decomposed character brought takes no place of its own: it stays with the
 * mark written before it.
 */
static bool flush_sorted(struct work *w)
{
    bool present[256] = {false};
    size_t from = 0, taken = SIZE_MAX;

    for (size_t i = 0; i < w->n_pending; i++)
        present[w->pending[i].combining] = true;
    for (unsigned k = 1; k < 256; k++) {
        for (size_t i = 0; present[k] && i < w->n_pending; i++) {
            const struct pending *mark = &w->pending[i];

            if (mark->combining != k)
                continue;
            if (mark->first) {
                taken = next_first(w, from);
                from = taken + 1;
            }
            if (berth_char_class(mark->cp) != BERTH_CHAR_MARK &&
                !put_lower(w, mark->cp,
                           taken == SIZE_MAX ? mark->origin
                                             : w->pending[taken].origin))
                return false;
        }
    }
    return true;
}

/* Nearly always all pending marks are Mn, and nothing is to be sorted. */
static bool flush(struct work *w)
{
    bool ok = !w->survivor || flush_sorted(w);

    w->n_pending = 0;
    w->survivor = false;
    return ok;
}

static bool hold(struct work *w, struct pending mark)
{
    struct pending *grown = berth_room_grown(&w->flow->normalizing,
                                             w->n_pending + 1, sizeof(*grown));

    if (grown == NULL)
        return false;
    w->pending = grown;
    w->pending[w->n_pending++] = mark;
    w->survivor |= berth_char_class(mark.cp) != BERTH_CHAR_MARK;
    return true;
}

/* U+00E9 is e and an acute: e closes the marks before it, the acute waits. */
static bool put_decomposed(struct work *w, uint32_t cp,
                           struct berth_origin origin)
{
    uint32_t parts[BERTH_DECOMPOSED_MAX];
    size_t n;

    if (!w->stage->rules.strip_accents)
        return put_lower(w, cp, origin);
    n = berth_char_decompose(cp, parts);
    for (size_t i = 0; i < n; i++) {
        unsigned combining = berth_char_combining(parts[i]);
        bool ok;

        if (combining != 0) {
            ok = hold(w, (struct pending){parts[i], origin, (uint8_t)combining,
                                          i == 0});
        } else {
            ok = flush(w) && (berth_char_class(parts[i]) == BERTH_CHAR_MARK ||
                              put_lower(w, parts[i], origin));
        }
        if (!ok)
            return false;
    }
    return true;
}

static bool is_dropped(uint32_t cp)
{
    if (cp == '\t' || cp == '\n' || cp == '\r')
        return false;
    return cp == 0 || cp == BERTH_REPLACEMENT ||
           berth_char_class(cp) == BERTH_CHAR_CONTROL;
}

/* U+4E2D gets a blank before it and one after it, and these have its place. */
static bool put_clean(struct work *w, uint32_t cp, struct berth_origin origin)
{
    const struct berth_bert_rules *rules = &w->stage->rules;

    if (rules->chinese && berth_char_is_chinese(cp)) {
        return flush(w) && put(w->flow, ' ', origin) &&
               put_decomposed(w, cp, origin) && put(w->flow, ' ', origin);
    }
    if (rules->clean && is_dropped(cp))
        return true;
    if (rules->clean && berth_char_is_space(cp))
        cp = ' ';
    return put_decomposed(w, cp, origin);
}

/* U+0130 in lower case is i and a dot above: two characters of one place. */
static bool put_char(struct work *w, uint32_t cp, struct berth_origin origin)
{
    uint32_t lower[BERTH_LOWERED_MAX] = {cp};
    size_t n = w->stage->rules.lower_first ? berth_char_lower(cp, lower) : 1;

    for (size_t i = 0; i < n; i++) {
        if (!put_clean(w, lower[i], origin))
            return false;
    }
    return true;
}

/*
 * A run of ASCII, without a branch for each byte: a byte that is dropped is
 * written, too, and the next one goes over it. Returns where the run ends.
 */
static size_t put_ascii(struct work *w, const char *text, size_t at, size_t end)
{
    const struct normalizer *stage = w->stage;
    char *bytes = w->flow->bytes;
    struct berth_origin *origin = w->flow->origin;
    size_t n = w->flow->n;

    for (; at < end && (unsigned char)text[at] < 0x80; at++) {
        unsigned char c = (unsigned char)text[at];

        bytes[n] = (char)stage->ascii[c];
        origin[n] = (struct berth_origin){(uint32_t)at, (uint32_t)at + 1};
        n += stage->ascii_kept[c];
    }
    w->flow->n = n;
    return at;
}

static bool run(const void *self, const char *text, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct work w = {.stage = self, .flow = flow};

    flow->n = 0;
    for (size_t at = begin; at < end;) {
        uint32_t cp;
        size_t size;

        if (bytes[at] < 0x80) {
            if (!flush(&w) || !berth_flow_reserve(flow, end - at))
                return false;
            at = put_ascii(&w, text, at, end);
            continue;
        }
        size = berth_utf8_decode(bytes + at, end - at, &cp);
        if (!put_char(
                &w, cp,
                (struct berth_origin){(uint32_t)at, (uint32_t)(at + size)}))
            return false;
        at += size;
    }
    return flush(&w);
}

static void fill_ascii(struct normalizer *stage)
{
    const struct berth_bert_rules *rules = &stage->rules;
    bool lower = rules->lowercase || rules->lower_first;

    for (unsigned c = 0; c < 128; c++) {
        bool space = berth_char_is_space(c);

        stage->ascii[c] = (unsigned char)c;
        stage->ascii_kept[c] = !(rules->clean && is_dropped(c));
        if (rules->clean && space)
            stage->ascii[c] = ' ';
        if (lower && c >= 'A' && c <= 'Z')
            stage->ascii[c] = (unsigned char)(c + ('a' - 'A'));
    }
}

bool berth_bert_normalizer(const struct berth_bert_rules *rules,
                           struct berth_normalizer *out)
{
    struct normalizer *stage = malloc(sizeof(*stage));

    if (stage == NULL)
        return false;
    stage->rules = *rules;
    fill_ascii(stage);
    *out = (struct berth_normalizer){
        .run = run,
        .free = free,
        .self = stage,
        .rules = rules->lower_first | rules->clean << 1u |
                 rules->chinese << 2u | rules->strip_accents << 3u |
                 rules->lowercase << 4u};
    return true;
}
