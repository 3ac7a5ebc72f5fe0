/*
 * tokens.h - the memory of a struct berth_tokens. It only grows, so that a
 * caller who reuses it soon allocates nothing.
 */
#ifndef TOKENIZER_TOKENS_H
#define TOKENIZER_TOKENS_H

#include "tokenizer/added.h"
#include "tokenizer/stages/flow.h"

/* What berth_tokens.memory points to. */
struct berth_scratch {
    struct berth_side sides[2]; /* texts A and B */
    struct berth_flow flow;
    struct berth_added_cursor raw_cursor;        /* over the text */
    struct berth_added_cursor normalized_cursor; /* over what is between */
    struct berth_room joined;                    /* prompt and text A */
    size_t token_capacity;  /* of the arrays of struct berth_tokens */
    size_t window_capacity; /* of its windows */
};

/* berth_tokens_scratch - the memory of tokens, made on first use; NULL: out of
 * memory. */
struct berth_scratch *berth_tokens_scratch(struct berth_tokens *tokens);

/* berth_tokens_reserve - room for more tokens, or for one more window. False:
 * out of memory. */
bool berth_tokens_reserve(struct berth_tokens *tokens, size_t more);
bool berth_tokens_reserve_window(struct berth_tokens *tokens);

#endif
