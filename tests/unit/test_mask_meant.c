/*
 * test_mask_meant.c - what is taken for a mask that was meant.
 */
#include "cli/predict/mask_meant.h"

#include "tests/tap.h"

#include <string.h>

int main(void)
{
    static const struct {
        const char *text, *want; /* "": none */
    } cases[] = {
        {"The [mask] sat.", "[mask]"},
        {"[Mask]", "[Mask]"},
        {"a <MASK> b [mask]", "<MASK>"}, /* the first */
        {"a [ MASK ] b", "[ MASK ]"},
        {"a {blank} b", "{blank}"},
        {"a (mask) b", "(mask)"},
        {"a [[mask]] b", "[mask]"},
        {"a ___ b", "___"},
        {"a __", "__"},
        {"a snake_case", ""},
        {"a [mask> b", ""},
        {"a [mask", ""},
        {"a [mask ", ""},
        {"a [masks] b", ""},
        {"a mask", ""},
        {"[", ""},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *text = cases[i].text, *want = cases[i].want;
        size_t size = 0;
        const char *at = mask_meant(text, strlen(text), &size);

        EQUAL_BYTES(at != NULL ? at : "", at != NULL ? size : 0, want,
                    strlen(want), "in '%s': '%s'", text, want);
    }
    const char zero[] = "a\0[mask]";
    size_t size = 0;

    CHECK(mask_meant(zero, sizeof(zero) - 1, &size) == zero + 2,
          "a zero byte opens no bracket, and ends nothing");
    return tap_done();
}
