/*
 * test_crc32c.c - the sums of RFC 3720, and of every length and place as the
 * polynomial gives them bit by bit.
 */
#include "lib/crc32c.h"

#include "tests/tap.h"

static uint32_t by_bits(const unsigned char *p, size_t n)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < 8 * n; i++) {
        const uint32_t bit = (crc ^ (uint32_t)p[i / 8] >> i % 8) & 1;

        crc = crc >> 1 ^ (bit ? UINT32_C(0x82f63b78) : 0);
    }
    return ~crc;
}

/* RFC 3720, B.4: 32 bytes that begin with first and go up by step. */
static void check(int first, int step, uint32_t want)
{
    unsigned char bytes[32];

    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(first + step * i);
    EQUAL_SIZE(berth_crc32c(0, bytes, sizeof(bytes)), want,
               "32 bytes from %d on, by %d", first, step);
}

int main(void)
{
    unsigned char bytes[64];
    size_t wrong = 0;

    check(0, 0, 0x8a9136aa);
    check(255, 0, 0x62a8ab43);
    check(0, 1, 0x46dd794e);
    check(31, -1, 0x113fdb5c);
    EQUAL_SIZE(berth_crc32c(berth_crc32c(0, "1234", 4), "56789", 5), 0xe3069283,
               "nine digits in two pieces");
    EQUAL_SIZE(berth_crc32c_mask(berth_crc32c(0, "123456789", 9)), 0xc78ab0e5,
               "nine digits, masked");
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 151 + 7);
    for (size_t at = 0; at < 9; at++) {
        for (size_t n = 0; n < 50; n++)
            wrong += berth_crc32c(0, bytes + at, n) != by_bits(bytes + at, n)
                         ? 1
                         : 0;
    }
    EQUAL_SIZE(wrong, 0, "lengths 0 to 49 at 9 addresses that differ");
    return tap_done();
}
