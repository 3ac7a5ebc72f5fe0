/*
 * arena.h - memory that is given back all at once: the pieces of a chunk of
 * records. Pieces do not move.
 */
#ifndef CLI_ARENA_H
#define CLI_ARENA_H

#include <stddef.h>

struct arena_block;

/* Start with {0}. */
struct arena {
    struct arena_block *blocks; /* the newest first */
};

/* arena_alloc - size bytes, aligned for any type; NULL when memory is out. */
void *arena_alloc(struct arena *a, size_t size);

/* arena_array - n pieces of size bytes each; NULL also on overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* arena_copy - a copy of size bytes with a NUL behind it. */
char *arena_copy(struct arena *a, const void *data, size_t size);

/* arena_reset - gives everything back and keeps at most one block of ordinary
 * size, so that one long record does not stay in memory. */
void arena_reset(struct arena *a);

void arena_free(struct arena *a);

#endif
