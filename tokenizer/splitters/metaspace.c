/*
 * metaspace.c - words that hold their blank: of "new york", written after it,
 * "_new" and "_york".
 */
#include "tokenizer/splitters/metaspace.h"

#include <stdlib.h>
#include <string.h>

enum {
    MARK_MAX = 4 /* bytes of a character */
};

/* The stage. */
struct metaspace {
    char mark[MARK_MAX];
    size_t n; /* bytes of the mark */
    enum berth_prepend prepend;
    bool split;
};

/* Whether a blank or a mark is at bytes + at; *size: its bytes. */
static bool is_mark(const struct metaspace *m, const char *bytes, size_t at,
                    size_t end, size_t *size)
{
    *size = bytes[at] == ' ' ? 1 : m->n;
    return bytes[at] == ' ' || (bytes[at] == m->mark[0] && end - at >= m->n &&
                                memcmp(bytes + at, m->mark, m->n) == 0);
}

/* A mark at the end of what is written; there is room. */
static void put_mark(const struct metaspace *m, struct berth_flow *flow,
                     struct berth_origin origin)
{
    for (size_t i = 0; i < m->n; i++) {
        flow->bytes[flow->n] = m->mark[i];
        flow->origin[flow->n++] = origin;
    }
}

static bool wants_prefix(const struct metaspace *m,
                         const struct berth_flow *flow, size_t begin,
                         size_t end)
{
    size_t size;

    if (m->prepend == BERTH_PREPEND_NEVER ||
        is_mark(m, flow->bytes, begin, end, &size))
        return false;
    return m->prepend == BERTH_PREPEND_ALWAYS || flow->origin[begin].begin == 0;
}

static bool run(const void *self, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct metaspace *m = self;
    size_t word, size;

    if (!berth_flow_reserve(flow, (end - begin + 1) * m->n))
        return false;
    word = flow->n;
    if (wants_prefix(m, flow, begin, end))
        put_mark(m, flow, flow->origin[begin]);
    while (begin < end) {
        if (!is_mark(m, flow->bytes, begin, end, &size)) {
            flow->bytes[flow->n] = flow->bytes[begin];
            flow->origin[flow->n++] = flow->origin[begin++];
            continue;
        }
        if (m->split && flow->n > word) {
            if (!berth_flow_word(flow, word, flow->n))
                return false;
            word = flow->n;
        }
        put_mark(m, flow, flow->origin[begin]);
        begin += size;
    }
    return berth_flow_word(flow, word, flow->n);
}

bool berth_metaspace_splitter(const char *mark, enum berth_prepend prepend,
                              bool split, struct berth_splitter *out)
{
    struct metaspace *m = calloc(1, sizeof(*m));
    uint32_t bytes = 0;

    if (m == NULL)
        return false;
    m->n = strnlen(mark, MARK_MAX);
    m->prepend = prepend;
    m->split = split;
    memcpy(m->mark, mark, m->n);
    memcpy(&bytes, mark, m->n);
    *out = (struct berth_splitter){.run = run,
                                   .free = free,
                                   .self = m,
                                   .blank = m->mark,
                                   .blank_length = m->n,
                                   .rules = (uint64_t)bytes << 8 |
                                            (uint64_t)prepend << 4 |
                                            (uint64_t)split << 3 | 3};
    return true;
}
