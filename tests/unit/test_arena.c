/*
 * test_arena.c - one block, cut into aligned pieces.
 */
#include "lib/arena.h"

#include "tests/tap.h"

#include <stdint.h>

static bool all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

/* Sizes that a build with AddressSanitizer makes larger by its gaps of 64. */
static void test_piece(void)
{
    const size_t gap = berth_arena_piece(0, 1);

    CHECK(gap == 0 || gap == 64, "nothing needs %zu bytes: none, or a gap",
          gap);
    EQUAL_SIZE(berth_arena_piece(1, 1), 64 + gap, "one byte");
    EQUAL_SIZE(berth_arena_piece(16, 4), 64 + gap, "sixteen floats");
    EQUAL_SIZE(berth_arena_piece(17, 4), 128 + gap, "seventeen floats");
    EQUAL_SIZE(berth_arena_piece(1000, 1), 1024 + gap, "1000 bytes");
    EQUAL_SIZE(berth_arena_piece(SIZE_MAX, 2), SIZE_MAX,
               "a product that overflows");
    EQUAL_SIZE(berth_arena_piece(SIZE_MAX - 8, 1), SIZE_MAX,
               "a size whose rounding would overflow");
    EQUAL_SIZE(berth_arena_piece(SIZE_MAX / 4 + 1, 4), SIZE_MAX,
               "a product that wraps around to 0");
}

static void test_take(void)
{
    static const size_t sizes[] = {3, 64, 0, 65, 1};
    enum {
        N = sizeof(sizes) / sizeof(sizes[0])
    };
    struct berth_arena arena = {0};
    char *pieces[N];
    size_t total = 0;

    for (size_t i = 0; i < N; i++)
        total += berth_arena_piece(sizes[i], 2);
    if (!EQUAL_INT(berth_arena_reserve(&arena, total, NULL), BERTH_OK,
                   "reserve %zu bytes", total))
        return;
    for (size_t i = 0; i < N; i++) {
        pieces[i] = berth_arena_take(&arena, sizes[i], 2);
        EQUAL_SIZE((uintptr_t)pieces[i] % BERTH_ARENA_ALIGN, 0,
                   "piece %zu is aligned", i);
        CHECK(all_zero(pieces[i], 2 * sizes[i]), "piece %zu is zero", i);
        memset(pieces[i], 0xff, 2 * sizes[i]);
    }
    for (size_t i = 0; i + 1 < N; i++)
        EQUAL_SIZE((size_t)(pieces[i + 1] - pieces[i]),
                   berth_arena_piece(sizes[i], 2),
                   "piece %zu ends where the next begins", i);
    EQUAL_SIZE(arena.used, total, "bytes used");
    berth_arena_rewind(&arena);
    EQUAL_SIZE(arena.used, 0, "bytes used after a rewind");
    CHECK(berth_arena_take(&arena, 3, 2) == (void *)pieces[0],
          "the first piece after a rewind is where it was");
    berth_arena_free(&arena);
    CHECK(arena.base == NULL, "no block after free");
    EQUAL_SIZE(arena.size, 0, "size after free");
}

static void test_reserve(void)
{
    const size_t huge = (size_t)2 << 20;
    struct berth_arena arena = {0};
    struct berth_error err = {0};

    berth_arena_reserve(&arena, 0, NULL);
    EQUAL_SIZE(arena.size, 1, "room for nothing is a block all the same");
    berth_arena_reserve(&arena, 256, NULL);
    memset(berth_arena_take(&arena, 36, 1), 1, 36);
    berth_arena_reserve(&arena, 512, NULL);
    EQUAL_SIZE(arena.used, 0, "bytes used after another reserve");
    CHECK(all_zero(berth_arena_take(&arena, 100, 1), 100),
          "a new block is zero");
    berth_arena_reserve(&arena, huge - 1, NULL);
    EQUAL_SIZE(arena.size, huge - 1, "below 2 MiB: the size asked for");
    berth_arena_reserve(&arena, huge + 1, NULL);
    EQUAL_SIZE(arena.size, 2 * huge, "above 2 MiB: whole huge pages");
    EQUAL_INT(berth_arena_reserve(&arena, SIZE_MAX / 2 + 1, &err),
              BERTH_ERR_MEMORY, "half of all addresses: status");
    HAS_TEXT(err.message, "out of memory", "half of all addresses: message");
    CHECK(arena.base == NULL, "empty after a failure");
    EQUAL_INT(berth_arena_reserve(&arena, SIZE_MAX / 4, &err), BERTH_ERR_MEMORY,
              "more than the system has: status");
    CHECK(arena.base == NULL, "empty after the system's refusal");
    berth_arena_free(&arena);
}

int main(void)
{
    test_piece();
    test_take();
    test_reserve();
    return tap_done();
}
