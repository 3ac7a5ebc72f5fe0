/*
 * arena.c - memory for weights and for activations.
 */
#include "lib/arena.h"
#include "lib/status.h"

#include <assert.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
enum {
    RED_ZONE = BERTH_ARENA_ALIGN
};
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
enum {
    RED_ZONE = 0
};
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

static const size_t huge_page = (size_t)2 << 20;

enum berth_status berth_arena_reserve(struct berth_arena *arena, size_t size,
                                      struct berth_error *err)
{
    berth_arena_free(arena);
    if (size == 0)
        size = 1;
    if (size > SIZE_MAX / 2)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    /* Whole huge pages, so that the kernel can use them: reading weights from
     * 2 MiB pages is a tenth faster than from 4 KiB ones. */
    if (size >= huge_page)
        size = (size + huge_page - 1) / huge_page * huge_page;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return berth_fail(err, BERTH_ERR_MEMORY,
                          "out of memory: %zu bytes wanted", size);
    if (size >= huge_page)
        madvise(p, size, MADV_HUGEPAGE);
    *arena = (struct berth_arena){.base = p, .size = size};
    POISON(arena->base, arena->size);
    return BERTH_OK;
}

size_t berth_arena_piece(size_t n, size_t element)
{
    size_t bytes;
    const size_t extra = BERTH_ARENA_ALIGN - 1 + RED_ZONE;

    if (!berth_mul(n, element, &bytes) || bytes > SIZE_MAX / 2)
        return SIZE_MAX;
    return (bytes + extra) / BERTH_ARENA_ALIGN * BERTH_ARENA_ALIGN;
}

void *berth_arena_take(struct berth_arena *arena, size_t n, size_t element)
{
    size_t piece = berth_arena_piece(n, element);
    char *p = arena->base + arena->used;

    assert(piece <= arena->size - arena->used);
    UNPOISON(p, n * element);
    arena->used += piece;
    return p;
}

void berth_arena_rewind(struct berth_arena *arena)
{
    arena->used = 0;
    if (arena->base != NULL)
        POISON(arena->base, arena->size);
}

void berth_arena_free(struct berth_arena *arena)
{
    if (arena->base != NULL) {
        UNPOISON(arena->base, arena->size);
        munmap(arena->base, arena->size);
    }
    *arena = (struct berth_arena){0};
}
