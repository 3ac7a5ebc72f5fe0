/*
 * pieces.c - a list of texts in one block.
 */
#include "tokenizer/stages/pieces.h"

#include <stdlib.h>

void berth_pieces_free(struct berth_pieces *pieces)
{
    free(pieces->text.bytes);
    free(pieces->ends);
    *pieces = (struct berth_pieces){0};
}

bool berth_pieces_end(struct berth_pieces *pieces)
{
    size_t *ends = berth_grown(pieces->ends, &pieces->capacity, pieces->n + 1,
                               sizeof(*ends));

    if (ends == NULL)
        return false;
    pieces->ends = ends;
    pieces->ends[pieces->n++] = pieces->text.n;
    return true;
}

bool berth_pieces_add(struct berth_pieces *pieces, const char *bytes, size_t n)
{
    return berth_string_add(&pieces->text, bytes, n) &&
           berth_pieces_end(pieces);
}
