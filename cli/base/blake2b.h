/*
 * blake2b.h - BLAKE2b with digests of 32 bytes. No one can make other contents
 * with the same digest, so it may name a file's contents.
 */
#ifndef CLI_BASE_BLAKE2B_H
#define CLI_BASE_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

enum {
    BLAKE2B_SIZE = 32,
    BLAKE2B_BLOCK = 128
};

struct blake2b {
    uint64_t h[8];
    uint64_t n_bytes;
    uint8_t block[BLAKE2B_BLOCK];
    size_t n_block;
};

void blake2b_init(struct blake2b *b);
void blake2b_update(struct blake2b *b, const void *data, size_t size);
void blake2b_final(struct blake2b *b, uint8_t out[BLAKE2B_SIZE]);

/* blake2b_hex - a digest as hexadecimal digits. */
void blake2b_hex(const uint8_t digest[BLAKE2B_SIZE],
                 char out[2 * BLAKE2B_SIZE + 1]);

#endif
