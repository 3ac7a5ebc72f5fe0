/*
 * peak_amx.c - 4 chains of tiles: a product takes a core 16 cycles, and its
 * result is there after 52.
 */
#include "bench/peak.h"

#include <immintrin.h>

enum {
    ROWS = 16,
    BYTES = 64, /* of a row */
    TILES = 6,
    CHAINS = 4
};

/* What LDTILECFG reads: Intel's Software Developer's Manual, volume 1, 18.2. */
struct tile_config {
    unsigned char palette, start_row, reserved[14];
    unsigned short row_bytes[16];
    unsigned char rows[16];
};

/* All tiles whole and 0: no number grows, whatever the loop does. */
static void open_tiles(void)
{
    struct tile_config config = {.palette = 1};

    for (int i = 0; i < TILES; i++) {
        config.row_bytes[i] = BYTES;
        config.rows[i] = ROWS;
    }
    _tile_loadconfig(&config);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
}

double peak_dot_amx(long n)
{
    open_tiles();
    for (long k = 0; k < n; k++) {
        _tile_dpbusd(0, 4, 5);
        _tile_dpbusd(1, 4, 5);
        _tile_dpbusd(2, 4, 5);
        _tile_dpbusd(3, 4, 5);
    }
    _tile_release();
    return (double)n * CHAINS * ROWS * ROWS * BYTES * 2.0;
}

double peak_bf16_amx(long n)
{
    open_tiles();
    for (long k = 0; k < n; k++) {
        _tile_dpbf16ps(0, 4, 5);
        _tile_dpbf16ps(1, 4, 5);
        _tile_dpbf16ps(2, 4, 5);
        _tile_dpbf16ps(3, 4, 5);
    }
    _tile_release();
    return (double)n * CHAINS * ROWS * ROWS * (BYTES / 2) * 2.0;
}
