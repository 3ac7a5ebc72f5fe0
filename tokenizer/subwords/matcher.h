/*
 * matcher.h - which of many patterns begins at each place of a text: one pass
 * over the text, however many patterns there are and however long they are.
 *
 * An automaton of Aho and Corasick (1975) over the patterns read backwards, as
 * the text is: at each place its state knows the longest pattern that begins
 * there.
 */
#ifndef TOKENIZER_SUBWORDS_MATCHER_H
#define TOKENIZER_SUBWORDS_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BERTH_NO_MATCH UINT32_MAX

struct berth_pattern {
    const char *bytes; /* (n), n at least 1 */
    size_t n;
    uint32_t value; /* what a match is reported as; not BERTH_NO_MATCH */
};

/* Node u, the root being 0, has the nodes first[u] .. first[u + 1] - 1 as
 * children, by rising label. */
struct berth_matcher {
    uint32_t *first;      /* (n_nodes + 1) */
    uint32_t *fail;       /* (n_nodes) where to go on without a child */
    uint32_t *match;      /* (n_nodes) value of the longest pattern */
    unsigned char *label; /* (n_nodes) the byte that leads here */
    uint32_t root[256];   /* the root's children; 0: none */
    size_t n_nodes;       /* 0: there is no pattern */
    size_t longest;       /* bytes of the longest pattern */
    bool begins[256];     /* a pattern begins with this byte */
    bool follows[256];    /* and goes on with this one, or ends before it */
    int only;             /* the byte that all begin with; -1: several */
};

/*
 * berth_matcher_build - an automaton for n patterns, in memory proportional to
 * their bytes. Of equal patterns the one of the least value counts.
 *
 *   patterns  (n) are reordered; not needed afterwards
 *   out       berth_matcher_free(); {0} where n is 0
 *
 * False: out of memory.
 */
bool berth_matcher_build(struct berth_pattern *patterns, size_t n,
                         struct berth_matcher *out);

void berth_matcher_free(struct berth_matcher *matcher);

/* berth_matcher_skip - the first place of text[at .. n) where a pattern may
 * begin by its first two bytes; n: none. Cannot fail. */
size_t berth_matcher_skip(const struct berth_matcher *matcher, const char *text,
                          size_t n, size_t at);

/*
 * berth_matcher_find - the longest pattern that begins at each of the places
 * [begin, end) of a text of n bytes.
 *
 *   out  (end - begin) values; BERTH_NO_MATCH: none
 *
 * Cannot fail. Looks at no more than end - begin + matcher->longest bytes.
 */
void berth_matcher_find(const struct berth_matcher *matcher, const char *text,
                        size_t n, size_t begin, size_t end, uint32_t *out);

#endif
