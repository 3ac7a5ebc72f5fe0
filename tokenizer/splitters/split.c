/*
 * split.c - matches, and the stretches between them, become words.
 */
#include "tokenizer/splitters/split.h"

#include "tokenizer/unicode/char_sets.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct split {
    struct berth_text_pattern pattern;
    enum berth_split_behavior behavior;
    bool invert;
    char text[]; /* of the pattern */
};

/* One run of it. */
struct work {
    const struct split *split;
    struct berth_flow *flow;
    size_t first;    /* words that were there before */
    bool last_match; /* what the last stretch was */
};

/* The last word becomes longer, if there is one. */
static bool extend(struct work *w, size_t begin, size_t end)
{
    struct berth_flow *flow = w->flow;

    if (flow->n_words == w->first)
        return berth_flow_word(flow, begin, end);
    flow->words[flow->n_words - 1].end = end;
    return true;
}

/* A stretch, which is not empty, and comes after all others. */
static bool put(struct work *w, size_t begin, size_t end, bool match)
{
    bool after_match = w->last_match, joins = false;

    w->last_match = match;
    switch (w->split->behavior) {
    case BERTH_SPLIT_REMOVED:
        return match || berth_flow_word(w->flow, begin, end);
    case BERTH_SPLIT_ISOLATED:
        break;
    case BERTH_SPLIT_MERGED_WITH_PREVIOUS:
        joins = match && !after_match;
        break;
    case BERTH_SPLIT_MERGED_WITH_NEXT:
        joins = !match && after_match;
        break;
    case BERTH_SPLIT_CONTIGUOUS:
        joins = match == after_match;
        break;
    }
    return joins ? extend(w, begin, end) : berth_flow_word(w->flow, begin, end);
}

static bool run(const void *self, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct split *split = self;
    const struct berth_text_pattern *pattern = &split->pattern;
    struct work w = {split, flow, flow->n_words, false};
    struct berth_span match;

    while (pattern->find(pattern, flow->bytes, begin, end, &match)) {
        if (begin < match.begin && !put(&w, begin, match.begin, split->invert))
            return false;
        if (!put(&w, match.begin, match.end, !split->invert))
            return false;
        begin = match.end;
    }
    return begin == end || put(&w, begin, end, split->invert);
}

static uint64_t rules_of(const struct split *split)
{
    uint64_t rules = berth_rules_add(0, 's');

    rules = berth_rules_add(rules, berth_pattern_rules(&split->pattern));
    return berth_rules_add(rules,
                           (uint64_t)split->behavior << 1 | split->invert);
}

bool berth_split_splitter(const struct berth_text_pattern *pattern,
                          enum berth_split_behavior behavior, bool invert,
                          struct berth_splitter *out)
{
    struct split *split = malloc(sizeof(*split) + pattern->length + 1);

    if (split == NULL)
        return false;
    split->pattern = *pattern;
    split->behavior = behavior;
    split->invert = invert;
    memcpy(split->text, pattern->text, pattern->length);
    split->text[pattern->length] = '\0';
    split->pattern.text = split->text;
    *out = (struct berth_splitter){
        .run = run, .free = free, .self = split, .rules = rules_of(split)};
    return true;
}

/* Where the run of characters ends that are all of WORD, or all of SPACE, or
 * all of neither. */
static size_t run_end(const char *bytes, size_t at, size_t end, unsigned *kind)
{
    const unsigned kinds = BERTH_SET_WORD | BERTH_SET_SPACE;

    for (bool first = true; at < end; first = false) {
        uint32_t cp;
        size_t size = berth_utf8_read((const unsigned char *)bytes + at, &cp);
        unsigned found = berth_char_sets(cp) & kinds;

        if (first)
            *kind = found;
        else if (found != *kind)
            break;
        at += size;
    }
    return at;
}

static bool run_whitespace(const void *self, size_t begin, size_t end,
                           struct berth_flow *flow)
{
    (void)self; /* it has no settings */
    while (begin < end) {
        unsigned kind = 0;
        size_t stop = run_end(flow->bytes, begin, end, &kind);

        if (kind != BERTH_SET_SPACE && !berth_flow_word(flow, begin, stop))
            return false;
        begin = stop;
    }
    return true;
}

struct berth_splitter berth_whitespace_splitter(void)
{
    return (struct berth_splitter){.run = run_whitespace,
                                   .rules = berth_rules_add(0, 'w')};
}
