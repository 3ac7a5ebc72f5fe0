/*
 * crc32c_dotprod.c - the CRC-32C by its own instruction, which every AArch64
 * CPU with dot products has: eight bytes at a time.
 */
#include "lib/kernels/kernels.h"

#include <arm_acle.h>
#include <string.h>

static uint32_t crc32c_dotprod(uint32_t crc, const void *data, size_t n)
{
    const unsigned char *p = data;
    uint32_t sum = ~crc;

    for (; n >= sizeof(uint64_t);
         p += sizeof(uint64_t), n -= sizeof(uint64_t)) {
        uint64_t eight;

        memcpy(&eight, p, sizeof(eight));
        sum = __crc32cd(sum, eight);
    }
    for (; n > 0; p++, n--)
        sum = __crc32cb(sum, *p);
    return ~sum;
}

void berth_kernels_use_crc32c_dotprod(struct berth_kernels *k)
{
    k->crc32c = crc32c_dotprod;
}
