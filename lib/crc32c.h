/*
 * crc32c.h - the CRC-32 of Castagnoli, which TensorFlow's files have; zlib has
 * the other polynomial only.
 */
#ifndef LIB_CRC32C_H
#define LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* berth_crc32c - of n more bytes, after those whose sum is crc; 0: there were
 * none (RFC 3720, B.4). Cannot fail. */
uint32_t berth_crc32c(uint32_t crc, const void *data, size_t n);

/* berth_crc32c_mask - a sum as LevelDB and TensorFlow store it, so that one
 * over bytes with sums in them does not become a known number. */
static inline uint32_t berth_crc32c_mask(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + UINT32_C(0xa282ead8);
}

#endif
