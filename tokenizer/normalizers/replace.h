/*
 * replace.h - normalizers that write a text of their own. Each is a step of
 * berth_normalizer_sequence(). False: out of memory.
 */
#ifndef TOKENIZER_NORMALIZERS_REPLACE_H
#define TOKENIZER_NORMALIZERS_REPLACE_H

#include "tokenizer/patterns/pattern.h"
#include "tokenizer/stages/stage.h"

/*
 * berth_replace_normalizer - content (n bytes of UTF-8) in the place of each
 * match of pattern: all of it has the place of the last character of the match.
 * Both are copied. Source: Replace of tokenizers.
 */
bool berth_replace_normalizer(const struct berth_text_pattern *pattern,
                              const char *content, size_t n,
                              struct berth_normalizer *out);

/* berth_prepend_normalizer - content (n bytes of UTF-8) before a text that is
 * not empty, in the place of its first character. Source: Prepend of
 * tokenizers. */
bool berth_prepend_normalizer(const char *content, size_t n,
                              struct berth_normalizer *out);

#endif
