/*
 * pieces.h - texts one after the other: the tokens that a decoder is given, and
 * what it makes of them.
 */
#ifndef TOKENIZER_STAGES_PIECES_H
#define TOKENIZER_STAGES_PIECES_H

#include "tokenizer/stages/flow.h"

/* Start with {0}; berth_pieces_free() at the end. */
struct berth_pieces {
    struct berth_string text; /* of all */
    size_t *ends;             /* (n) piece i ends there */
    size_t n;
    size_t capacity;
};

void berth_pieces_free(struct berth_pieces *pieces);

/* berth_pieces_end - what was added to the text since the last piece is one
 * more. False: out of memory. */
bool berth_pieces_end(struct berth_pieces *pieces);

/* berth_pieces_add - one more. False: out of memory. */
bool berth_pieces_add(struct berth_pieces *pieces, const char *bytes, size_t n);

/* berth_piece - where piece i is in the text. */
static inline struct berth_span berth_piece(const struct berth_pieces *pieces,
                                            size_t i)
{
    return (struct berth_span){i > 0 ? pieces->ends[i - 1] : 0,
                               pieces->ends[i]};
}

#endif
