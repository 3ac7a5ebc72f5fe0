/*
 * sha.c - after FIPS 180-4. Both digests cut the message into the same blocks
 * and end it in the same way.
 */
#include "cli/base/sha.h"

#include <stdio.h>
#include <string.h>

static uint32_t left(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static uint32_t right(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

/* The words of a block, which are big-endian. */
static void read_words(uint32_t w[16], const uint8_t *block)
{
    for (int i = 0; i < 16; i++, block += 4)
        w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
               (uint32_t)block[2] << 8 | block[3];
}

static void compress_1(uint32_t h[8], const uint8_t *block)
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    read_words(w, block);
    for (int i = 16; i < 80; i++)
        w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f;

        if (i < 20)
            f = 0x5a827999 + ((b & c) | (~b & d));
        else if (i < 40)
            f = 0x6ed9eba1 + (b ^ c ^ d);
        else if (i < 60)
            f = 0x8f1bbcdc + ((b & c) | (d & (b | c)));
        else
            f = 0xca62c1d6 + (b ^ c ^ d);
        uint32_t t = left(a, 5) + f + e + w[i];

        e = d;
        d = c;
        c = left(b, 30);
        b = a;
        a = t;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* One round, of which only two of the eight words come out changed: instead of
 * moving all, the next round gets them in another order. */
static inline void mix(uint32_t v[8], int i, uint32_t kw)
{
    uint32_t a = v[-i & 7], b = v[(1 - i) & 7], c = v[(2 - i) & 7];
    uint32_t *d = &v[(3 - i) & 7], *h = &v[(7 - i) & 7];
    uint32_t e = v[(4 - i) & 7], f = v[(5 - i) & 7], g = v[(6 - i) & 7];

    *h +=
        kw + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + (g ^ (e & (f ^ g)));
    *d += *h;
    *h +=
        (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) | (c & (a | b)));
}

static void compress_256(uint32_t h[8], const uint8_t *block)
{
    uint32_t w[64], v[8];

    read_words(w, block);
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (right(x, 7) ^ right(x, 18) ^ x >> 3) +
               (right(y, 17) ^ right(y, 19) ^ y >> 10);
    }
    memcpy(v, h, sizeof(v));
    for (int i = 0; i < 64; i += 8) {
        mix(v, 0, k[i] + w[i]);
        mix(v, 1, k[i + 1] + w[i + 1]);
        mix(v, 2, k[i + 2] + w[i + 2]);
        mix(v, 3, k[i + 3] + w[i + 3]);
        mix(v, 4, k[i + 4] + w[i + 4]);
        mix(v, 5, k[i + 5] + w[i + 5]);
        mix(v, 6, k[i + 6] + w[i + 6]);
        mix(v, 7, k[i + 7] + w[i + 7]);
    }
    for (int i = 0; i < 8; i++)
        h[i] += v[i];
}

static const struct {
    uint32_t start[8];
    void (*compress)(uint32_t h[8], const uint8_t *block);
    int n_words; /* of the digest */
} kinds[] = {
    [SHA_1] = {{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0},
               compress_1,
               5},
    [SHA_256] = {{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                  0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
                 compress_256,
                 8},
};

void sha_init(struct sha *s, enum sha_kind kind)
{
    s->kind = kind;
    s->n_bytes = 0;
    memcpy(s->h, kinds[kind].start, sizeof(s->h));
}

void sha_update(struct sha *s, const void *data, size_t size)
{
    const uint8_t *p = data;

    while (size > 0) {
        size_t at = s->n_bytes % SHA_BLOCK;
        size_t n = SHA_BLOCK - at < size ? SHA_BLOCK - at : size;

        if (n == SHA_BLOCK) { /* where it is, without a copy */
            kinds[s->kind].compress(s->h, p);
        } else {
            memcpy(s->block + at, p, n);
            if (at + n == SHA_BLOCK)
                kinds[s->kind].compress(s->h, s->block);
        }
        s->n_bytes += n;
        p += n;
        size -= n;
    }
}

/* A bit, zeros up to the end of a block, and the message's length in bits. */
static void end_message(struct sha *s)
{
    static const uint8_t bit_and_zeros[SHA_BLOCK] = {0x80};
    uint64_t n_bits = s->n_bytes * 8;
    size_t used = s->n_bytes % SHA_BLOCK;
    uint8_t length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(n_bits >> (56 - 8 * i));
    sha_update(s, bit_and_zeros,
               (used < SHA_BLOCK - 8 ? SHA_BLOCK : 2 * SHA_BLOCK) - 8 - used);
    sha_update(s, length, sizeof(length));
}

void sha_digits(struct sha *s, char out[SHA_DIGITS + 1])
{
    end_message(s);
    for (int i = 0; i < kinds[s->kind].n_words; i++)
        snprintf(out + 8 * i, 9, "%08x", s->h[i]);
}
