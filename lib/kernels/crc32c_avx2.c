/*
 * crc32c_avx2.c - the CRC-32C by its own instruction of SSE 4.2, which every
 * CPU with AVX2 has: eight bytes in three cycles.
 */
#include "lib/kernels/kernels.h"

#include <immintrin.h>
#include <string.h>

static uint32_t crc32c_avx2(uint32_t crc, const void *data, size_t n)
{
    const unsigned char *p = data;
    uint64_t sum = (uint32_t)~crc;

    for (; n >= sizeof(sum); p += sizeof(sum), n -= sizeof(sum)) {
        uint64_t eight;

        memcpy(&eight, p, sizeof(eight));
        sum = _mm_crc32_u64(sum, eight);
    }
    for (; n > 0; p++, n--)
        sum = _mm_crc32_u8((uint32_t)sum, *p);
    return ~(uint32_t)sum;
}

void berth_kernels_use_crc32c_avx2(struct berth_kernels *k)
{
    k->crc32c = crc32c_avx2;
}
