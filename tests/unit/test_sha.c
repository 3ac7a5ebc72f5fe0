/*
 * test_sha.c - digests as Python's hashlib gives them, whatever pieces the
 * message comes in.
 */
#include "cli/base/sha.h"

#include "tests/tap.h"

static void check(enum sha_kind kind, size_t n, const char *want)
{
    static uint8_t message[1000];
    static const size_t steps[] = {1000, 1, 7, 63, 64, 65};

    for (size_t i = 0; i < n; i++)
        message[i] = (uint8_t)(i * 7);
    for (size_t k = 0; k < sizeof(steps) / sizeof(*steps); k++) {
        char got[SHA_DIGITS + 1];
        struct sha s;

        sha_init(&s, kind);
        for (size_t i = 0; i < n; i += steps[k])
            sha_update(&s, message + i, n - i < steps[k] ? n - i : steps[k]);
        sha_digits(&s, got);
        CHECK(strcmp(got, want) == 0, "%s of %zu bytes by %zu: %s",
              kind == SHA_1 ? "SHA-1" : "SHA-256", n, steps[k], got);
    }
}

int main(void)
{
    check(SHA_1, 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check(SHA_1, 1, "5ba93c9db0cff93f52b521d7420e43f6eda2784f");
    check(SHA_1, 55, "aecd1643c9903b9bae8cb94f53c50f8a4e18605b");
    check(SHA_1, 56, "f5d65c621c02cc8e785159feff8088e3072da1bc");
    check(SHA_1, 63, "4952f0fe097e4d6410ae9eab4855aa836caf3bff");
    check(SHA_1, 64, "1e17ae1fc093e5daca033553c97a5192ca164486");
    check(SHA_1, 65, "ac44f5dbe3e9b5d2733fc9537fcad715c3c20bc3");
    check(SHA_1, 119, "b4a4e69060d0b1e7e8ebbf7041a4211c63438b57");
    check(SHA_1, 120, "b651390c2996406336a3f6647e4b590c18cdd6f8");
    check(SHA_1, 128, "516846cd40bd1fe431119c3b0a0f362957992ee8");
    check(SHA_1, 1000, "38f3aa587f4aa04965a359f9151092759b3a4c2a");
    check(SHA_256, 0,
          "e3b0c44298fc1c149afbf4c8996fb924"
          "27ae41e4649b934ca495991b7852b855");
    check(SHA_256, 1,
          "6e340b9cffb37a989ca544e6bb780a2c"
          "78901d3fb33738768511a30617afa01d");
    check(SHA_256, 55,
          "576a1bf8d4478657e6dc4af939854476"
          "5c2a92cde28478b019235cfed315fc09");
    check(SHA_256, 56,
          "9b20501dfd1d99161c257950f3444f3e"
          "49230c351c5c8e0943ef369f85f5205d");
    check(SHA_256, 63,
          "30b345906b493f06f69444b652111351"
          "1c242f30e29840462950035043682f1e");
    check(SHA_256, 64,
          "d8bc63b4fc1156e5e7d95a418b9bf54c"
          "d3174bedbc2db40f74895349b229b3c0");
    check(SHA_256, 65,
          "1ee23b0fbcaecc1aff4a9e8f1645f35a"
          "b2c8e13609cd73b68df8b5e3f63ce073");
    check(SHA_256, 119,
          "7a6589821178918ca8d9edaba5abfc1e"
          "9b2669564f4469b66885379c1530b2c8");
    check(SHA_256, 120,
          "655250427d56b1b0eeb8497d21428704"
          "273458a01772d6881b65c0abac0f8a98");
    check(SHA_256, 128,
          "54c9eb041badfd7064645067b107661f"
          "ed6113197ce2dd066ba69618abd3732f");
    check(SHA_256, 1000,
          "89f4ff56a25dd1db06a4ce6033603775"
          "d705fb96f30f8693733fef602a1ca532");
    return tap_done();
}
