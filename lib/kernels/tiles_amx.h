/*
 * tiles_amx.h - the tile registers of AMX. Intel's Software Developer's Manual,
 * volume 1, chapter 18.
 *
 * They belong to the thread. Who uses them loads a palette first and releases
 * the tiles at the end, so that signals and other threads have nothing to save.
 */
#ifndef LIB_KERNELS_TILES_AMX_H
#define LIB_KERNELS_TILES_AMX_H

#include <stddef.h>
#include <stdint.h>

enum {
    TILE_ROWS_MAX = 16,
    TILE_ROW = 64 /* bytes */
};

/* What LDTILECFG reads; id is 1. */
struct palette {
    uint8_t id, start, unused[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

/* Numbers of tiles are part of the instructions. Assembly, because intrinsics
 * of GCC 12 do not say that they read memory. */
#define TILE_LOAD(tile, from, stride)                                          \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile                        \
                     :                                                         \
                     : "r"(from), "r"((size_t)(stride))                        \
                     : "memory")
#define TILE_STORE(tile, to, stride)                                           \
    __asm__ volatile("tilestored %%tmm" #tile ", (%0,%1,1)"                    \
                     :                                                         \
                     : "r"(to), "r"((size_t)(stride))                          \
                     : "memory")
#define TILE_ZERO(tile) __asm__ volatile("tilezero %tmm" #tile)
/* c += a (unsigned) * b (signed), four products a sum. */
#define TILE_DOT_I8(c, a, b)                                                   \
    __asm__ volatile("tdpbusd %tmm" #b ", %tmm" #a ", %tmm" #c)
/* c += a * b of bfloat16, in float32, two products a sum. */
#define TILE_DOT_BF16(c, a, b)                                                 \
    __asm__ volatile("tdpbf16ps %tmm" #b ", %tmm" #a ", %tmm" #c)
/* The tiles become zero. */
#define TILES_LOAD_PALETTE(p) __asm__ volatile("ldtilecfg %0" : : "m"(p))
#define TILES_RELEASE()       __asm__ volatile("tilerelease")

#endif
