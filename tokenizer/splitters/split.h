/*
 * split.h - splitting at what a pattern matches.
 */
#ifndef TOKENIZER_SPLITTERS_SPLIT_H
#define TOKENIZER_SPLITTERS_SPLIT_H

#include "tokenizer/patterns/pattern.h"
#include "tokenizer/stages/stage.h"

/* What becomes of a match; "a--b" at each "-": */
enum berth_split_behavior {
    BERTH_SPLIT_REMOVED = 0,          /* a, b */
    BERTH_SPLIT_ISOLATED,             /* a, -, -, b */
    BERTH_SPLIT_MERGED_WITH_PREVIOUS, /* a-, -, b */
    BERTH_SPLIT_MERGED_WITH_NEXT,     /* a, -, -b */
    BERTH_SPLIT_CONTIGUOUS            /* a, --, b */
};

/*
 * berth_split_splitter - at the matches of pattern, the text of which is
 * copied.
 *
 *   invert  what lies between the matches counts as matches, and they do not
 *   out     owned: its free()
 *
 * False: out of memory.
 * Source: NormalizedString::split of tokenizers, and its Split.
 */
bool berth_split_splitter(const struct berth_text_pattern *pattern,
                          enum berth_split_behavior behavior, bool invert,
                          struct berth_splitter *out);

/* berth_whitespace_splitter - words, and what is neither word nor white space:
 * \w+|[^\w\s]+ . Cannot fail. Source: Whitespace of tokenizers. */
struct berth_splitter berth_whitespace_splitter(void);

#endif
