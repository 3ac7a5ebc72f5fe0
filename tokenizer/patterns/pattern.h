/*
 * pattern.h - what splitters and normalizers look for in a text.
 */
#ifndef TOKENIZER_PATTERNS_PATTERN_H
#define TOKENIZER_PATTERNS_PATTERN_H

#include "tokenizer/stages/stage.h"

struct berth_text_pattern {
    /* The first match at or after bytes + at, in UTF-8 that ends at end; it is
     * not empty. False: there is none. */
    bool (*find)(const struct berth_text_pattern *pattern, const char *bytes,
                 size_t at, size_t end, struct berth_span *match);
    unsigned kind; /* a number for find(): equal patterns have equal numbers */
    const char *text; /* (length) a string, or characters of ASCII */
    size_t length;
    unsigned sets;   /* and characters of these sets (unicode/char_sets.h) */
    size_t min, max; /* so many of them, and as many as there are */
};

/* berth_pattern_string - text (n bytes), which must live as long. An empty one
 * is nowhere. */
struct berth_text_pattern berth_pattern_string(const char *text, size_t n);

/* berth_pattern_chars - each character of these sets, or of text, which is
 * ASCII and lives as long. */
struct berth_text_pattern berth_pattern_chars(unsigned sets, const char *text);

/* berth_pattern_rules - a number of all that it is, for a stage's rules. */
uint64_t berth_pattern_rules(const struct berth_text_pattern *pattern);

/*
 * berth_pattern_regex - a regular expression as tokenizer.json writes it. Only
 * those that models have are known, each by hand; NULL: it is none of them. The
 * pattern is constant.
 */
const struct berth_text_pattern *berth_pattern_regex(const char *text);

#endif
