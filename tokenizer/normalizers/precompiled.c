/*
 * precompiled.c - a text through a character map.
 *
 * Grapheme clusters of less than 6 bytes are looked up as a whole: the text of
 * the shortest key that one begins with replaces all of it. Where there is
 * none, and in longer clusters, each character is looked up alone, and kept
 * where there is none. That is what the reference does, and what models are
 * used with, though SentencePiece itself takes the longest key.
 */
#include "tokenizer/normalizers/precompiled.h"

#include "lib/status.h"
#include "tokenizer/normalizers/rewrite.h"
#include "tokenizer/unicode/graphemes.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLUSTER_MAX = 5 /* bytes of a cluster that is looked up as a whole */
};

/* The stage. */
struct map {
    uint32_t *units; /* (n_units) */
    size_t n_units;
    char *texts; /* (n_texts) bytes, and a zero after them */
    size_t n_texts;
    unsigned char ascii[128];       /* what a character becomes ... */
    unsigned char ascii_plain[128]; /* ... and whether that is all about it */
};

static uint32_t read_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* A unit is label, whether a key ends here, and what its place is to be changed
 * by to come to its children; or, where a key ends, the value. */
static uint32_t offset_of(uint32_t unit)
{
    return (unit >> 10) << ((unit & 512) >> 6);
}

/* Whether a text begins there: all of them are UTF-8, but a value may point
 * anywhere. */
static bool is_text(const struct map *map, size_t value)
{
    return value <= map->n_texts &&
           ((unsigned char)map->texts[value] & 0xc0) != 0x80;
}

/* The text for the shortest key that bytes (n) begin with; NULL: none. */
static const char *find(const struct map *map, const char *bytes, size_t n)
{
    size_t at = map->n_units > 0 ? offset_of(map->units[0]) : 0;

    for (size_t i = 0; i < n && bytes[i] != '\0'; i++) {
        unsigned char c = (unsigned char)bytes[i];
        uint32_t unit;

        at ^= c;
        if (at >= map->n_units)
            return NULL;
        unit = map->units[at];
        if ((unit & 0x800000ff) != c)
            return NULL;
        at ^= offset_of(unit);
        if ((unit >> 8 & 1) != 0) {
            size_t value;

            if (at >= map->n_units)
                return NULL;
            value = map->units[at] & 0x7fffffff;
            return is_text(map, value) ? map->texts + value : NULL;
        }
    }
    return NULL;
}

static size_t count_chars(const char *bytes, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; count++)
        i += berth_utf8_size((unsigned char)bytes[i]);
    return count;
}

/*
 * Nothing comes in the place of n characters. The reference counts them at the
 * character written last: one that was added then takes the place of the first
 * of them; and where there is none, at the start of the text, they do not count
 * at all, so that all places after them are too early.
 */
static void drop(struct berth_rewrite *w, size_t n)
{
    struct berth_flow *flow = w->flow;

    if (flow->n == 0)
        return;
    if (w->added) {
        berth_rewrite_drop(w, 1);
        for (size_t i = w->last; i < flow->n; i++)
            flow->origin[i] = w->before;
        w->added = false;
        n--;
    }
    berth_rewrite_drop(w, n);
}

/* text in the place of the n characters of a cluster. */
static bool replace(struct berth_rewrite *w, const char *text, size_t n)
{
    size_t length = strlen(text), count = 0;

    for (size_t i = 0; i < length; count++) {
        size_t size = berth_utf8_size((unsigned char)text[i]);

        if (!berth_rewrite_put(w, text + i, size, count >= n))
            return false;
        i += size;
    }
    if (count < n)
        drop(w, n - count);
    return true;
}

static bool put_cluster(const struct map *map, struct berth_rewrite *w,
                        const char *bytes, size_t n)
{
    const char *text = n <= CLUSTER_MAX ? find(map, bytes, n) : NULL;

    if (text != NULL)
        return replace(w, text, count_chars(bytes, n));
    if (n == berth_utf8_size((unsigned char)bytes[0]))
        return berth_rewrite_put(w, bytes, n, false);
    for (size_t i = 0; i < n;) {
        size_t size = berth_utf8_size((unsigned char)bytes[i]);

        text = find(map, bytes + i, size);
        if (!(text != NULL ? replace(w, text, 1)
                           : berth_rewrite_put(w, bytes + i, size, false)))
            return false;
        i += size;
    }
    return true;
}

/* A run of ASCII of which each becomes one character of ASCII, as far as it is
 * not known to join what comes after it. */
static bool put_ascii(const struct map *map, struct berth_rewrite *w,
                      size_t *cursor)
{
    const unsigned char *text = (const unsigned char *)w->text;
    struct berth_flow *flow = w->flow;
    size_t at = *cursor, n = flow->n;

    if (!berth_flow_reserve(flow, w->end - at))
        return false;
    while (at < w->end && text[at] < 0x80 && map->ascii_plain[text[at]] &&
           (at + 1 == w->end || text[at + 1] < 0x80)) {
        flow->bytes[n] = (char)map->ascii[text[at]];
        flow->origin[n++] =
            (struct berth_origin){(uint32_t)at, (uint32_t)at + 1};
        at++;
    }
    if (at > *cursor) {
        w->at = *cursor = at;
        w->before = flow->origin[n - 1];
        w->last = n - 1;
        w->added = false;
        flow->n = n;
    }
    return true;
}

static bool run(const void *self, const char *text, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct map *map = self;
    struct berth_rewrite w = berth_rewrite_start(text, begin, end, flow);
    struct berth_grapheme_known known = {0};

    for (size_t at = begin; at < end;) {
        size_t cluster;

        /* Behind what was dropped at the start, places are not at. */
        if (w.at == at && (unsigned char)text[at] < 0x80 &&
            !put_ascii(map, &w, &at))
            return false;
        if (at == end)
            break;
        cluster = berth_grapheme_end(text, at, end, &known);
        if (!put_cluster(map, &w, text + at, cluster - at))
            return false;
        at = cluster;
    }
    return true;
}

static bool keeps(const void *self, const char *bytes, size_t n)
{
    const struct map *map = self;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c >= 0x80 || !map->ascii_plain[c] || map->ascii[c] != c)
            return false;
    }
    return true;
}

/* "\r" may be the first half of "\r\n". */
static void fill_ascii(struct map *map)
{
    for (unsigned c = 0; c < 128; c++) {
        const char byte = (char)c;
        const char *text = find(map, &byte, 1);

        map->ascii[c] = (unsigned char)(text != NULL ? text[0] : byte);
        map->ascii_plain[c] =
            c != '\r' && (text == NULL || ((unsigned char)text[0] < 0x80 &&
                                           text[0] != '\0' && text[1] == '\0'));
    }
}

static void free_map(void *self)
{
    struct map *map = self;

    if (map != NULL) {
        free(map->units);
        free(map->texts);
    }
    free(map);
}

static struct map *copy_map(const unsigned char *bytes, size_t n_units,
                            size_t skip, size_t n)
{
    struct map *map = calloc(1, sizeof(*map));

    if (map == NULL)
        return NULL;
    map->units = calloc(n_units + 1, sizeof(*map->units));
    map->texts = calloc(n - skip + 1, 1);
    if (map->units == NULL || map->texts == NULL) {
        free_map(map);
        return NULL;
    }
    map->n_units = n_units;
    map->n_texts = n - skip;
    for (size_t i = 0; i < n_units; i++)
        map->units[i] = read_u32(bytes + 4 + 4 * i);
    memcpy(map->texts, bytes + skip, n - skip);
    fill_ascii(map);
    return map;
}

static uint64_t hash_map(const unsigned char *bytes, size_t n)
{
    uint64_t hash = berth_rules_add(0, 'p');
    size_t i;

    for (i = 0; i + 4 <= n; i += 4)
        hash = berth_rules_add(hash, read_u32(bytes + i));
    for (; i < n; i++)
        hash = berth_rules_add(hash, bytes[i]);
    return hash;
}

enum berth_status berth_precompiled_normalizer(const unsigned char *bytes,
                                               size_t n, const char *where,
                                               struct berth_normalizer *out,
                                               struct berth_error *err)
{
    size_t size = n >= 4 ? read_u32(bytes) : 0, skip;
    struct map *map;

    if (n < 4 || size > n - 4) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a character map: 4 bytes of a size, "
                          "and so many more; found a size of %zu in %zu bytes",
                          where, size, n);
    }
    skip = 4 + size / 4 * 4;
    if (berth_utf8_error(bytes + skip, n - skip) != n - skip) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a character map whose texts are UTF-8, "
                          "found other bytes",
                          where);
    }
    map = copy_map(bytes, size / 4, skip, n);
    if (map == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", where);
    *out = (struct berth_normalizer){.run = run,
                                     .keeps = keeps,
                                     .free = free_map,
                                     .self = map,
                                     .rules = hash_map(bytes, n)};
    return BERTH_OK;
}
