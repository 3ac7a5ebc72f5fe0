/*
 * arena.h - one block of memory, cut into 64-byte aligned pieces and freed as a
 * whole.
 */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include "lib/berth.h"

enum {
    BERTH_ARENA_ALIGN = 64
};

/* Start with {0}. */
struct berth_arena {
    char *base;
    size_t size; /* bytes */
    size_t used;
};

/*
 * berth_arena_reserve - a block of at least size bytes, all zero; the old one
 * is freed and what was in it is lost. Large blocks ask for huge pages. Errors:
 * BERTH_ERR_MEMORY; the arena is then empty.
 */
enum berth_status berth_arena_reserve(struct berth_arena *arena, size_t size,
                                      struct berth_error *err);

/*
 * berth_arena_take - the next piece, of n elements. The caller reserved enough:
 * asking for more is a bug, and asserted. Under ASan the gaps between pieces
 * are poisoned.
 */
void *berth_arena_take(struct berth_arena *arena, size_t n, size_t element);

/* berth_arena_piece - bytes that berth_arena_take(n, element) uses up;
 * SIZE_MAX when that overflows. */
size_t berth_arena_piece(size_t n, size_t element);

void berth_arena_rewind(struct berth_arena *arena);
void berth_arena_free(struct berth_arena *arena);

#endif
