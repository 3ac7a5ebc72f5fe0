/*
 * region.h - memory that is given back all at once: the pieces of a chunk of
 * records. Pieces do not move.
 */
#ifndef CLI_BASE_REGION_H
#define CLI_BASE_REGION_H

#include <stddef.h>

struct block;

/* Start with {0}. */
struct pieces {
    struct block *blocks; /* the newest first */
    struct block *spare;  /* for later: of ordinary size, empty */
};

/* pieces_alloc - size bytes, aligned for any type; NULL when memory is out. */
void *pieces_alloc(struct pieces *a, size_t size);

/* pieces_array - n pieces of size bytes each; NULL also on overflow. */
void *pieces_array(struct pieces *a, size_t n, size_t size);

/* pieces_copy - a copy of size bytes, and a NUL after it. */
char *pieces_copy(struct pieces *a, const void *data, size_t size);

/* pieces_reset - gives everything back and keeps at most 2 MB of blocks of
 * ordinary size, so that one long record does not stay in memory. */
void pieces_reset(struct pieces *a);

void pieces_free(struct pieces *a);

#endif
