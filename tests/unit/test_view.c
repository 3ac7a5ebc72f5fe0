/*
 * test_view.c - weights as bytes, bytes as base64.
 */
#include <string.h>

#include "cli/inside/view.h"
#include "cli/output/base64.h"
#include "tests/tap.h"

static void encodes(const char *in, const char *want)
{
    struct buffer b = {0};

    buffer_base64(&b, (const uint8_t *)in, strlen(in));
    buffer_putc(&b, '\0');
    CHECK(strcmp(b.data, want) == 0, "base64 of \"%s\" is %s", in, want);
    buffer_free(&b);
}

/* Back as the page does it: within half a step, 2^(1/32). */
static void bytes(void)
{
    double worst = 0;
    bool rises = true;

    EQUAL_INT(view_byte(0), 0, "no weight is 0");
    EQUAL_INT(view_byte(-1), 0, "no weight is 0");
    EQUAL_INT(view_byte(1e-30f), 0, "no weight is 0");
    EQUAL_INT(view_byte(1), 255, "weight 1 is 255");
    EQUAL_INT(view_byte(1.0001f), 255, "weight 1 is 255");
    CHECK(view_byte(0.5f) == 239, "a half is 16 less");
    for (float w = 2e-5f; w <= 1; w *= 1.01f) {
        double back = exp2((view_byte(w) - 255) / 16.0);

        worst = fmax(worst, fabs(log2(back / (double)w)));
        rises = rises && view_byte(w) <= view_byte(w * 1.01f);
    }
    CHECK(worst <= 1.0 / 32 + 1e-6, "within 2^(1/32) of the weight");
    CHECK(rises, "never falls");
}

int main(void)
{
    /* RFC 4648, section 10. */
    encodes("", "");
    encodes("f", "Zg==");
    encodes("fo", "Zm8=");
    encodes("foo", "Zm9v");
    encodes("foob", "Zm9vYg==");
    encodes("fooba", "Zm9vYmE=");
    encodes("foobar", "Zm9vYmFy");
    bytes();
    return tap_done();
}
