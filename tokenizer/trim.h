/*
 * trim.h - offsets of tokens without the blanks that the tokens hold.
 */
#ifndef TOKENIZER_TRIM_H
#define TOKENIZER_TRIM_H

#include "tokenizer/pipeline.h"

/*
 * berth_trim - the place of a token without the blanks that its own text begins
 * and ends with: where byte-level " the" is at 3-7, 4-7.
 *
 *   text   bytes [span.begin, span.end) are the token's
 *   first  it is the first token of its text or window
 *
 * Only as tokenizer->trim says. Cannot fail.
 * Source: process_offsets() of tokenizers, pre_tokenizers/byte_level.rs.
 */
struct berth_span berth_trim(const struct berth_tokenizer *tokenizer,
                             int32_t id, const char *text,
                             struct berth_span span, bool first);

#endif
