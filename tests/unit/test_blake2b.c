/*
 * test_blake2b.c - digests as Python's hashlib.blake2b(digest_size=32) gives
 * them, whatever pieces the message comes in.
 */
#include "cli/base/blake2b.h"

#include <stdio.h>
#include <string.h>

#include "tests/tap.h"

static void check(size_t n, const char *want)
{
    static uint8_t message[1000];
    static const size_t steps[] = {1000, 1, 7, 128};

    for (size_t i = 0; i < n; i++)
        message[i] = (uint8_t)(i * 7);
    for (size_t s = 0; s < sizeof(steps) / sizeof(*steps); s++) {
        uint8_t digest[BLAKE2B_SIZE];
        char got[2 * BLAKE2B_SIZE + 1];
        struct blake2b b;

        blake2b_init(&b);
        for (size_t i = 0; i < n; i += steps[s])
            blake2b_update(&b, message + i,
                           n - i < steps[s] ? n - i : steps[s]);
        blake2b_final(&b, digest);
        for (size_t i = 0; i < BLAKE2B_SIZE; i++)
            snprintf(got + 2 * i, 3, "%02x", digest[i]);
        CHECK(strcmp(got, want) == 0, "%zu bytes by %zu: %s", n, steps[s], got);
    }
}

int main(void)
{
    check(0, "0e5751c026e543b2e8ab2eb06099daa1"
             "d1e5df47778f7787faab45cdf12fe3a8");
    check(1, "03170a2e7597b7b7e3d84c05391d139a"
             "62b157e78786d8c082f29dcf4c111314");
    check(127, "4ff62e7c4c43fe101a078479c48836be"
               "4907d9d498dcc577ca89d694b2c11f9b");
    check(128, "14696d2a98d9f8a280da8b132b1045b3"
               "45e1033759c6b02fcc4ee885c8ae7c37");
    check(129, "3934215260b1039be9d9d2b073b059bc"
               "d50120c327a22af93eb4d98cf821c14c");
    check(256, "3d0cb2693dfbac42af5a6cc960953fea"
               "8714aa39c4bcd054ef61d6b5e98ade4a");
    check(1000, "6ac4bea923678eb024090384d6e767b5"
                "870f849057dc19b172d8d9f2df30bf8e");
    return tap_done();
}
