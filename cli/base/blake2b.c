/*
 * blake2b.c - after RFC 7693; unkeyed, messages below 2^64 bytes.
 */
#include "cli/base/blake2b.h"

#include <stdbool.h>
#include <string.h>

static const uint64_t iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b,
                               0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                               0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                               0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static uint64_t rotate(uint64_t x, int n)
{
    return x >> n | x << (64 - n);
}

static void mix(uint64_t v[16], const int at[4], uint64_t x, uint64_t y)
{
    uint64_t a = v[at[0]], b = v[at[1]], c = v[at[2]], d = v[at[3]];

    a += b + x;
    d = rotate(d ^ a, 32);
    c += d;
    b = rotate(b ^ c, 24);
    a += b + y;
    d = rotate(d ^ a, 16);
    c += d;
    b = rotate(b ^ c, 63);
    v[at[0]] = a;
    v[at[1]] = b;
    v[at[2]] = c;
    v[at[3]] = d;
}

static void compress(struct blake2b *b, const uint8_t *block, bool last)
{
    static const int at[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14},
                                 {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12},
                                 {2, 7, 8, 13},  {3, 4, 9, 14}};
    uint64_t v[16], m[16];

    memcpy(m, block, sizeof(m)); /* little-endian, like all of berth */
    memcpy(v, b->h, sizeof(b->h));
    memcpy(v + 8, iv, sizeof(iv));
    v[12] ^= b->n_bytes;
    if (last)
        v[14] = ~v[14];
    for (int round = 0; round < 12; round++) {
        const uint8_t *s = sigma[round % 10];

        for (int i = 0; i < 8; i++)
            mix(v, at[i], m[s[2 * i]], m[s[2 * i + 1]]);
    }
    for (int i = 0; i < 8; i++)
        b->h[i] ^= v[i] ^ v[i + 8];
}

void blake2b_init(struct blake2b *b)
{
    *b = (struct blake2b){0};
    memcpy(b->h, iv, sizeof(iv));
    b->h[0] ^= 0x01010000 ^ BLAKE2B_SIZE;
}

void blake2b_update(struct blake2b *b, const void *data, size_t size)
{
    const uint8_t *p = data;

    while (size > 0) {
        size_t n = BLAKE2B_BLOCK - b->n_block;

        /* The last block is compressed otherwise: a full one waits. */
        if (n == 0) {
            b->n_bytes += BLAKE2B_BLOCK;
            compress(b, b->block, false);
            b->n_block = 0;
            continue;
        }
        if (n > size)
            n = size;
        memcpy(b->block + b->n_block, p, n);
        b->n_block += n;
        p += n;
        size -= n;
    }
}

void blake2b_final(struct blake2b *b, uint8_t out[BLAKE2B_SIZE])
{
    b->n_bytes += b->n_block;
    memset(b->block + b->n_block, 0, BLAKE2B_BLOCK - b->n_block);
    compress(b, b->block, true);
    memcpy(out, b->h, BLAKE2B_SIZE);
}

void blake2b_hex(const uint8_t digest[BLAKE2B_SIZE],
                 char out[2 * BLAKE2B_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < BLAKE2B_SIZE; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * BLAKE2B_SIZE] = '\0';
}
