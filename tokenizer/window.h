/*
 * window.h - how much of each text fits, and which parts become windows.
 */
#ifndef TOKENIZER_WINDOW_H
#define TOKENIZER_WINDOW_H

#include "lib/berth.h"

/* Tokens [begin, end) of a text. */
struct berth_range {
    size_t begin;
    size_t end;
};

/*
 * berth_window_fit - how many tokens of each text fit.
 *
 *   n         tokens of texts A and B
 *   has_pair  there is a text B
 *   room      tokens that fit, special ones not counted
 *   out       at most n
 *
 * Errors: BERTH_ERR_ARGUMENT (only_first, only_second: the text is too short).
 * Source: truncate_encodings of tokenizers.
 */
enum berth_status berth_window_fit(enum berth_truncation truncation,
                                   const size_t n[2], bool has_pair,
                                   size_t room, size_t out[2],
                                   struct berth_error *err);

/* berth_window_count - parts of at most size tokens that n tokens make, when
 * neighbours share overlap; overlap is less than size unless all fits. */
size_t berth_window_count(size_t n, size_t size, size_t overlap);

/* berth_window_part - part i of them, from the left or from the right. */
struct berth_range berth_window_part(size_t n, size_t size, size_t overlap,
                                     bool from_right, size_t i);

/* berth_window_centre - size of n tokens, with token i in the middle as far as
 * there are neighbours. */
struct berth_range berth_window_centre(size_t n, size_t size, size_t i);

#endif
