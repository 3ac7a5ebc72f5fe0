/*
 * bert.c - stage 1: clean, space Chinese, strip accents, lower-case.
 *
 * Each character goes through all steps before the next is looked at, but for
 * combining marks, which wait for their neighbours: canonical order may swap
 * them.
 */
#include "tokenizer/normalizers/bert.h"

#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

struct berth_pending {
    uint32_t cp;
    uint32_t origin;
    uint8_t combining; /* canonical combining class, not 0 */
    bool first;        /* not made by decomposing the character before it */
};

/* One run of berth_normalize(). */
struct work {
    const struct berth_normalizer *rules;
    struct berth_normalized *out;
    bool survivor; /* a pending mark is not Mn and will be kept */
};

void berth_normalizer_prepare(struct berth_normalizer *normalizer)
{
    bool lower = normalizer->lowercase || normalizer->lower_first;

    for (unsigned c = 0; c < 128; c++) {
        bool space = berth_char_is_space(c) && berth_char_class(c) == 0;
        bool drop = berth_char_class(c) == BERTH_CHAR_CONTROL;

        if (c == '\t' || c == '\n' || c == '\r') {
            space = true;
            drop = false;
        }
        normalizer->ascii[c] = (unsigned char)c;
        normalizer->ascii_kept[c] = !(normalizer->clean && drop);
        if (normalizer->clean && space)
            normalizer->ascii[c] = ' ';
        if (lower && c >= 'A' && c <= 'Z')
            normalizer->ascii[c] = (unsigned char)(c + ('a' - 'A'));
    }
}

void berth_normalized_free(struct berth_normalized *normalized)
{
    free(normalized->bytes);
    free(normalized->origin);
    free(normalized->pending);
    *normalized = (struct berth_normalized){0};
}

static bool reserve(struct berth_normalized *out, size_t more)
{
    size_t need, capacity;
    char *bytes;
    uint32_t *origin;

    if (out->capacity - out->n >= more)
        return true;
    need = out->n + more;
    capacity = out->capacity + out->capacity / 2;
    if (capacity < need)
        capacity = need;
    if (capacity > SIZE_MAX / sizeof(*origin))
        return false;
    bytes = realloc(out->bytes, capacity);
    if (bytes == NULL)
        return false;
    out->bytes = bytes;
    origin = realloc(out->origin, capacity * sizeof(*origin));
    if (origin == NULL)
        return false;
    out->origin = origin;
    out->capacity = capacity;
    return true;
}

static bool put(struct berth_normalized *out, uint32_t cp, uint32_t origin)
{
    size_t n;

    if (!reserve(out, BERTH_UTF8_MAX))
        return false;
    n = berth_utf8_encode(cp, out->bytes + out->n);
    for (size_t i = 0; i < n; i++)
        out->origin[out->n + i] = origin;
    out->n += n;
    return true;
}

static bool put_lower(struct work *w, uint32_t cp, uint32_t origin)
{
    uint32_t lower[BERTH_LOWERED_MAX];
    size_t n;

    if (!w->rules->lowercase)
        return put(w->out, cp, origin);
    n = berth_char_lower(cp, lower);
    for (size_t i = 0; i < n; i++) {
        if (!put(w->out, lower[i], origin))
            return false;
    }
    return true;
}

/* The pending mark that comes k-th in the text, made-up ones left out. */
static size_t next_first(const struct berth_normalized *out, size_t i)
{
    while (i < out->n_pending && !out->pending[i].first)
        i++;
    return i;
}

/*
 * Writes the pending marks in canonical order: by class, of equal classes as
 * they came. As in the reference the swapped marks keep their places in the
 * original: the first of them gets the first origin, whichever it is.
 */
static bool flush_sorted(struct work *w)
{
    struct berth_normalized *out = w->out;
    bool present[256] = {false};
    size_t from = 0, taken = SIZE_MAX;

    for (size_t i = 0; i < out->n_pending; i++)
        present[out->pending[i].combining] = true;
    for (unsigned k = 1; k < 256; k++) {
        for (size_t i = 0; present[k] && i < out->n_pending; i++) {
            const struct berth_pending *mark = &out->pending[i];

            if (mark->combining != k)
                continue;
            if (mark->first) {
                taken = next_first(out, from);
                from = taken + 1;
            }
            if (berth_char_class(mark->cp) != BERTH_CHAR_MARK &&
                !put_lower(w, mark->cp,
                           taken == SIZE_MAX ? mark->origin
                                             : out->pending[taken].origin))
                return false;
        }
    }
    return true;
}

static bool flush(struct work *w)
{
    bool ok = !w->survivor || flush_sorted(w);

    w->out->n_pending = 0;
    w->survivor = false;
    return ok;
}

static bool hold(struct work *w, struct berth_pending mark)
{
    struct berth_normalized *out = w->out;

    if (out->n_pending == out->pending_capacity) {
        size_t capacity =
            out->pending_capacity > 0 ? 2 * out->pending_capacity : 16;
        struct berth_pending *grown =
            realloc(out->pending, capacity * sizeof(*grown));

        if (grown == NULL)
            return false;
        out->pending = grown;
        out->pending_capacity = capacity;
    }
    out->pending[out->n_pending++] = mark;
    w->survivor |= berth_char_class(mark.cp) != BERTH_CHAR_MARK;
    return true;
}

static bool put_decomposed(struct work *w, uint32_t cp, uint32_t origin)
{
    uint32_t parts[BERTH_DECOMPOSED_MAX];
    size_t n;

    if (!w->rules->strip_accents)
        return put_lower(w, cp, origin);
    n = berth_char_decompose(cp, parts);
    for (size_t i = 0; i < n; i++) {
        unsigned combining = berth_char_combining(parts[i]);
        bool ok;

        if (combining != 0) {
            ok = hold(w, (struct berth_pending){parts[i], origin,
                                                (uint8_t)combining, i == 0});
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

static bool put_clean(struct work *w, uint32_t cp, uint32_t origin)
{
    if (w->rules->chinese && berth_char_is_chinese(cp)) {
        return flush(w) && put(w->out, ' ', origin) &&
               put_decomposed(w, cp, origin) && put(w->out, ' ', origin);
    }
    if (w->rules->clean && is_dropped(cp))
        return true;
    if (w->rules->clean && berth_char_is_space(cp))
        cp = ' ';
    return put_decomposed(w, cp, origin);
}

static bool put_char(struct work *w, uint32_t cp, uint32_t origin)
{
    uint32_t lower[BERTH_LOWERED_MAX] = {cp};
    size_t n = w->rules->lower_first ? berth_char_lower(cp, lower) : 1;

    for (size_t i = 0; i < n; i++) {
        if (!put_clean(w, lower[i], origin))
            return false;
    }
    return true;
}

/* A run of ASCII, without a branch for each byte; returns where it ends. */
static size_t put_ascii(struct work *w, const char *text, size_t at, size_t end)
{
    const struct berth_normalizer *rules = w->rules;
    char *bytes = w->out->bytes;
    uint32_t *origin = w->out->origin;
    size_t n = w->out->n;

    for (; at < end && (unsigned char)text[at] < 0x80; at++) {
        unsigned char c = (unsigned char)text[at];

        bytes[n] = (char)rules->ascii[c];
        origin[n] = (uint32_t)at;
        n += rules->ascii_kept[c];
    }
    w->out->n = n;
    return at;
}

bool berth_normalize(const struct berth_normalizer *normalizer,
                     const char *text, size_t begin, size_t end,
                     struct berth_normalized *out)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct work w = {normalizer, out, false};

    out->n = 0;
    out->n_pending = 0;
    for (size_t at = begin; at < end;) {
        uint32_t cp;
        size_t size;

        if (bytes[at] < 0x80) {
            if (!flush(&w) || !reserve(out, end - at))
                return false;
            at = put_ascii(&w, text, at, end);
            continue;
        }
        size = berth_utf8_decode(bytes + at, end - at, &cp);
        if (!put_char(&w, cp, (uint32_t)at))
            return false;
        at += size;
    }
    return flush(&w);
}
