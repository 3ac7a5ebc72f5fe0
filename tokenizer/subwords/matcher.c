/*
 * matcher.c - building the automaton level by level, and running it.
 *
 * Of the patterns "he", "she" and "hers", read backwards, the root has the
 * children e (eh, then ehs) and s (sreh). In "ushers", from its end on, s, r,
 * e, h is "hers"; that has no child s, so that the automaton goes on at the
 * longest end of it that begins a pattern, e, h, and finds ehs: "she".
 */
#include "tokenizer/subwords/matcher.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 8 /* children that are looked at one by one */
};

/* One run of berth_matcher_build(). Node u is for the patterns [low[u],
 * high[u]), which share an ending. */
struct building {
    const struct berth_pattern *patterns; /* sorted by the bytes read backwards
                                           */
    uint32_t *low;
    uint32_t *high;
    struct berth_matcher *out;
};

void berth_matcher_free(struct berth_matcher *matcher)
{
    free(matcher->first);
    free(matcher->fail);
    free(matcher->match);
    free(matcher->label);
    *matcher = (struct berth_matcher){0};
}

static unsigned char from_end(const struct berth_pattern *pattern, size_t i)
{
    return (unsigned char)pattern->bytes[pattern->n - 1 - i];
}

/* Bytes at the ends of two patterns that are the same. */
static size_t common(const struct berth_pattern *a,
                     const struct berth_pattern *b)
{
    size_t n = a->n < b->n ? a->n : b->n;
    size_t i = 0;

    while (i < n && from_end(a, i) == from_end(b, i))
        i++;
    return i;
}

static int compare(const void *left, const void *right)
{
    const struct berth_pattern *a = left, *b = right;
    size_t i = common(a, b);

    if (i < a->n && i < b->n)
        return from_end(a, i) < from_end(b, i) ? -1 : 1;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return a->value < b->value ? -1 : a->value > b->value;
}

/* Nodes that the sorted patterns need, the root among them; 0: too many. */
static size_t count_nodes(const struct berth_pattern *patterns, size_t n)
{
    size_t nodes = 1;

    for (size_t i = 0; i < n; i++) {
        size_t shared = i > 0 ? common(&patterns[i - 1], &patterns[i]) : 0;

        if (patterns[i].n - shared >= UINT32_MAX - nodes)
            return 0;
        nodes += patterns[i].n - shared;
    }
    return nodes;
}

static bool reserve(struct building *b, size_t n_nodes)
{
    struct berth_matcher *m = b->out;

    if (n_nodes == 0)
        return false;
    m->first = malloc((n_nodes + 1) * sizeof(*m->first));
    m->fail = calloc(n_nodes, sizeof(*m->fail));
    m->match = malloc(n_nodes * sizeof(*m->match));
    m->label = calloc(n_nodes, 1);
    b->low = malloc(n_nodes * sizeof(*b->low));
    b->high = malloc(n_nodes * sizeof(*b->high));
    return m->first != NULL && m->fail != NULL && m->match != NULL &&
           m->label != NULL && b->low != NULL && b->high != NULL;
}

/* The children of node u, whose patterns agree in depth bytes; *n_nodes is
 * where they go. */
static void add_children(struct building *b, uint32_t u, size_t depth,
                         uint32_t *n_nodes)
{
    struct berth_matcher *m = b->out;
    uint32_t i = b->low[u];

    m->first[u] = *n_nodes;
    m->match[u] = BERTH_NO_MATCH;
    if (depth > 0 && i < b->high[u] && b->patterns[i].n == depth)
        m->match[u] = b->patterns[i].value;
    while (i < b->high[u] && b->patterns[i].n == depth)
        i++;
    while (i < b->high[u]) {
        unsigned char byte = from_end(&b->patterns[i], depth);
        uint32_t v = (*n_nodes)++;

        m->label[v] = byte;
        b->low[v] = i;
        while (i < b->high[u] && from_end(&b->patterns[i], depth) == byte)
            i++;
        b->high[v] = i;
    }
}

/* All nodes, level by level. */
static void add_nodes(struct building *b, size_t n_patterns)
{
    uint32_t n_nodes = 1;
    uint32_t u = 0;

    b->low[0] = 0;
    b->high[0] = (uint32_t)n_patterns;
    for (size_t depth = 0; u < n_nodes; depth++) {
        for (uint32_t end = n_nodes; u < end; u++)
            add_children(b, u, depth, &n_nodes);
    }
    b->out->first[n_nodes] = n_nodes;
    b->out->n_nodes = n_nodes;
}

/* The child of u that byte leads to; 0: none. */
static uint32_t child(const struct berth_matcher *m, uint32_t u,
                      unsigned char byte)
{
    uint32_t low = m->first[u], high = m->first[u + 1];

    while (high - low > FEW) {
        uint32_t middle = low + (high - low) / 2;

        if (m->label[middle] <= byte)
            low = middle;
        else
            high = middle;
    }
    for (; low < high; low++) {
        if (m->label[low] == byte)
            return low;
    }
    return 0;
}

static uint32_t step(const struct berth_matcher *m, uint32_t u,
                     unsigned char byte)
{
    for (; u != 0; u = m->fail[u]) {
        uint32_t v = child(m, u, byte);

        if (v != 0)
            return v;
    }
    return m->root[byte];
}

/* Where each node goes on, and what ends there too. A node's fail is on a level
 * above, so it is ready. */
static void link_nodes(struct berth_matcher *m)
{
    for (uint32_t v = m->first[0]; v < m->first[1]; v++)
        m->root[m->label[v]] = v;
    for (uint32_t u = 0; u < m->n_nodes; u++) {
        for (uint32_t v = m->first[u]; v < m->first[u + 1]; v++) {
            if (u != 0)
                m->fail[v] = step(m, m->fail[u], m->label[v]);
            if (m->match[v] == BERTH_NO_MATCH)
                m->match[v] = m->match[m->fail[v]];
        }
    }
}

static void note_begins(struct berth_matcher *m,
                        const struct berth_pattern *patterns, size_t n)
{
    m->only = (unsigned char)patterns[0].bytes[0];
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)patterns[i].bytes[0];

        m->begins[byte] = true;
        if (patterns[i].n > 1)
            m->follows[(unsigned char)patterns[i].bytes[1]] = true;
        else
            memset(m->follows, true, sizeof(m->follows));
        if (byte != m->only)
            m->only = -1;
        if (patterns[i].n > m->longest)
            m->longest = patterns[i].n;
    }
}

bool berth_matcher_build(struct berth_pattern *patterns, size_t n,
                         struct berth_matcher *out)
{
    struct building b = {.patterns = patterns, .out = out};
    bool ok;

    *out = (struct berth_matcher){0};
    if (n == 0)
        return true;
    if (n >= UINT32_MAX)
        return false;
    qsort(patterns, n, sizeof(*patterns), compare);
    ok = reserve(&b, count_nodes(patterns, n));
    if (ok) {
        add_nodes(&b, n);
        link_nodes(out);
        note_begins(out, patterns, n);
    }
    free(b.low);
    free(b.high);
    if (!ok)
        berth_matcher_free(out);
    return ok;
}

static size_t skip_first(const struct berth_matcher *matcher, const char *text,
                         size_t n, size_t at)
{
    if (matcher->only >= 0) {
        const char *found = memchr(text + at, matcher->only, n - at);

        return found != NULL ? (size_t)(found - text) : n;
    }
    while (at < n && !matcher->begins[(unsigned char)text[at]])
        at++;
    return at;
}

size_t berth_matcher_skip(const struct berth_matcher *matcher, const char *text,
                          size_t n, size_t at)
{
    if (matcher->n_nodes == 0)
        return n;
    while (at < n) {
        at = skip_first(matcher, text, n, at);
        if (n - at < 2 || matcher->follows[(unsigned char)text[at + 1]])
            return at;
        at++;
    }
    return n;
}

void berth_matcher_find(const struct berth_matcher *matcher, const char *text,
                        size_t n, size_t begin, size_t end, uint32_t *out)
{
    size_t at = n - end > matcher->longest ? end + matcher->longest : n;
    uint32_t u = 0;

    if (matcher->n_nodes == 0) {
        memset(out, 0xff, (end - begin) * sizeof(*out));
        return;
    }
    while (at > begin) {
        u = step(matcher, u, (unsigned char)text[--at]);
        if (at < end)
            out[at - begin] = matcher->match[u];
    }
}
