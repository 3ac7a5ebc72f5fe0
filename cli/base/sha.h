/*
 * sha.h - SHA-256, and the SHA-1 by which git names files.
 */
#ifndef CLI_BASE_SHA_H
#define CLI_BASE_SHA_H

#include <stddef.h>
#include <stdint.h>

enum sha_kind {
    SHA_1,
    SHA_256
};

enum {
    SHA_BLOCK = 64,
    SHA_DIGITS = 64 /* of SHA-256; SHA-1 has 40 */
};

struct sha {
    enum sha_kind kind;
    uint32_t h[8];
    uint64_t n_bytes;
    uint8_t block[SHA_BLOCK];
};

void sha_init(struct sha *s, enum sha_kind kind);
void sha_update(struct sha *s, const void *data, size_t size);

/* sha_digits - the digest, as hexadecimal digits; s is used up. */
void sha_digits(struct sha *s, char out[SHA_DIGITS + 1]);

#endif
