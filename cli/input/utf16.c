/*
 * utf16.c - units of two bytes, surrogates in pairs (Unicode 15, section 3.9).
 */
#include "cli/input/utf16.h"

#include "cli/base/utf8.h"

static const char unpaired = '\xff';

static size_t put_unit(struct utf16 *u, uint16_t unit, char *out)
{
    size_t n = 0;
    bool low = unit >= 0xdc00 && unit <= 0xdfff;

    if (low && u->high != 0) {
        uint32_t code =
            0x10000 + ((uint32_t)(u->high - 0xd800) << 10) + (unit - 0xdc00);

        u->high = 0;
        return utf8_put(out, code);
    }
    if (u->high != 0)
        out[n++] = unpaired;
    u->high = 0;
    if (unit >= 0xd800 && unit <= 0xdbff)
        u->high = unit;
    else if (low)
        out[n++] = unpaired;
    else
        n += utf8_put(out + n, unit);
    return n;
}

size_t utf16_decode(struct utf16 *u, const unsigned char *in, size_t n,
                    char *out)
{
    size_t size = 0;

    for (size_t i = 0; i < n; i++) {
        if (!u->has_byte) {
            u->byte = in[i];
            u->has_byte = true;
            continue;
        }
        u->has_byte = false;
        size += put_unit(
            u, (uint16_t)(u->big ? u->byte << 8 | in[i] : in[i] << 8 | u->byte),
            out + size);
    }
    return size;
}

size_t utf16_end(struct utf16 *u, char out[UTF16_TAIL])
{
    size_t n = 0;

    if (u->high != 0)
        out[n++] = unpaired;
    if (u->has_byte)
        out[n++] = unpaired;
    *u = (struct utf16){.big = u->big};
    return n;
}
