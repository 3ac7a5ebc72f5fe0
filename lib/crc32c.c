/*
 * crc32c.c - eight bytes at a step, by tables ("slicing by 8", Kounavis and
 * Berry, 2005). The tables are made anew for each call: 2,048 steps, which is
 * nothing beside reading a tensor, and no state.
 */
#include "lib/crc32c.h"

enum {
    SLICES = 8
};

struct tables {
    uint32_t of[SLICES][256]; /* what a byte becomes after so many zeros */
};

static void fill(struct tables *t)
{
    const uint32_t polynomial = UINT32_C(0x82f63b78); /* lowest bit first */

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
        t->of[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int s = 1; s < SLICES; s++) {
            const uint32_t before = t->of[s - 1][i];

            t->of[s][i] = before >> 8 ^ t->of[0][before & 0xff];
        }
    }
}

/* On any machine, and from any address. */
static uint32_t word(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

uint32_t berth_crc32c(uint32_t crc, const void *data, size_t n)
{
    const unsigned char *p = data;
    struct tables t;

    fill(&t);
    crc = ~crc;
    for (; n >= SLICES; p += SLICES, n -= SLICES) {
        const uint32_t a = word(p) ^ crc, b = word(p + 4);

        crc = t.of[7][a & 0xff] ^ t.of[6][a >> 8 & 0xff] ^
              t.of[5][a >> 16 & 0xff] ^ t.of[4][a >> 24] ^ t.of[3][b & 0xff] ^
              t.of[2][b >> 8 & 0xff] ^ t.of[1][b >> 16 & 0xff] ^
              t.of[0][b >> 24];
    }
    for (; n > 0; p++, n--)
        crc = crc >> 8 ^ t.of[0][(crc ^ *p) & 0xff];
    return ~crc;
}
