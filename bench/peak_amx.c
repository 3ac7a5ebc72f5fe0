/*
 * peak_amx.c - 4 chains of 8-bit dot products of tiles.
 */
#include "bench/peak.h"

#include <stdint.h>

struct palette {
    uint8_t id, start, unused[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

double peak_dot_amx(long n)
{
    struct palette p = {.id = 1};

    for (int i = 0; i < 8; i++) {
        p.row_bytes[i] = 64;
        p.rows[i] = 16;
    }
    /* All tiles are zero after that. */
    __asm__ volatile("ldtilecfg %0" : : "m"(p));
    for (long k = 0; k < n; k++)
        __asm__ volatile("tdpbusd %tmm5, %tmm4, %tmm0\n\t"
                         "tdpbusd %tmm5, %tmm4, %tmm1\n\t"
                         "tdpbusd %tmm5, %tmm4, %tmm2\n\t"
                         "tdpbusd %tmm5, %tmm4, %tmm3");
    __asm__ volatile("tilerelease");
    return (double)n * 4 * 16 * 16 * 64 * 2.0;
}
