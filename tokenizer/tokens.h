/*
 * tokens.h - the memory behind a struct berth_tokens: it only grows, so that a
 * caller who reuses it soon allocates nothing.
 */
#ifndef TOKENIZER_TOKENS_H
#define TOKENIZER_TOKENS_H

#include "tokenizer/added.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/subwords/wordpiece.h"

/* One text after stage 3, before special tokens and truncation. */
struct berth_side {
    int32_t *ids;             /* (n) */
    struct berth_span *spans; /* (n) bytes of the text */
    size_t n;
    size_t capacity;
};

/* What berth_tokens.memory points to. */
struct berth_scratch {
    struct berth_side sides[2]; /* texts A and B */
    struct berth_normalized normalized;
    struct berth_piece *pieces; /* of one word */
    size_t piece_capacity;
    struct berth_wordpiece_scratch word;
    size_t hash_capacity;
    size_t found_capacity;
    struct berth_added_cursor raw_cursor;        /* over the text */
    struct berth_added_cursor normalized_cursor; /* over what lies between */
    char *joined;                                /* prompt and text A */
    size_t joined_capacity;
    size_t token_capacity;  /* of the arrays of struct berth_tokens */
    size_t window_capacity; /* of its windows */
};

/* berth_tokens_scratch - the memory of tokens, made on first use; NULL: out of
 * memory. */
struct berth_scratch *berth_tokens_scratch(struct berth_tokens *tokens);

/* berth_enlarge - what berth_grown() does where there is something to do. */
void *berth_enlarge(void *array, size_t *capacity, size_t need, size_t size);

/* berth_grown - array with room for need elements of size bytes each, keeping
 * what it holds: array itself where its capacity will do. NULL: out of memory,
 * and nothing has changed. (It takes no address of a local, as words pass here
 * by the million, and the compiler guards the stack of a function that does.)
 */
static inline void *berth_grown(void *array, size_t *capacity, size_t need,
                                size_t size)
{
    return need <= *capacity && array != NULL
               ? array
               : berth_enlarge(array, capacity, need, size);
}

/* The same for the arrays of a side, of the tokens, and for the windows. */
bool berth_side_reserve(struct berth_side *side, size_t more);
bool berth_tokens_reserve(struct berth_tokens *tokens, size_t more);
bool berth_tokens_reserve_window(struct berth_tokens *tokens);

#endif
