/*
 * prefixes.c - the memory of a filter.
 */
#include "tokenizer/subwords/prefixes.h"

#include <stdlib.h>

enum {
    BITS_MIN = 6,
    CELLS_A_PIECE = 16 /* one in twelve of what is no prefix passes */
};

bool berth_prefixes_init(struct berth_prefixes *out, size_t n)
{
    *out = (struct berth_prefixes){.bits = BITS_MIN};
    while ((size_t)1 << out->bits < CELLS_A_PIECE * n)
        out->bits++;
    out->cells = calloc(((size_t)1 << out->bits) / 32, sizeof(*out->cells));
    return out->cells != NULL;
}
