/*
 * replace.c - what is between the matches is kept.
 */
#include "tokenizer/normalizers/replace.h"

#include "tokenizer/normalizers/rewrite.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Both stages. */
struct replace {
    struct berth_text_pattern pattern;
    size_t n;    /* bytes of the content */
    char text[]; /* it, and that of the pattern */
};

/* The content in the place of the n bytes at w->at, which are a match. */
static bool put_content(struct berth_rewrite *w, const struct replace *stage,
                        size_t n)
{
    size_t end = w->at + n, size;

    while (w->at < end)
        berth_rewrite_drop(w, 1);
    for (size_t i = 0; i < stage->n; i += size) {
        size = berth_utf8_size((unsigned char)stage->text[i]);
        if (!berth_rewrite_put(w, stage->text + i, size, true))
            return false;
    }
    return true;
}

static bool run_replace(const void *self, const char *text, size_t begin,
                        size_t end, struct berth_flow *flow)
{
    const struct replace *stage = self;
    struct berth_rewrite w = berth_rewrite_start(text, begin, end, flow);
    struct berth_span match;

    while (stage->pattern.find(&stage->pattern, text, w.at, end, &match)) {
        if (!berth_rewrite_keep(&w, match.begin - w.at) ||
            !put_content(&w, stage, match.end - match.begin))
            return false;
    }
    return berth_rewrite_keep(&w, end - w.at);
}

static bool keeps(const void *self, const char *bytes, size_t n)
{
    const struct replace *stage = self;
    struct berth_span match;

    return !stage->pattern.find(&stage->pattern, bytes, 0, n, &match);
}

static bool run_prepend(const void *self, const char *text, size_t begin,
                        size_t end, struct berth_flow *flow)
{
    const struct replace *stage = self;
    struct berth_rewrite w = berth_rewrite_start(text, begin, end, flow);
    size_t first;

    if (begin == end)
        return true;
    first = berth_utf8_size((unsigned char)text[begin]);
    return put_content(&w, stage, first) &&
           berth_rewrite_put(&w, text + begin, first, true) &&
           berth_rewrite_keep(&w, end - w.at);
}

static struct replace *make(const struct berth_text_pattern *pattern,
                            const char *content, size_t n, uint64_t *rules)
{
    struct replace *stage = malloc(sizeof(*stage) + n + pattern->length + 1);

    if (stage == NULL)
        return NULL;
    stage->pattern = *pattern;
    stage->n = n;
    memcpy(stage->text, content, n);
    memcpy(stage->text + n, pattern->text, pattern->length);
    stage->pattern.text = stage->text + n;
    for (size_t i = 0; i < n; i++)
        *rules = berth_rules_add(*rules, (unsigned char)content[i]);
    *rules = berth_rules_add(*rules, berth_pattern_rules(pattern));
    return stage;
}

bool berth_replace_normalizer(const struct berth_text_pattern *pattern,
                              const char *content, size_t n,
                              struct berth_normalizer *out)
{
    uint64_t rules = berth_rules_add(0, 'r');
    struct replace *stage = make(pattern, content, n, &rules);

    *out = (struct berth_normalizer){.run = run_replace,
                                     .keeps = keeps,
                                     .free = free,
                                     .self = stage,
                                     .rules = rules};
    return stage != NULL;
}

bool berth_prepend_normalizer(const char *content, size_t n,
                              struct berth_normalizer *out)
{
    const struct berth_text_pattern none = berth_pattern_string("", 0);
    uint64_t rules = berth_rules_add(0, 'b');
    struct replace *stage = make(&none, content, n, &rules);

    *out = (struct berth_normalizer){
        .run = run_prepend, .free = free, .self = stage, .rules = rules};
    return stage != NULL;
}
